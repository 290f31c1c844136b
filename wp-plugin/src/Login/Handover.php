<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Gate\PageForm;
use Sallyport\WP\OwnPage;

/**
 * From the form of a page, such as a shop's, to the page of wp-login.php that goes on (adr/0037). What the password opened goes along
 * in a cookie, never in the address.
 */
final class Handover {
	/** Whether a log-in began at such a form: it has to be led to wp-login.php first. */
	public static function is_due(): bool {
		return 0 === did_action( 'login_init' );
	}

	/**
	 * Leads there, and ends the request.
	 *
	 * @param string $action  Of wp-login.php.
	 * @param string $secret  A challenge, or an enrolment token.
	 * @param int    $seconds It lives.
	 * @param array<string, string> $more What that page is to be told besides, in the address.
	 */
	public static function to( string $action, #[\SensitiveParameter] string $secret, int $seconds, array $more = array() ): never {
		PageCookie::set( self::cookie(), $secret, time() + $seconds );
		$carried = $more + array(
			'action'      => $action,
			'redirect_to' => self::back(),
			'rememberme'  => '' === Sent::text( 'rememberme' ) ? null : 'forever',
		);
		nocache_headers();
		OwnPage::go( site_url( 'wp-login.php?' . http_build_query( $carried ), 'login' ) );
	}

	/** What this browser was led here with; empty for nothing. */
	public static function secret(): string {
		return PageCookie::sent( self::cookie() );
	}

	/** It has done its work. */
	public static function end(): void {
		'' === self::secret() || PageCookie::set( self::cookie(), '', 1 );
	}

	/** Where the form wanted to go, by the names that core and WooCommerce have for it; else back to its page. */
	private static function back(): string {
		$wanted = array_filter( array( Sent::text( 'redirect_to' ), Sent::text( 'redirect' ), PageForm::url() ) );
		return (string) current( $wanted );
	}

	private static function cookie(): string {
		return 'sallyport_step_' . COOKIEHASH;
	}
}
