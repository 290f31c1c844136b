<?php
declare( strict_types=1 );

/**
 * The sites this one is connected with.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-sites">
	<h2 id="sallyport-sites"><?php esc_html_e( 'Connected sites', 'sallyport' ); ?></h2>
	<?php if ( 'add' !== $view->asked ) : ?>
		<?php echo $view->told(); ?>
	<?php endif; ?>
	<p><?php esc_html_e( 'Users who are signed in to one site can be signed in to the other, as the user with the same email address. Anyone who has a second factor here is still asked for it.', 'sallyport' ); ?></p>
	<?php if ( null !== $view->made ) : ?>
		<div class="sallyport-done" role="status">
			<p><strong tabindex="-1" autofocus><?php esc_html_e( 'The site was connected. Enter this on the other site. The secret is shown only this once:', 'sallyport' ); ?></strong></p>
			<dl class="sallyport-pairs">
				<dt><?php esc_html_e( 'Site key', 'sallyport' ); ?></dt>
				<dd><code dir="ltr"><?php echo esc_html( $view->made['site_key'] ); ?></code></dd>
				<dt><?php esc_html_e( 'Address of this site', 'sallyport' ); ?></dt>
				<dd><code dir="ltr"><?php echo esc_html( $view->here ); ?></code></dd>
				<dt><?php esc_html_e( 'Secret', 'sallyport' ); ?></dt>
				<dd id="sallyport-secret"><code dir="ltr"><?php echo esc_html( $view->made['secret'] ); ?></code></dd>
			</dl>
			<?php echo $view->copy( 'sallyport-secret', __( 'Copy the secret', 'sallyport' ) ); ?>
		</div>
	<?php endif; ?>
	<?php if ( array() === $view->sites ) : ?>
		<p><?php esc_html_e( 'No sites are connected yet.', 'sallyport' ); ?></p>
	<?php endif; ?>
	<ul class="sallyport-list">
		<?php foreach ( $view->sites as $site ) : ?>
			<li>
				<p class="sallyport-name">
					<strong><?php echo $view->name( $site->name, $site->site_key ); ?></strong> <bdi dir="ltr"><?php echo esc_html( $site->url ); ?></bdi>
				</p>
				<?php if ( in_array( $site::ISSUE, $site->allowed, true ) ) : ?>
					<p><?php esc_html_e( 'Users of this site can be signed in on the other site.', 'sallyport' ); ?></p>
				<?php endif; ?>
				<?php if ( in_array( $site::EXCHANGE, $site->allowed, true ) ) : ?>
					<p><?php esc_html_e( 'Users of the other site can be signed in here.', 'sallyport' ); ?></p>
				<?php endif; ?>
				<p class="sallyport-when">
					<?php /* translators: %s: what both sites call their connection. */ ?>
					<?php printf( esc_html__( 'Site key %s', 'sallyport' ), '<code dir="ltr">' . esc_html( $site->site_key ) . '</code>' ); ?> ·
					<?php /* translators: %s: an algorithm, such as HS256. */ ?>
					<?php printf( esc_html__( 'signed with %s', 'sallyport' ), esc_html( $site->algorithm() ) ); ?> ·
					<?php /* translators: %s: a time such as "5 minutes ago". */ ?>
					<?php printf( esc_html__( 'Added %s', 'sallyport' ), $view->time( $site->created_at ) ); ?> ·
					<?php
					echo 0 === $site->last_used_at
						? esc_html__( 'not used yet', 'sallyport' )
						: sprintf(
							/* translators: %s: a time such as "5 minutes ago". */
							esc_html__( 'last used %s', 'sallyport' ),
							$view->time( $site->last_used_at )
						);
					?>
				</p>
				<?php if ( $view->may && $view->proven ) : ?>
					<?php echo $view->details( 'remove-' . sanitize_key( $site->site_key ) ); ?>
						<summary>
							<?php esc_html_e( 'End the connection', 'sallyport' ); ?>
							<span class="screen-reader-text"><?php echo esc_html( $site->site_key ); ?></span>
						</summary>
						<?php echo $view->form( 'remove', $site->site_key ); ?>
							<p><?php esc_html_e( 'Sign-ins in progress are refused. Users who came through it stay signed in. The secret is deleted: if you connect the site again, it gets a new one.', 'sallyport' ); ?></p>
							<p><?php echo $view->button( __( 'End the connection now', 'sallyport' ), hidden: $site->site_key ); ?></p>
						</form>
					</details>
				<?php endif; ?>
			</li>
		<?php endforeach; ?>
	</ul>
