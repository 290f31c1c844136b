<?php
declare( strict_types=1 );

/**
 * Backup codes, shown once. Of $view it uses codes, first, user and url.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-codes-title">
	<h2 id="sallyport-codes-title" tabindex="-1" autofocus><?php esc_html_e( 'Save your backup codes', 'sallyport' ); ?></h2>
	<?php
	if ( $view->first ) {
		echo $view->part( 'steps' );
	}
	?>
	<p>
		<?php
		$view->first
			? esc_html_e( 'Your second factor is on. If you lose your phone, you can sign in with one of these codes instead. Each code works once. They are shown only this once.', 'sallyport' )
			: esc_html_e( 'The old codes no longer work. If you lose your phone, each of these codes signs you in once. They are shown only this once.', 'sallyport' );
		?>
		<a href="#sallyport-lost"><?php esc_html_e( 'What to do if you lose your phone', 'sallyport' ); ?></a>
	</p>
	<div class="sallyport-codes" id="sallyport-codes">
		<p class="sallyport-sheet">
			<?php
			echo $view->name( wp_specialchars_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES ) ), '<br>';
			echo esc_html( home_url() ), '<br>';
			echo $view->name( $view->user->user_login ), '<br>';
			echo esc_html( (string) wp_date( get_option( 'date_format' ) ) );
			?>
		</p>
		<ol>
			<?php foreach ( $view->codes as $code ) : ?>
				<li><code><?php echo esc_html( $code ); ?></code></li>
			<?php endforeach; ?>
		</ol>
	</div>
	<p class="sallyport-row" data-sallyport-sheet="sallyport-codes" hidden>
		<?php $file = sanitize_file_name( 'backup-codes-' . wp_parse_url( home_url(), PHP_URL_HOST ) . '.txt' ); ?>
		<button type="button" class="button wp-element-button"
			data-sallyport-copy="sallyport-codes"><?php esc_html_e( 'Copy', 'sallyport' ); ?></button>
		<button type="button" class="button wp-element-button"
			data-sallyport-download="<?php echo esc_attr( $file ); ?>"><?php esc_html_e( 'Download', 'sallyport' ); ?></button>
		<button type="button" class="button wp-element-button" data-sallyport-print><?php esc_html_e( 'Print', 'sallyport' ); ?></button>
		<?php echo $view->status(); ?>
	</p>
	<form method="get" action="<?php echo esc_url( $view->url ); ?>">
		<?php
		wp_parse_str( (string) wp_parse_url( $view->url, PHP_URL_QUERY ), $query );
		foreach ( array_filter( $query, 'is_string' ) as $name => $value ) {
			printf( '<input type="hidden" name="%s" value="%s">', esc_attr( $name ), esc_attr( $value ) );
		}
		?>
		<input type="hidden" name="sallyport_done" value="saved">
		<p>
			<input type="checkbox" id="sallyport-saved" required>
			<label for="sallyport-saved"><?php esc_html_e( 'I have saved them somewhere other than my phone', 'sallyport' ); ?></label>
		</p>
		<p><?php echo $view->button( __( 'Finish', 'sallyport' ), primary: true ); ?></p>
	</form>
</section>
