<?php
declare( strict_types=1 );

/**
 * How the site stands.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-health">
	<h2 id="sallyport-health"><?php esc_html_e( 'Health', 'sallyport' ); ?></h2>
	<ul class="sallyport-list">
		<?php foreach ( $view->health as $result ) : ?>
			<li>
				<p class="sallyport-name"><strong><?php echo esc_html( $result['label'] ); ?></strong></p>
				<?php echo wp_kses_post( $result['description'] ); ?>
			</li>
		<?php endforeach; ?>
	</ul>
	<?php echo $view->told(); ?>
</section>
