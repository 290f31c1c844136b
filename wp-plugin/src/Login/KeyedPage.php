<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Security\Assets;
use WP_Error;

/** The head of a wp-login.php page with a key in its URL: the browser must not pass that URL on as a referrer. */
final class KeyedPage {
	private static bool $open = false;

	public static function header( string $title, string $message = '', WP_Error $errors = new WP_Error() ): void {
		self::$open = true;
		Assets::load();
		header( 'Referrer-Policy: no-referrer' );
		login_header( $title, $message, $errors );
	}

	/** Action login_head, first: drops the meta element that login_header() has just hooked, which would override the header. */
	public static function keep_to_header(): void {
		if ( self::$open ) {
			remove_action( 'login_head', 'wp_strict_cross_origin_referrer' );
		}
	}
}
