<?php
declare( strict_types=1 );

/**
 * Settings → Sallyport: the tabs, what was done, and the tab itself.
 *
 * @var list<array{slug: string, title: string, url: string}> $tabs
 * @var string          $current Slug.
 * @var string          $done    What was done, or ''.
 * @var Closure(): void $render  Prints the tab.
 */

defined( 'ABSPATH' ) || exit;
?>
<div class="wrap">
	<h1>Sallyport</h1>
	<nav class="nav-tab-wrapper" aria-label="<?php esc_attr_e( 'Sallyport', 'sallyport' ); ?>">
		<?php foreach ( $tabs as $tab ) : ?>
			<a class="nav-tab<?php echo $current === $tab['slug'] ? ' nav-tab-active' : ''; ?>"
				href="<?php echo esc_url( $tab['url'] ); ?>"
				<?php echo $current === $tab['slug'] ? ' aria-current="page"' : ''; ?>><?php echo esc_html( $tab['title'] ); ?></a>
		<?php endforeach; ?>
	</nav>
	<div class="sallyport sallyport-settings" id="sallyport">
		<?php echo \Sallyport\WP\Security\View::done( $done ); // phpcs:ignore WordPress.Security.EscapeOutput -- it escapes. ?>
		<?php $render(); ?>
	</div>
</div>
