<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Code;
use Sallyport\WP\Device\Devices;
use Sallyport\WP\Gate\Policy;
use Sallyport\WP\Namespaces;
use WP_REST_Request;
use WP_REST_Response;

/** Adds the headers that belong to an answer's code, wherever the refusal came from. */
final class Headers {
	public function __construct( private readonly Namespaces $namespaces ) {}

	/**
	 * Filter rest_post_dispatch.
	 *
	 * @param mixed $response The answer about to be sent.
	 */
	public function add( mixed $response, WP_REST_Request $request ): mixed {
		if ( ! $response instanceof WP_REST_Response ) {
			return $response;
		}
		$path = $this->namespaces->path( $request->get_route() );
		$body = $response->get_data();
		$code = is_array( $body ) && is_string( $body['code'] ?? null ) ? Code::tryFrom( $body['code'] ) : null;
		if ( null === $path && ( null === $code || ! str_starts_with( $code->value, 'sallyport_' ) ) ) {
			return $response;
		}
		self::keep_uncached();
		if ( null !== $code || KeySet::ROUTE !== $path ) {
			$response->header( 'Cache-Control', 'no-store' );
			if ( isset( $_GET['_envelope'] ) && ! headers_sent() ) { // phpcs:ignore WordPress.Security.NonceVerification -- it only asks.
				header( 'Cache-Control: no-store' ); // The header of the response itself goes into the envelope.
			}
		}
		if ( is_array( $body ) && $response->get_status() >= 400 && $this->namespaces->is_wp2fa( $request->get_route() ) ) {
			$body += array( 'status' => $response->get_status() );
			$response->set_data( $body );
			if ( 405 === $response->get_status() ) {
				$response->header( 'Allow', 'POST' );
			}
		}
		$data = is_array( $body ) && is_array( $body['data'] ?? null ) ? $body['data'] : array();
		if ( isset( $data['retry_after'] ) ) {
			if ( str_starts_with( (string) $path, '/2fa/' ) ) {
				$body += array( 'retry_after' => $data['retry_after'] );
				$response->set_data( $body );
			}
			$response->header( 'Retry-After', (string) $data['retry_after'] );
		}
		if ( isset( $data['challenge'] ) ) {
			$response->header( 'X-Sallyport-Challenge', (string) $data['challenge'] );
		}
		if ( is_array( $body ) && is_string( $body['device'] ?? null ) && Devices::is_secret( $body['device'] ) ) {
			$response->header( 'X-Sallyport-Device', $body['device'] );
		}
		if ( is_array( $body ) && is_string( $body['token'] ?? null ) && 1 === preg_match( '~^/(sign-in|two-factor)/~', (string) $path ) ) {
			$response->header( 'set-auth-token', $body['token'] ); // better-auth's client looks for it here.
		}
		$authenticate = null === $code ? null : self::authenticate( $code, (int) ( $data['max_age'] ?? Policy::STEP_UP_AGE ) );
		if ( null !== $authenticate ) {
			$response->header( 'WWW-Authenticate', $authenticate );
		}
		if ( null !== $code && '/token/validate' === $path ) {
			$response->set_data( array( 'valid' => false ) + $body );
		}
		return $response;
	}

	/**
	 * Filter rest_post_dispatch: adds a trusted device's next secret to whatever answers the login, also another plugin's
	 * route.
	 */
	public function give_device( mixed $response, #[\SensitiveParameter] ?string $secret ): mixed {
		if ( null !== $secret && $response instanceof WP_REST_Response && $response->get_status() < 400 ) {
			$response->header( 'Cache-Control', 'no-store' );
			$response->header( 'X-Sallyport-Device', $secret );
			Cors::expose( 'X-Sallyport-Device' );
		}
		return $response;
	}

	/** Asks the plugins that cache pages or answers, and do not go by Cache-Control, to leave this one alone. */
	public static function keep_uncached(): void {
		defined( 'DONOTCACHEPAGE' ) || define( 'DONOTCACHEPAGE', true );
	}

	/**
	 * Filter nocache_headers: our answers must not be stored anywhere.
	 *
	 * @param mixed $headers Name => value.
	 */
	public static function unstored( mixed $headers ): mixed {
		$said = is_array( $headers ) ? (string) ( $headers['Cache-Control'] ?? '' ) : '';
		return ! is_array( $headers ) || str_contains( $said, 'no-store' )
			? $headers
			: array( 'Cache-Control' => ltrim( $said . ', no-store, private', ', ' ) ) + $headers;
	}

	/** The value of WWW-Authenticate for a code (RFC 6750, RFC 9470). */
	public static function authenticate( Code $code, int $max_age = Policy::STEP_UP_AGE ): ?string {
		return match ( $code ) {
			Code::TokenUnproven, Code::TokenStale, Code::TokenInvalid, Code::RefreshReused => 'Bearer error="invalid_token"',
			Code::StepUpRequired => 'Bearer error="insufficient_user_authentication", max_age=' . $max_age,
			default              => null,
		};
	}
}
