<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Client;
use Sallyport\WP\OwnPage;

/** A login form that a browser submitted from a page of the site, such as a shop's. */
final class PageForm {
	/** URL of the form's page, for the way back after the second step. Empty if unknown, or if the page is another site's. */
	public static function url(): string {
		return OwnPage::of( esc_url_raw( (string) wp_get_raw_referer() ), '' );
	}

	/** Whether it signs a user in through core, on a page other than wp-login.php; a script may have sent it. */
	public static function signs_on(): bool {
		return ! OwnPage::is_login() && ! defined( 'REST_REQUEST' ) && Caller::includes( 'wp_signon' );
	}

	/**
	 * Whether the browser can be redirected from it to the second step. The browser must be waiting for a document, not a
	 * script for data: Fetch Metadata says so, or says nothing on a page that a plugin has put in wp-login.php's place. And the
	 * page must be able to set a cookie for wp-login.php, so both must be on the same host.
	 */
	public static function can_be_led_on(): bool {
		return self::signs_on()
			&& ! wp_doing_ajax()
			&& 'POST' === Client::header( 'REQUEST_METHOD' )
			&& in_array(
				Client::header( 'HTTP_SEC_FETCH_DEST' ),
				0 < did_action( 'login_init' ) ? array( 'document', '' ) : array( 'document' ),
				true
			)
			&& OwnPage::shares_host()
			&& ! headers_sent();
	}
}
