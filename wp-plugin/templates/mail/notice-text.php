<?php
declare( strict_types=1 );

/**
 * A notice in plain text. A theme's sallyport/mail/notice-text.php, or factor_added-text.php and so on, takes its place.
 *
 * @var \Sallyport\WP\Notice\Letter $letter
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- plain text.
echo __( 'Hello,', 'sallyport' ), "\n\n";
echo $letter->text, "\n\n";
foreach ( $letter->facts as $label => $fact ) {
	echo "$label: $fact\n";
}
echo '' === $letter->page ? '' : __( 'Sign-in security', 'sallyport' ) . ": $letter->page\n";
echo "\n", $letter->advice, "\n\n";
echo $letter->site, "\n", $letter->url, "\n";
