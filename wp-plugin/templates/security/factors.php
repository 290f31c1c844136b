<?php
declare( strict_types=1 );

/**
 * What there is: factors and backup codes, each with what can be done to it.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-factors">
	<h2 id="sallyport-factors"><?php esc_html_e( 'Your second factors', 'sallyport' ); ?></h2>
	<ul class="sallyport-list">
		<?php
		foreach ( $view->factors as $factor ) :
			$id   = (string) $factor['id'];
			$type = $view->factor( $factor['type'] );
			$name = '' === $factor['label'] ? $type : $factor['label'];
			?>
			<li>
				<p class="sallyport-name">
					<strong><?php echo $view->name( $name ); ?></strong><?php echo $name === $type ? '' : ' · ' . esc_html( $type ); ?>
				</p>
				<p class="sallyport-when">
					<?php
					/* translators: %s: a time such as "5 minutes ago". */
					printf( esc_html__( 'Added %s', 'sallyport' ), $view->time( $factor['added'] ) );
					echo ' · ';
					0 === $factor['used']
						? esc_html_e( 'Never used', 'sallyport' )
						: printf(
							/* translators: %s: a time such as "5 minutes ago". */
							esc_html__( 'Last used %s', 'sallyport' ),
							$view->time( $factor['used'] )
						);
					?>
				</p>
				<?php echo $view->details( "rename-$id" ); ?>
					<summary>
						<?php esc_html_e( 'Rename', 'sallyport' ); ?> <span class="screen-reader-text"><?php echo esc_html( $name ); ?></span>
					</summary>
					<?php echo $view->form( 'rename', $id ), $view->error( "rename-$id" ); ?>
						<p>
							<label for="sallyport-label-<?php echo esc_attr( $id ); ?>"><?php esc_html_e( 'Name', 'sallyport' ); ?></label>
							<input type="text" class="regular-text" name="label" id="sallyport-label-<?php echo esc_attr( $id ); ?>"
								value="<?php echo esc_attr( $view->typed( "rename-$id", 'label', $factor['label'] ) ); ?>"
								maxlength="64" required<?php echo $view->is_wrong( "rename-$id" ); ?>>
						</p>
						<p><?php echo $view->button( __( 'Save', 'sallyport' ), hidden: $name ); ?></p>
					</form>
				</details>
				<?php echo $view->details( "remove-$id" ); ?>
					<summary>
						<?php esc_html_e( 'Remove', 'sallyport' ); ?> <span class="screen-reader-text"><?php echo esc_html( $name ); ?></span>
					</summary>
					<?php echo $view->form( 'remove', $id ), $view->error( "remove-$id" ); ?>
						<p><?php esc_html_e( 'Its codes will stop working, and you will be signed out everywhere else. If it is your only second factor, your backup codes are deleted too, and your password alone will be enough to sign in.', 'sallyport' ); ?></p>
						<p><?php echo $view->button( __( 'Remove', 'sallyport' ), hidden: $name, what: "remove-$id" ); ?></p>
					</form>
				</details>
			</li>
		<?php endforeach; ?>
		<?php foreach ( $view->others as $other ) : ?>
			<li>
				<p class="sallyport-name"><strong><?php echo $view->name( $view->factor( $other ) ); ?></strong></p>
				<p class="sallyport-when"><?php esc_html_e( 'Managed by another plugin: change it there.', 'sallyport' ); ?></p>
			</li>
		<?php endforeach; ?>
		<li<?php echo (int) $view->left < $view->few ? ' class="sallyport-few"' : ''; ?>>
			<p class="sallyport-name"><strong><?php esc_html_e( 'Backup codes', 'sallyport' ); ?></strong></p>
			<p class="sallyport-when">
				<?php
				/* translators: %d: number of codes. */
				echo esc_html( sprintf( _n( '%d code left', '%d codes left', (int) $view->left, 'sallyport' ), (int) $view->left ) );
				?>
			</p>
			<?php if ( (int) $view->left < $view->few ) : ?>
				<p class="sallyport-warning"><?php esc_html_e( 'You are running out. If you lose your phone and have no backup code, only an administrator can let you back in.', 'sallyport' ); ?></p>
			<?php endif; ?>
			<?php echo $view->details( 'codes' ); ?>
				<summary><?php esc_html_e( 'Create new backup codes', 'sallyport' ); ?></summary>
				<?php echo $view->form( 'codes' ), $view->error( 'codes' ); ?>
					<p><?php esc_html_e( 'The codes you have now will stop working.', 'sallyport' ); ?></p>
					<?php echo $view->password( 'codes' ); ?>
					<p><?php echo $view->button( __( 'Create new codes', 'sallyport' ) ); ?></p>
				</form>
			</details>
		</li>
	</ul>
	<?php if ( $view->app ) : ?>
		<?php echo $view->details( 'begin' ); ?>
			<summary><?php esc_html_e( 'Add an authenticator app', 'sallyport' ); ?></summary>
			<?php echo $view->form( 'begin' ), $view->error( 'begin' ); ?>
				<p><?php esc_html_e( 'For a second phone or a new one. If you reuse a name, the new app replaces the old one.', 'sallyport' ); ?></p>
				<p>
					<label for="sallyport-label"><?php esc_html_e( 'Name', 'sallyport' ); ?></label>
					<input type="text" class="regular-text" name="label" id="sallyport-label"
						value="<?php echo esc_attr( $view->typed( 'begin', 'label' ) ); ?>" maxlength="64"
						placeholder="<?php esc_attr_e( 'Tablet', 'sallyport' ); ?>" required
						<?php echo $view->is_wrong( 'begin', '', 'label' ); ?>>
				</p>
				<?php echo $view->password( 'begin' ); ?>
				<p><?php echo $view->button( __( 'Set up an authenticator app', 'sallyport' ) ); ?></p>
			</form>
		</details>
	<?php endif; ?>
	<?php if ( $view->mail ) : ?>
		<?php echo $view->details( 'begin-mail' ); ?>
			<summary><?php esc_html_e( 'Add codes by email', 'sallyport' ); ?></summary>
			<?php echo $view->part( 'begin-mail' ); ?>
		</details>
	<?php endif; ?>
	<?php if ( array() !== $view->factors ) : ?>
		<?php echo $view->details( 'off' ); ?>
			<summary><?php esc_html_e( 'Turn off all second factors', 'sallyport' ); ?></summary>
			<?php echo $view->form( 'off' ), $view->error( 'off' ); ?>
				<p><?php esc_html_e( 'All your second factors and backup codes will be removed. Anyone who learns your password can then sign in as you.', 'sallyport' ); ?></p>
				<?php echo $view->password( 'off' ); ?>
				<p><?php echo $view->button( __( 'Turn off', 'sallyport' ) ); ?></p>
			</form>
		</details>
	<?php endif; ?>
</section>
