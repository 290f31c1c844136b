<?php
declare( strict_types=1 );

/**
 * What to do when the phone is lost.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;
?>
<section aria-labelledby="sallyport-lost">
	<h2 id="sallyport-lost"><?php esc_html_e( 'If you lose your phone', 'sallyport' ); ?></h2>
	<ul class="sallyport-plain">
		<li><?php esc_html_e( 'Sign in with your password and one of your backup codes, entered in place of the code from your app. Then come back here, set up the new phone, and remove the old one.', 'sallyport' ); ?></li>
		<li><?php esc_html_e( 'If you have no backup codes, ask an administrator of this site. They will make sure that it is you before they reset your second factor.', 'sallyport' ); ?></li>
		<li><?php esc_html_e( 'A new password will not help: it replaces the old password, not the phone.', 'sallyport' ); ?></li>
	</ul>
</section>
