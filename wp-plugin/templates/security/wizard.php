<?php
declare( strict_types=1 );

/**
 * The wizard's first two steps: the secret goes into the app, a code comes back.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-wizard">
	<h2 id="sallyport-wizard"<?php echo 1 === $view->step ? ' tabindex="-1" autofocus' : ''; ?>>
		<?php esc_html_e( 'Set up an authenticator app', 'sallyport' ); ?>
	</h2>
	<?php echo $view->part( 'steps' ); ?>
	<?php if ( 1 === $view->step ) : ?>
		<?php echo $view->part( 'scan' ); ?>
		<p class="sallyport-go">
			<a class="button wp-element-button button-primary"
				href="<?php echo $view->link( 'sallyport_step', 'code' ); ?>"><?php esc_html_e( 'Next: enter a code', 'sallyport' ); ?></a>
		</p>
	<?php else : ?>
		<?php echo $view->form( 'finish' ), $view->error( 'finish' ); ?>
			<?php echo $view->part( 'code' ); ?>
			<p class="sallyport-go">
				<?php echo $view->button( __( 'Verify and turn on', 'sallyport' ), primary: true ); ?>
				<a href="<?php echo esc_url( $view->url ); ?>"><?php esc_html_e( 'Back to the QR code', 'sallyport' ); ?></a>
			</p>
		</form>
	<?php endif; ?>
	<?php echo $view->form( 'cancel' ), $view->error( 'cancel' ); ?>
		<p><?php echo $view->button( __( 'Cancel', 'sallyport' ) ); ?></p>
	</form>
</section>
