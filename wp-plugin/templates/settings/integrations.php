<?php
declare( strict_types=1 );

/**
 * The plugins with tokens or second factors that are here.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
$files = static function ( array $found, string $what ) use ( $view ): void {
	?>
	<table class="widefat striped sallyport-table">
		<thead>
			<tr>
				<th scope="col"><?php esc_html_e( 'File', 'sallyport' ); ?></th>
				<th scope="col"><?php echo esc_html( $what ); ?></th>
			</tr>
		</thead>
		<tbody>
			<?php foreach ( $found as $file => $doors ) : ?>
				<tr>
					<th scope="row"><?php echo $view->name( (string) $file, __( 'Unknown', 'sallyport' ) ); ?></th>
					<td>
						<?php
						echo implode(
							'<br>',
							array_map( static fn ( string $door ): string => '<code>' . esc_html( $door ) . '</code>', array_unique( $doors ) )
						);
						?>
					</td>
				</tr>
			<?php endforeach; ?>
		</tbody>
	</table>
	<?php
};
?>
<section aria-labelledby="sallyport-issuers">
	<h2 id="sallyport-issuers"><?php esc_html_e( 'Plugins that issue tokens', 'sallyport' ); ?></h2>
	<?php if ( $view->outdated ) : ?>
		<p class="sallyport-error"><?php esc_html_e( 'CoCart JWT Authentication is older than version 2.0: its tokens contain passwords in plain text. Users with a second factor cannot sign in through it until you update it.', 'sallyport' ); ?></p>
	<?php endif; ?>
	<?php if ( array() === $view->issuers ) : ?>
		<?php /* translators: %s: address of a route, such as "/sallyport/v1/token". */ ?>
		<p><?php echo esc_html( sprintf( __( 'None of the plugins that Sallyport supports is active. Sallyport issues tokens of its own at %s.', 'sallyport' ), $view->route ) ); ?></p>
	<?php else : ?>
		<p><?php esc_html_e( 'Users with a second factor get the plugin’s own token once they have entered their code. A token without that proof is refused.', 'sallyport' ); ?></p>
	<?php endif; ?>
	<ul class="sallyport-list">
		<?php foreach ( $view->issuers as $issuer ) : ?>
			<li class="sallyport-done">
				<p class="sallyport-name">
					<strong><?php echo $view->name( $issuer['title'] ); ?></strong>
					<?php echo esc_html( $issuer['version'] ); ?>
					· <span aria-hidden="true">✔</span>
					<?php esc_html_e( 'supported', 'sallyport' ); ?>
				</p>
				<p><?php echo esc_html( $issuer['does'] ); ?></p>
			</li>
		<?php endforeach; ?>
	</ul>
</section>

<section aria-labelledby="sallyport-others">
	<h2 id="sallyport-others"><?php esc_html_e( 'Plugins with second factors', 'sallyport' ); ?></h2>
	<?php if ( array() === $view->factors ) : ?>
		<p><?php esc_html_e( 'None of the plugins that Sallyport supports is active. Users set up their second factors under Sign-in security.', 'sallyport' ); ?></p>
	<?php endif; ?>
	<ul class="sallyport-list">
		<?php foreach ( $view->factors as $plugin ) : ?>
			<li class="sallyport-done">
				<p class="sallyport-name">
					<strong><?php echo esc_html( $plugin['title'] ); ?></strong>
					<?php echo esc_html( $plugin['version'] ); ?>
					· <span aria-hidden="true">✔</span>
					<?php esc_html_e( 'supported', 'sallyport' ); ?>
				</p>
				<p><?php esc_html_e( 'Users who have set up an authenticator app or backup codes there are asked for them wherever they sign in; on wp-login.php, that plugin’s own form asks. A code works once, here or there, and wrong codes are counted together. Its emailed codes and passkeys work only in a browser.', 'sallyport' ); ?></p>
				<?php /* translators: %s: a command. */ ?>
				<p><?php printf( esc_html__( 'They count while that plugin is active. Before you deactivate it, import them: %s', 'sallyport' ), '<code>' . esc_html( $plugin['import'] ) . '</code>' ); ?></p>
			</li>
		<?php endforeach; ?>
	</ul>
</section>

<section aria-labelledby="sallyport-unknown">
	<h2 id="sallyport-unknown"><?php esc_html_e( 'Unknown login routes', 'sallyport' ); ?></h2>
	<?php if ( array() === $view->unknown ) : ?>
		<p><?php esc_html_e( 'No other plugin has a route whose name suggests signing in.', 'sallyport' ); ?></p>
	<?php else : ?>
		<p><?php esc_html_e( 'These routes have names that suggest signing in. For users with a second factor, a token or cookie from them does not count; but these users cannot sign in there either, because nothing asks for the code. The test on the Overview tab tries them.', 'sallyport' ); ?></p>
		<?php $files( $view->unknown, __( 'Routes', 'sallyport' ) ); ?>
	<?php endif; ?>
	<?php if ( array() !== $view->hooks ) : ?>
		<details class="sallyport-do">
			<summary><?php esc_html_e( 'Plugins that take part in signing users in', 'sallyport' ); ?></summary>
			<p><?php esc_html_e( 'They use these hooks of WordPress. Sallyport has the last word on each of them.', 'sallyport' ); ?></p>
			<?php $files( $view->hooks, __( 'Hooks', 'sallyport' ) ); ?>
		</details>
	<?php endif; ?>
	<?php echo $view->told(); ?>
</section>
