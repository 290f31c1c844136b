<?php
declare( strict_types=1 );

/**
 * The field for a code, inside of a form that does "finish".
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<p>
	<label for="sallyport_code"><?php esc_html_e( 'Code', 'sallyport' ); ?></label>
	<input type="text" class="sallyport-code" name="sallyport_code" id="sallyport_code" dir="ltr"
		inputmode="numeric" autocomplete="one-time-code" autocapitalize="off" spellcheck="false" maxlength="16"
		size="10" required
		<?php echo 'finish' === $view->asked ? '' : ' autofocus', $view->is_wrong( 'finish', 'sallyport-code-help' ); ?>>
</p>
<p id="sallyport-code-help">
	<?php
	echo 'mail' === $view->part
		? esc_html__( 'Enter the 8-digit code from the email. Spaces do not matter.', 'sallyport' )
		: esc_html__( 'Enter the code your app shows now. It changes every 30 seconds. Spaces do not matter.', 'sallyport' );
	?>
</p>
