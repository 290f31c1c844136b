<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/** A log-in form that stands on a page of the site, such as a shop's, and is no page of wp-login.php. */
final class PageForm {
	/** Whether one asks core to sign somebody on. */
	public static function signs_on(): bool {
		return 0 === did_action( 'login_init' ) && ! wp_doing_ajax() && ! defined( 'REST_REQUEST' ) && Caller::includes( 'wp_signon' );
	}

	/**
	 * Whether its browser goes where an answer leads: it says that it waits for a document (Fetch Metadata), not a script for data. A
	 * cookie for wp-login.php can be set from here where that is on the same host.
	 */
	public static function can_be_led_on(): bool {
		return self::signs_on()
			&& 'POST' === self::said( 'REQUEST_METHOD' )
			&& 'document' === self::said( 'HTTP_SEC_FETCH_DEST' )
			&& wp_parse_url( home_url(), PHP_URL_HOST ) === wp_parse_url( site_url(), PHP_URL_HOST )
			&& ! headers_sent();
	}

	private static function said( string $name ): string {
		$said = $_SERVER[ $name ] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- compared only.
		return is_string( $said ) ? $said : '';
	}
}
