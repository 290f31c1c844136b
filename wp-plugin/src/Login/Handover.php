<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Gate\PageForm;
use Sallyport\WP\OwnPage;

/**
 * Leads from a login form on a page, such as a shop's, to the page of wp-login.php that continues the login (adr/0037). The
 * secret that the password opened travels in a cookie, never in the URL.
 */
final class Handover {
	/** Whether the login began at such a form, so that it has to be led to wp-login.php first. */
	public static function is_due(): bool {
		return 0 === did_action( 'login_init' );
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
		PageCookie::set( self::cookie(), $secret, time() + $seconds );
		$carried = $more + array(
			'action'      => $action,
			'redirect_to' => self::back(),
			'rememberme'  => '' === Sent::text( 'rememberme' ) ? null : 'forever',
		);
		nocache_headers();
		OwnPage::go( site_url( 'wp-login.php?' . http_build_query( $carried ), 'login' ) );
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
