<?php
declare( strict_types=1 );

/**
 * Where the user is signed in, and the devices that are known.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-sign-ins">
	<h2 id="sallyport-sign-ins"><?php esc_html_e( 'Where you are signed in', 'sallyport' ); ?></h2>
	<?php if ( array() === $view->sign_ins ) : ?>
		<p><?php esc_html_e( 'This site cannot list any sign-ins.', 'sallyport' ); ?></p>
	<?php endif; ?>
	<ul class="sallyport-list">
		<?php
		foreach ( $view->sign_ins as $sign_in ) :
			$name = '' === $sign_in['name'] ? __( 'Unknown device', 'sallyport' ) : $sign_in['name'];
			?>
			<li>
				<p class="sallyport-name">
					<strong><?php echo $view->name( $name ); ?></strong>
					·
					<?php
					echo 'browser' === $sign_in['kind'] ? esc_html__( 'in a browser', 'sallyport' ) : esc_html__( 'in an app or front end', 'sallyport' );
					?>
					<?php if ( $sign_in['current'] ) : ?>
						<span class="sallyport-here"><?php esc_html_e( 'this device', 'sallyport' ); ?></span>
					<?php endif; ?>
				</p>
				<p class="sallyport-when">
					<?php
					/* translators: %s: a time such as "5 minutes ago". */
					printf( esc_html__( 'Signed in %s', 'sallyport' ), $view->time( $sign_in['since'] ) );
					if ( null !== $sign_in['used'] ) {
						echo ' · ';
						/* translators: %s: a time such as "5 minutes ago". */
						printf( esc_html__( 'Last used %s', 'sallyport' ), $view->time( $sign_in['used'] ) );
					}
					echo '' === $sign_in['ip'] ? '' : ' · ' . $view->name( $sign_in['ip'] );
					?>
				</p>
				<?php if ( ! $sign_in['current'] ) : ?>
					<?php echo $view->form( 'end', $sign_in['id'] ); ?>
						<input type="hidden" name="kind" value="<?php echo esc_attr( $sign_in['kind'] ); ?>">
						<p><?php echo $view->button( __( 'Sign out', 'sallyport' ), hidden: $name ); ?></p>
					</form>
				<?php endif; ?>
			</li>
		<?php endforeach; ?>
	</ul>
	<?php if ( count( $view->sign_ins ) > 1 ) : ?>
		<?php echo $view->form( 'end-others' ); ?>
			<p><?php echo $view->button( __( 'Sign out everywhere else', 'sallyport' ) ); ?></p>
		</form>
	<?php endif; ?>
</section>
<?php if ( array() !== $view->devices ) : ?>
	<section aria-labelledby="sallyport-devices">
		<h2 id="sallyport-devices"><?php esc_html_e( 'Remembered devices', 'sallyport' ); ?></h2>
		<ul class="sallyport-list">
			<?php
			foreach ( $view->devices as $device ) :
				$name = '' === $device['name'] ? __( 'Unknown device', 'sallyport' ) : $device['name'];
				?>
				<li>
					<p class="sallyport-name">
						<strong><?php echo $view->name( $name ); ?></strong>
						·
						<?php
						echo $device['trusted']
							? esc_html__( 'trusted: you are not asked for a code', 'sallyport' )
							: esc_html__( 'remembered, not trusted', 'sallyport' );
						?>
					</p>
					<p class="sallyport-when">
						<?php
						printf(
							/* translators: 1: "5 minutes ago", 2: "in 29 days". */
							esc_html__( 'Last used %1$s · expires %2$s', 'sallyport' ),
							$view->time( $device['used'] ),
							$view->time( $device['expires'] )
						);
						?>
					</p>
					<?php echo $view->form( 'forget', (string) $device['id'] ); ?>
						<p><?php echo $view->button( __( 'Forget', 'sallyport' ), hidden: $name ); ?></p>
					</form>
				</li>
			<?php endforeach; ?>
		</ul>
	</section>
<?php endif; ?>
