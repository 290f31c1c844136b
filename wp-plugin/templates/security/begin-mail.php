<?php
declare( strict_types=1 );

/**
 * The form that begins codes by e-mail.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<?php echo $view->form( 'begin-mail' ), $view->error( 'begin-mail' ); ?>
	<p><?php esc_html_e( 'This is weaker than an app: anyone who can read your email has the code. We will send a code to your address now to check that it reaches you.', 'sallyport' ); ?></p>
	<?php echo $view->password( 'begin-mail' ); ?>
	<p><?php echo $view->button( __( 'Send me a code', 'sallyport' ) ); ?></p>
</form>
