<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Client;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\KeyRotation;
use Sallyport\WP\Token\SigningKeys;
use WP_REST_Response;

/**
 * The JWK set (RFC 7517) for verifiers of our tokens: public keys, for anybody, cacheable.
 *
 * Sent as application/json, which every verifier accepts; RFC 7517 section 8.5.2 registers application/jwk-set+json
 * without requiring it.
 */
final class KeySet {
	public const ROUTE = '/jwks';

	/** Path below the site's URL (RFC 8615). */
	private const PATH = '/.well-known/jwks.json';

	public function __construct( private readonly SigningKeys $keys ) {}

	/**
	 * GET /jwks.
	 *
	 * @param string $known The client's If-None-Match.
	 * @throws Refusal If the keys cannot be used.
	 */
	public function show( string $known ): WP_REST_Response {
		$set     = $this->keys->jwks();
		$version = substr( hash( 'sha256', (string) wp_json_encode( $set ) ), 0, 32 );
		$changed = ! str_contains( $known, $version ); // Without the quotes: WordPress slashes them in $_SERVER.
		return new WP_REST_Response(
			$changed ? $set : null,
			$changed ? 200 : 304,
			array(
				'Cache-Control'               => 'public, max-age=' . KeyRotation::PUBLISHED,
				'ETag'                        => '"' . $version . '"',
				'Access-Control-Allow-Origin' => '*',
			)
		);
	}

	/** Action init, first: answers at home_url( '/.well-known/jwks.json' ), whatever the permalinks, and ends the request. */
	public function serve(): void {
		$asked = strtok( Client::header( 'REQUEST_URI' ), '?' );
		if (
			wp_parse_url( untrailingslashit( (string) get_option( 'home' ) ) . self::PATH, PHP_URL_PATH ) !== $asked
			|| ! in_array( Client::header( 'REQUEST_METHOD' ), array( 'GET', 'HEAD' ), true )
		) {
			return;
		}
		try {
			$response = $this->show( Client::header( 'HTTP_IF_NONE_MATCH' ) );
		} catch ( Refusal $refusal ) {
			$response = rest_convert_error_to_response( $refusal->to_error() );
			$response->header( 'Cache-Control', 'no-store' );
		}
		Headers::keep_uncached();
		status_header( $response->get_status() );
		header( 'Content-Type: application/json; charset=UTF-8' );
		header( 'X-Content-Type-Options: nosniff' );
		foreach ( $response->get_headers() as $name => $value ) {
			header( $name . ': ' . $value );
		}
		if ( null !== $response->get_data() ) {
			echo wp_json_encode( $response->get_data() );
		}
		exit;
	}
}
