<?php
declare( strict_types=1 );

/**
 * The secret, to scan or to type. Of $view it uses scan, a Sallyport\WP\Enrolment\Scan.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<p><?php esc_html_e( 'In your authenticator app, add an account and scan this QR code.', 'sallyport' ); ?></p>
<p>
	<a href="<?php echo esc_url( $view->scan->uri, array( 'otpauth' ) ); ?>"><?php esc_html_e( 'Setting up on this phone? Open the app', 'sallyport' ); ?></a>
</p>
<div class="sallyport-qr"><?php echo $view->scan->svg; ?></div>
<details>
	<summary><?php esc_html_e( 'Cannot scan it? Enter the key by hand', 'sallyport' ); ?></summary>
	<p>
		<code class="sallyport-key" id="sallyport-key"><?php echo esc_html( $view->scan->key ); ?></code>
		<button type="button" class="button wp-element-button"
			data-sallyport-copy="sallyport-key" hidden><?php esc_html_e( 'Copy the key', 'sallyport' ); ?></button>
		<?php echo $view->status(); ?>
	</p>
	<dl class="sallyport-facts">
		<div><dt><?php esc_html_e( 'Account', 'sallyport' ); ?></dt><dd><?php echo $view->name( $view->scan->account ); ?></dd></div>
		<div><dt><?php esc_html_e( 'Site', 'sallyport' ); ?></dt><dd><?php echo $view->name( $view->scan->issuer ); ?></dd></div>
		<div>
			<dt><?php esc_html_e( 'Type', 'sallyport' ); ?></dt>
			<dd><?php esc_html_e( 'time-based', 'sallyport' ); ?>, <?php echo esc_html( $view->scan->algorithm ); ?></dd>
		</div>
		<div>
			<dt><?php esc_html_e( 'Code', 'sallyport' ); ?></dt>
			<dd>
				<?php
				echo esc_html(
					sprintf(
						/* translators: 1: number of digits, 2: seconds. */
						__( '%1$d digits, every %2$d seconds', 'sallyport' ),
						$view->scan->digits,
						$view->scan->period
					)
				);
				?>
			</dd>
		</div>
	</dl>
</details>
