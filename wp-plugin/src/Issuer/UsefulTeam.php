<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Closure;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Client;
use Sallyport\WP\Probe\Knock;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use WP_REST_Request;
use WP_REST_Response;

/** JWT Auth, by Useful Team, 3.0. Its routes have the same paths as Tmeister's; the handler tells them apart. */
final class UsefulTeam implements Issuer, Knocks, Covers {
	use UserInClaims;

	public const NAME = 'useful-team';

	/** The plugin's class that answers its routes. */
	public const PLUGIN = 'JWTAuth\Auth';

	/** The cookie of its refresh token. */
	public const COOKIE = 'refresh_token';

	/**
	 * Placeholder for the password, which was right when the challenge was opened: without one the plugin sets no refresh
	 * cookie.
	 */
	private const NO_PASSWORD = '-';

	/**
	 * @param Closure(): ?WP_REST_Request $login   The login that is being completed; null at challenge/verify.
	 * @param Closure(): bool             $cookies Whether the page that asks there may get a cookie.
	 */
	public function __construct(
		private readonly Closure $login,
		private readonly Closure $cookies,
	) {}

	public function name(): string {
		return self::NAME;
	}

	/** As the plugin reads it: only at REST URLs, from a header that a site may choose. */
	public function presented(): ?string {
		if ( ! class_exists( self::PLUGIN, false ) || ! self::is_rest_address() ) {
			return null;
		}
		/** This filter is documented in the plugin's class-auth.php */
		$name = apply_filters( 'jwt_auth_authorization_header', 'HTTP_AUTHORIZATION' );
		foreach ( array( $name, 'REDIRECT_HTTP_AUTHORIZATION' ) as $place ) {
			$header = is_string( $place ) && is_string( $_SERVER[ $place ] ?? null ) ? sanitize_text_field( wp_unslash( $_SERVER[ $place ] ) ) : '';
			if ( '' !== $header && '0' !== $header ) {
				$token = sscanf( $header, 'Bearer %s' )[0] ?? null;
				return is_string( $token ) ? $token : null;
			}
		}
		return null;
	}

	public function is_login( array $handler ): bool {
		return 'get_token' === self::method( $handler );
	}

	public function is_validation( array $handler ): bool {
		return 'validate_token' === self::method( $handler );
	}

	/**
	 * The plugin's method behind a REST handler; '' for another plugin's handler.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public static function method( array $handler ): string {
		$callback = $handler['callback'] ?? null;
		return is_array( $callback ) && is_a( $callback[0] ?? null, self::PLUGIN ) && is_string( $callback[1] ?? null ) ? $callback[1] : '';
	}

	public function gate( array $handler ): ?string {
		return 'refresh_token' === self::method( $handler ) ? 'Bridge\UsefulTeam' : null;
	}

	/** Runs the plugin's own route as the user of the proof, with the login's device, to which the refresh token belongs. */
	public function mint( Proof $proof ): WP_REST_Response {
		$user = get_userdata( $proof->user_id );
		if ( ! $user ) {
			throw Refusal::unavailable( Problem::Issuer );
		}
		$login   = ( $this->login )();
		$device  = $login?->get_param( 'device' );
		$posted  = $_POST['device'] ?? null; // phpcs:ignore WordPress.Security -- handed on to the plugin, which reads it so.
		$request = new WP_REST_Request( 'POST', '/jwt-auth/v1/token' );
		$request->set_body_params(
			array(
				'username' => $user->user_login,
				'password' => null !== $login || ( $this->cookies )() ? self::NO_PASSWORD : '',
			) + ( is_string( $device ) ? array( 'device' => $device ) : array() )
		);
		return OneShot::as(
			$user,
			static function () use ( $request, $device, $posted ): WP_REST_Response {
				if ( is_string( $device ) && is_string( $posted ) ) {
					$_POST['device'] = $posted; // The plugin binds the token only to a device from a form.
				}
				return rest_do_request( $request );
			}
		);
	}

	public function token_in( WP_REST_Response $response ): ?string {
		$token = ( (array) $response->get_data() )['data']['token'] ?? null;
		return is_string( $token ) ? $token : null;
	}

	public function knocks(): array {
		if ( ! class_exists( self::PLUGIN, false ) ) {
			return array();
		}
		$cookie = self::COOKIE;
		$from   = array( 'useful-team: token/refresh', 'useful-team: token' );
		return array(
			Knock::login( 'useful-team: token', 'Bridge\UsefulTeam', 'jwt-auth/v1/token' ),
			Knock::with_cookie( 'useful-team: token, by refresh cookie', 'Bridge\UsefulTeam', 'jwt-auth/v1/token', $cookie, $from ),
			Knock::with_cookie( 'useful-team: token/refresh', 'Bridge\UsefulTeam', 'jwt-auth/v1/token/refresh', $cookie, $from ),
		);
	}

	/** The plugin looks for the prefix in the URL. Its validation does not, and can be reached by `?rest_route=`. */
	private static function is_rest_address(): bool {
		$address = Client::header( 'REQUEST_URI' );
		return str_contains( $address, rest_get_url_prefix() ) || str_contains( $address, 'rest_route=' );
	}
}
