<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Gate\PageForm;
use Sallyport\WP\OwnPage;

/**
 * Leads from a login form on a page, such as a shop's, or from another plugin's sign-in, to the page of wp-login.php that
 * continues the login (adr/0037, adr/0040). The secret that the first step opened travels in a cookie, never in the URL.
 */
final class Handover {
	/** Whether the login began elsewhere, so that it has to be led to wp-login.php first. */
	public static function is_due(): bool {
		return ! OwnPage::is_login();
	}

	/**
	 * Redirects there, and ends the request.
	 *
	 * @param string $action  Action of wp-login.php.
	 * @param string $secret  A challenge or an enrolment token.
	 * @param int    $seconds Its lifetime.
	 * @param array<string, string> $more Further query arguments for that page.
	 */
	public static function to( string $action, #[\SensitiveParameter] string $secret, int $seconds, array $more = array() ): never {
		$more['rememberme'] = '' === Sent::text( 'rememberme' ) ? null : 'forever';
		OwnPage::go( self::begin( $action, $secret, $seconds, self::back(), $more ) );
	}

	/**
	 * Gives the browser what it is led there with. A mail or another site may have sent it here, and a cookie that is strict
	 * would then stay behind.
	 *
	 * @param string $back Where it is to go in the end.
	 * @param array<string, string|null> $more As of to().
	 * @return string The address of that page.
	 */
	public static function begin(
		string $action,
		#[\SensitiveParameter] string $secret,
		int $seconds,
		string $back,
		array $more = array(),
	): string {
		PageCookie::set( self::cookie(), $secret, time() + $seconds, 'Lax' );
		nocache_headers();
		$carried = $more + array(
			'action'      => $action,
			'redirect_to' => $back,
		);
		return site_url( 'wp-login.php?' . http_build_query( $carried ), 'login' );
	}

	/** The secret this browser was redirected with; empty if there is none. */
	public static function secret(): string {
		return PageCookie::sent( self::cookie() );
	}

	/** Deletes the cookie once it has served. */
	public static function end(): void {
		'' === self::secret() || PageCookie::set( self::cookie(), '', 1 );
	}

	/** Where the form wanted to go, by the field names of core and WooCommerce; else back to its page. */
	private static function back(): string {
		$wanted = array_filter( array( Sent::text( 'redirect_to' ), Sent::text( 'redirect' ), PageForm::url() ) );
		return (string) current( $wanted );
	}

	private static function cookie(): string {
		return 'sallyport_step_' . COOKIEHASH;
	}
}
