<?php
declare( strict_types=1 );

/**
 * What happened to the account of late.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-history">
	<h2 id="sallyport-history"><?php esc_html_e( 'What happened lately', 'sallyport' ); ?></h2>
	<?php if ( array() === $view->history ) : ?>
		<p><?php esc_html_e( 'Nothing yet. Second steps, wrong codes, and changes to your factors will be listed here.', 'sallyport' ); ?></p>
	<?php else : ?>
		<p><?php esc_html_e( 'The newest comes first. If there is something you do not recognise, change your password and sign out everywhere else.', 'sallyport' ); ?></p>
		<ol class="sallyport-history" reversed>
			<?php foreach ( $view->history as $entry ) : ?>
				<li>
					<p class="sallyport-name">
						<?php
						echo '<strong>' . esc_html( $entry['text'] ) . '</strong>';
						foreach ( array_unique( array_filter( array( $view->factor( $entry['factor'] ), $entry['name'] ) ) ) as $what ) {
							echo ' · ', $view->name( $what );
						}
						?>
					</p>
					<p class="sallyport-when">
						<?php
						echo $view->time( $entry['time'] ), ' · ', $view->date( $entry['time'] );
						echo '' === $entry['device'] ? '' : ' · <span' . ( $entry['agent'] === $entry['device'] ? '' : ' title="' . esc_attr( $entry['agent'] ) . '"' ) . '>' . $view->name( $entry['device'] ) . '</span>';
						echo '' === $entry['ip'] ? '' : ' · ' . $view->name( $entry['ip'] );
						?>
					</p>
				</li>
			<?php endforeach; ?>
		</ol>
	<?php endif; ?>
</section>
