<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

use WP_Session_Tokens;

/** Tries credentials that a door has issued before, whichever plugin issued them, and a cookie that no door issued. */
final class CredentialKnocks {
	/** What is requested from admin-ajax.php: a nonce, which only a signed-in user gets. */
	private const NONCE = '/(^|\n)[0-9a-f]{10}$/D';

	/** Its answer to anonymous requests. Core's HTTP client takes a 0 for an empty body. */
	private const NOBODY = '/^0?$/D';

	private const GATE = 'Gate\Acceptance';

	/** Lifetime of the cookie made here, in seconds. */
	private const TTL = 300;

	/** A cookie as wp_set_auth_cookie() makes it for any caller: a magic link, OAuth, a checkout. */
	public static function unproven(): Knock {
		return new Knock(
			'cookie made without a proof',
			self::GATE,
			static fn ( Visitor $visitor, Loopback $http ): Heard => $http->get( self::ajax(), Loopback::cookies( self::made( $visitor ) ) ),
			array( self::NONCE )
		);
	}

	/**
	 * The nonce these cookies get; '' if they identify nobody.
	 *
	 * @param array<string, string> $cookies
	 */
	public static function nonce( Loopback $http, array $cookies ): string {
		$heard = $http->get( self::ajax(), Loopback::cookies( $cookies ) );
		return 200 === $heard->status && 1 === preg_match( self::NONCE, $heard->body ) ? $heard->body : '';
	}

	/**
	 * Presents a token, issued by a door before the enrolment, after it.
	 *
	 * @return list<Knock>
	 */
	public static function of_token( string $door, #[\SensitiveParameter] string $token ): array {
		$bearer = array( 'Authorization' => 'Bearer ' . $token );
		return array(
			self::profile( $door . ': the token from before the enrolment', $bearer ),
			self::at_ajax( $door . ': the token from before the enrolment, at admin-ajax.php', $bearer ),
		);
	}

	/**
	 * Presents cookies, set by a door before the enrolment, after it.
	 *
	 * @param array<string, string> $cookies
	 * @return list<Knock>
	 */
	public static function of_cookies( string $door, array $cookies, string $nonce ): array {
		return array(
			self::profile(
				$door . ': the cookie from before the enrolment, over REST',
				Loopback::cookies( $cookies ) + array( 'X-WP-Nonce' => $nonce )
			),
			self::at_ajax( $door . ': the cookie from before the enrolment, at admin-ajax.php', Loopback::cookies( $cookies ) ),
		);
	}

	/** @param array<string, string> $headers */
	private static function profile( string $door, array $headers ): Knock {
		return new Knock(
			$door,
			self::GATE,
			static fn ( Visitor $visitor, Loopback $http ): Heard => $http->get( Loopback::own_profile(), $headers )
		);
	}

	/** @param array<string, string> $headers */
	private static function at_ajax( string $door, array $headers ): Knock {
		return new Knock(
			$door,
			self::GATE,
			static fn ( Visitor $visitor, Loopback $http ): Heard => $http->get( self::ajax(), $headers ),
			array( self::NONCE ),
			self::NOBODY
		);
	}

	private static function ajax(): string {
		return admin_url( 'admin-ajax.php?action=rest-nonce' );
	}

	/** @return array<string, string> */
	private static function made( Visitor $visitor ): array {
		$until = time() + self::TTL;
		$token = WP_Session_Tokens::get_instance( $visitor->id )->create( $until );
		return array(
			LOGGED_IN_COOKIE   => wp_generate_auth_cookie( $visitor->id, $until, 'logged_in', $token ),
			AUTH_COOKIE        => wp_generate_auth_cookie( $visitor->id, $until, 'auth', $token ),
			SECURE_AUTH_COOKIE => wp_generate_auth_cookie( $visitor->id, $until, 'secure_auth', $token ),
		);
	}
}
