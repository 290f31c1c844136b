<?php
declare( strict_types=1 );

/**
 * Codes by e-mail wait for the first one.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-mail">
	<h2 id="sallyport-mail"><?php esc_html_e( 'Set up codes by email', 'sallyport' ); ?></h2>
	<?php /* translators: %s: an e-mail address. */ ?>
	<p><?php printf( esc_html__( 'A code was sent to %s. It works for 10 minutes.', 'sallyport' ), $view->name( $view->user->user_email ) ); ?></p>
	<?php echo $view->form( 'finish' ), $view->error( 'finish' ), $view->part( 'code' ); ?>
		<p><?php echo $view->button( __( 'Verify and turn on', 'sallyport' ), primary: true ); ?></p>
	</form>
	<div class="sallyport-row">
		<?php echo $view->form( 'send' ), $view->button( __( 'Send another code', 'sallyport' ) ); ?></form>
		<?php echo $view->form( 'cancel' ), $view->button( __( 'Cancel', 'sallyport' ) ); ?></form>
	</div>
</section>
