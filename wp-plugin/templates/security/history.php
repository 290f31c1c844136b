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
	<h2 id="sallyport-history"><?php esc_html_e( 'Recent activity', 'sallyport' ); ?></h2>
	<?php if ( array() === $view->history ) : ?>
		<p><?php esc_html_e( 'No activity yet. Sign-ins with a code, wrong codes, and changes to your second factors will be listed here.', 'sallyport' ); ?></p>
	<?php else : ?>
		<p><?php esc_html_e( 'Newest first. If you see something you do not recognize, change your password and sign out everywhere else.', 'sallyport' ); ?></p>
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
						echo '' === $entry['device']
							? ''
							: ' · <span' . ( $entry['agent'] === $entry['device'] ? '' : ' title="' . esc_attr( $entry['agent'] ) . '"' ) . '>'
								. $view->name( $entry['device'] ) . '</span>';
						echo '' === $entry['ip'] ? '' : ' · ' . $view->name( $entry['ip'] );
						?>
					</p>
				</li>
			<?php endforeach; ?>
		</ol>
	<?php endif; ?>
</section>
