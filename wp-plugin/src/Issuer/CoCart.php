<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Probe\Knock;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use WP_REST_Request;
use WP_REST_Response;
use WP_User_Query;

/**
 * CoCart JWT Authentication 3.0, and CoCart 4.2.2 or later. Every CoCart route accepts Basic authentication, or user name and
 * password in the URL or a form. Its login issues a token to the request's user.
 */
final class CoCart implements Issuer, Knocks, Covers {
	use UserInClaims;

	public const NAME = 'cocart';

	/** Before this version a token contained the password itself, and every request with one was a login. */
	private const OLDEST = '2.0';

	/** The plugin's own pattern. */
	private const BEARER = '/^Bearer\s+([a-zA-Z0-9\-_=]+\.[a-zA-Z0-9\-_=]+\.[a-zA-Z0-9\-_=]+)$/i';

	/** Routes of the plugins that issue a token. */
	public const LOGIN   = 'login';
	public const REFRESH = 'refresh';

	public function name(): string {
		return self::NAME;
	}

	/** Whether the JWT plugin is active in an unsafe version. */
	public static function is_outdated(): bool {
		$plugin = 'CoCart\JWTAuthentication\Plugin';
		return class_exists( $plugin, false ) && version_compare( (string) ( $plugin::$version ?? '0' ), self::OLDEST, '<' );
	}

	/**
	 * Whether the request is to a CoCart URL. CoCart accepts a cookie without a nonce there, and checks a password if there is no
	 * cookie.
	 */
	public static function is_asked(): bool {
		return class_exists( 'CoCart', false ) && is_callable( array( 'CoCart', 'is_rest_api_request' ) ) && \CoCart::is_rest_api_request();
	}

	/** As the plugins read it, at CoCart's URLs. */
	public function presented(): ?string {
		$core = 'CoCart_Authentication';
		if ( ! self::is_asked() || ! is_callable( array( $core, 'get_auth_header' ) ) ) {
			return null;
		}
		$header = $core::get_auth_header();
		return is_string( $header ) && 1 === preg_match( self::BEARER, $header, $match ) ? $match[1] : null;
	}

	public function is_login( array $handler ): bool {
		return self::LOGIN === self::route( $handler );
	}

	/** Its validation asks for the current user, so Acceptance has the last word. */
	public function is_validation( array $handler ): bool {
		return false;
	}

	/**
	 * LOGIN, REFRESH, or '' for any other handler.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public static function route( array $handler ): string {
		$callback = $handler['callback'] ?? null;
		if ( ! is_array( $callback ) || ! is_object( $callback[0] ?? null ) ) {
			return '';
		}
		return match ( $callback[1] ?? '' ) {
			'login'         => 1 === preg_match( '/CoCart\w*Login/i', $callback[0]::class ) ? self::LOGIN : '',
			'refresh_token' => is_a( $callback[0], 'CoCart\JWTAuthentication\REST' ) ? self::REFRESH : '',
			default         => '',
		};
	}

	/** Its validation asks for the current user. */
	public function gate( array $handler ): ?string {
		$callback = $handler['callback'] ?? null;
		return match ( true ) {
			self::REFRESH === self::route( $handler )                                                => 'Bridge\CoCart',
			is_array( $callback ) && is_a( $callback[0] ?? null, 'CoCart\JWTAuthentication\REST' ) => 'Gate\Acceptance',
			default                                                                                  => null,
		};
	}

	/** The user of a refresh token, found as the plugin does; 0 if there is none. */
	public function user_of( #[\SensitiveParameter] string $refresh_token ): int {
		$query = new WP_User_Query(
			array(
				'meta_key'   => '_cocart_jwt_refresh_token', // phpcs:ignore WordPress.DB.SlowDBQuery -- as the plugin finds it.
				'meta_value' => $refresh_token, // phpcs:ignore WordPress.DB.SlowDBQuery -- the same.
			)
		);
		return (int) ( $query->get_results()[0]->ID ?? 0 );
	}

	/** Runs the login, which issues its token to the request's user, as the user of the proof. */
	public function mint( Proof $proof ): WP_REST_Response {
		$before = get_current_user_id();
		if ( ! get_userdata( $proof->user_id ) ) {
			throw Refusal::unavailable( Problem::Issuer );
		}
		wp_set_current_user( $proof->user_id );
		try {
			return rest_do_request( new WP_REST_Request( 'POST', '/cocart/v2/login' ) );
		} finally {
			wp_set_current_user( $before );
		}
	}

	public function token_in( WP_REST_Response $response ): ?string {
		$token = ( (array) $response->get_data() )['extras']['jwt_token'] ?? null;
		return is_string( $token ) ? $token : null;
	}

	public function knocks(): array {
		if ( ! class_exists( 'CoCart', false ) ) {
			return array();
		}
		$login = 'cocart: login, by Basic authentication';
		$again = 'cocart: jwt/refresh-token';
		return array(
			Knock::basic( $login, 'Bridge\CoCart', 'cocart/v2/login' ),
			Knock::form( 'cocart: login, by form', 'Bridge\CoCart', 'cocart/v2/login' ),
			Knock::with_field(
				$again,
				'Bridge\CoCart',
				'cocart/jwt/refresh-token',
				'refresh_token',
				static fn ( array $given ): mixed => $given['refresh_token'] ?? $given['extras']['jwt_refresh'] ?? null,
				array( $again, $login )
			),
			// The exchange ended the one before.
			Knock::with_bearer(
				'cocart: login, by the token from before the enrolment',
				'Gate\Acceptance',
				'POST',
				'cocart/v2/login',
				static fn ( array $given ): mixed => $given['token'] ?? null,
				$again
			),
		);
	}
}
