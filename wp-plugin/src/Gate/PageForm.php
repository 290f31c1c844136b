<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Client;
use Sallyport\WP\OwnPage;

/** A form that a browser has sent from a page of the site, such as a shop's. */
final class PageForm {
	/** Where it stands: whoever is led away from it, to give a code, is to come back. Empty where nothing says so, or it names a page of another site. */
	public static function url(): string {
		return OwnPage::of( esc_url_raw( (string) wp_get_raw_referer() ), '' );
	}

	/** Whether it asks core to sign somebody on, and is none of wp-login.php's; a script may have sent it. */
	public static function signs_on(): bool {
		return ! OwnPage::is_login() && ! defined( 'REST_REQUEST' ) && Caller::includes( 'wp_signon' );
	}

	/**
	 * The same, and its browser goes where an answer leads: it says that it waits for a document (Fetch Metadata), not a script for data; or it
	 * says nothing, on a page that a plugin has put in wp-login.php's place. A cookie for wp-login.php can be set from here where that is on the same host.
	 */
	public static function can_be_led_on(): bool {
		return self::signs_on()
			&& ! wp_doing_ajax()
			&& 'POST' === Client::header( 'REQUEST_METHOD' )
			&& in_array( Client::header( 'HTTP_SEC_FETCH_DEST' ), 0 < did_action( 'login_init' ) ? array( 'document', '' ) : array( 'document' ), true )
			&& OwnPage::shares_host()
			&& ! headers_sent();
	}
}
