<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use WP_Error;

/** The head of a page of wp-login.php that has a key in its address: a browser tells that address nobody. */
final class KeyedPage {
	public static function header( string $title, string $message = '', WP_Error $errors = new WP_Error() ): void {
		header( 'Referrer-Policy: no-referrer' );
		// Core's meta element would have the last word over the header; login_header() itself adds it.
		add_action( 'login_head', static fn () => remove_action( 'login_head', 'wp_strict_cross_origin_referrer' ), 0 );
		login_header( $title, $message, $errors );
	}
}
