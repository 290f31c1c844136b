<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Security\Assets;
use WP_Error;

/** The head of a page of wp-login.php that has a key in its address: a browser tells that address nobody. */
final class KeyedPage {
	private static bool $open = false;

	public static function header( string $title, string $message = '', WP_Error $errors = new WP_Error() ): void {
		self::$open = true;
		Assets::load();
		header( 'Referrer-Policy: no-referrer' );
		login_header( $title, $message, $errors );
	}

	/** Action login_head, first: login_header() has just added an element that would have the last word over the header. */
	public static function keep_to_header(): void {
		if ( self::$open ) {
			remove_action( 'login_head', 'wp_strict_cross_origin_referrer' );
		}
	}
}
