<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Probe\Knock;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\Bearer;
use WP_REST_Request;
use WP_REST_Response;

/** JWT Authentication for WP REST API, by Enrique Chavez (Tmeister), 1.3. */
final class Tmeister implements Issuer, Knocks {
	use UserInClaims;

	public const NAME = 'tmeister';

	public function name(): string {
		return self::NAME;
	}

	/** As the plugin reads it: from $_SERVER, the scheme with a capital B, up to the first white space. */
	public function presented(): ?string {
		if ( ! class_exists( 'Jwt_Auth_Public', false ) ) {
			return null;
		}
		foreach ( Bearer::HEADERS as $name ) {
			if ( ! empty( $_SERVER[ $name ] ) && is_string( $_SERVER[ $name ] ) ) {
				$header = sanitize_text_field( $_SERVER[ $name ] ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput.MissingUnslash -- the plugin does not unslash either.
				$token  = str_starts_with( $header, 'Bearer' ) ? ( sscanf( $header, 'Bearer %s' )[0] ?? null ) : null;
				return is_string( $token ) ? $token : null;
			}
		}
		return null;
	}

	public function is_login( array $handler ): bool {
		return self::is( 'generate_token', $handler );
	}

	public function is_validation( array $handler ): bool {
		return self::is( 'validate_token', $handler );
	}

	public function knocks(): array {
		return class_exists( 'Jwt_Auth_Public', false )
			? array( Knock::login( 'tmeister: token', 'Gate\BridgedLogins', 'jwt-auth/v1/token' ) )
			: array();
	}

	/** @param array<string, mixed> $handler */
	private static function is( string $method, array $handler ): bool {
		$callback = $handler['callback'] ?? null;
		return is_array( $callback ) && $callback[0] instanceof \Jwt_Auth_Public && $method === $callback[1];
	}

	/** Runs the plugin's own route as the user of the proof; the gate recognises that user by the same proof. */
	public function mint( Proof $proof ): WP_REST_Response {
		$user = get_userdata( $proof->user_id );
		if ( ! $user ) {
			throw Refusal::unavailable( Problem::Issuer );
		}
		$request = new WP_REST_Request( 'POST', '/jwt-auth/v1/token' );
		$request->set_body_params(
			array(
				'username' => $user->user_login,
				'password' => '',
			)
		);
		return OneShot::as( $user, static fn (): WP_REST_Response => rest_do_request( $request ) );
	}

	public function token_in( WP_REST_Response $response ): ?string {
		$token = ( (array) $response->get_data() )['token'] ?? null;
		return is_string( $token ) ? $token : null;
	}
}