</section>
<section aria-labelledby="sallyport-add">
	<h2 id="sallyport-add"><?php esc_html_e( 'Connect a site', 'sallyport' ); ?></h2>
	<?php echo $view->error( 'add' ); ?>
	<?php if ( ! $view->may ) : ?>
		<p class="sallyport-warning"><?php esc_html_e( 'Only network administrators can connect sites: accounts belong to the whole network, and a connected site can sign users in.', 'sallyport' ); ?></p>
	<?php elseif ( ! $view->proven ) : ?>
		<?php /* translators: %s: address of a page. */ ?>
		<?php echo $view->unproven( __( 'To connect a site you need a second factor yourself: a stolen password must not be enough. <a href="%s">Set one up</a>.', 'sallyport' ) ); ?>
	<?php elseif ( ! $view->fresh ) : ?>
		<p><?php esc_html_e( 'Please confirm that it is you first, because a connected site can sign users in here.', 'sallyport' ); ?></p>
		<?php echo $view->confirm( 'add' ); ?>
	<?php else : ?>
		<?php echo $view->form( 'add' ); ?>
			<p>
				<label for="sallyport-url"><?php esc_html_e( 'Address of the other site', 'sallyport' ); ?></label>
				<input type="url" name="url" id="sallyport-url" class="regular-text code" dir="ltr" required maxlength="255"
					placeholder="https://" value="<?php echo esc_attr( $view->typed( 'add', 'url' ) ); ?>"
					<?php echo $view->is_wrong( 'add', 'sallyport-url-help', 'url' ); ?>>
				<span class="description" id="sallyport-url-help"><?php esc_html_e( 'As shown under Settings → General on that site.', 'sallyport' ); ?></span>
			</p>
			<p>
				<label for="sallyport-site-key"><?php esc_html_e( 'Site key', 'sallyport' ); ?></label>
				<input type="text" name="site_key" id="sallyport-site-key" class="regular-text code" dir="ltr" required
					maxlength="64" autocomplete="off" spellcheck="false"
					value="<?php echo esc_attr( $view->typed( 'add', 'site_key' ) ); ?>"
					<?php echo $view->is_wrong( 'add', 'sallyport-site-key-help', 'site_key' ); ?>>
				<span class="description" id="sallyport-site-key-help"><?php esc_html_e( 'The name of this connection on both sites: letters, digits, dots, dashes and underscores.', 'sallyport' ); ?></span>
			</p>
			<p>
				<label for="sallyport-site-name"><?php esc_html_e( 'Name (optional)', 'sallyport' ); ?></label>
				<input type="text" name="name" id="sallyport-site-name" class="regular-text" maxlength="191"
					autocomplete="off" value="<?php echo esc_attr( $view->typed( 'add', 'name' ) ); ?>"
					<?php echo $view->is_wrong( 'add', '', 'name' ); ?>>
			</p>
			<p>
				<label for="sallyport-shared"><?php esc_html_e( 'Secret of the connection', 'sallyport' ); ?></label>
				<input type="text" name="shared" id="sallyport-shared" class="regular-text code" dir="ltr"
					autocomplete="off" spellcheck="false" value="<?php echo esc_attr( $view->typed( 'add', 'shared' ) ); ?>"
					<?php echo $view->is_wrong( 'add', 'sallyport-shared-help', 'secret', 'shared' ); ?>>
				<span class="description" id="sallyport-shared-help"><?php esc_html_e( 'If the other site created one, enter it here. Leave this empty to create one for you to enter there.', 'sallyport' ); ?></span>
			</p>
			<fieldset>
				<legend><?php esc_html_e( 'What the connection allows', 'sallyport' ); ?></legend>
				<p>
					<label><input type="checkbox" name="allow[issue]" value="1"
						<?php checked( in_array( 'issue', $view->allowed, true ) ); ?>
						<?php echo $view->is_wrong( 'add', '', 'allow' ); ?>>
						<?php esc_html_e( 'Users of this site can be signed in on the other site.', 'sallyport' ); ?></label>
				</p>
				<p>
					<label><input type="checkbox" name="allow[exchange]" value="1"<?php checked( in_array( 'exchange', $view->allowed, true ) ); ?>>
						<?php esc_html_e( 'Users of the other site can be signed in here. Its administrators can then sign in as any user here who has no second factor.', 'sallyport' ); ?></label>
				</p>
			</fieldset>
			<p><?php echo $view->button( __( 'Connect the site', 'sallyport' ), primary: true ); ?></p>
		</form>
	<?php endif; ?>
</section>
