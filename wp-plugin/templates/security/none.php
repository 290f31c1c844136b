<?php
declare( strict_types=1 );

/**
 * Nothing is set up yet: why, and one button.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-none">
	<h2 id="sallyport-none"><?php esc_html_e( 'Your account is protected only by its password', 'sallyport' ); ?></h2>
	<?php if ( null !== $view->deadline ) : ?>
		<p class="sallyport-warning">
			<?php
			echo $view->deadline > time()
				/* translators: %s: "in 5 days". */
				? sprintf( esc_html__( 'This site requires you to use a second factor. Set it up now: %s, you will no longer be able to sign in without it.', 'sallyport' ), $view->time( $view->deadline ) )
				: esc_html__( 'This site requires you to use a second factor. Set it up now.', 'sallyport' );
			?>
		</p>
	<?php endif; ?>
	<?php if ( ! $view->app && ! $view->mail ) : ?>
		<p><?php esc_html_e( 'A second factor is not available for your account.', 'sallyport' ); ?></p>
	<?php endif; ?>
	<?php if ( $view->app ) : ?>
		<p><?php esc_html_e( 'Anyone who learns your password can sign in as you. With a second factor, they would also need your phone: an authenticator app on it shows a new code every 30 seconds, which you enter after your password. Setting it up takes about three minutes. If you have no such app yet, install one first, such as Google Authenticator, Microsoft Authenticator or 2FAS.', 'sallyport' ); ?></p>
		<?php echo $view->form( 'begin' ), $view->error( 'begin' ); ?>
			<input type="hidden" name="label" value="<?php esc_attr_e( 'Authenticator app', 'sallyport' ); ?>">
			<?php echo $view->password( 'begin' ); ?>
			<p><?php echo $view->button( __( 'Set up an authenticator app', 'sallyport' ), primary: true ); ?></p>
		</form>
	<?php endif; ?>
	<?php if ( $view->mail ) : ?>
		<?php echo $view->details( 'begin-mail' ); ?>
			<summary><?php esc_html_e( 'No phone? Use codes by email', 'sallyport' ); ?></summary>
			<?php echo $view->part( 'begin-mail' ); ?>
		</details>
	<?php endif; ?>
</section>
