<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Namespaces;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Store\ThrottleRows;
use WP_REST_Request;

/**
 * CORS for our namespaces, for the origins that the site lists (Fetch standard, "CORS protocol"). Core lets every origin read
 * every route, with credentials. Elsewhere that stays so; only the allowed request headers are extended, in preflights.
 */
final class Cors {
	/** Request headers that our routes and logins read. */
	private const REQUEST = array(
		'Authorization',
		'Content-Type',
		'X-WP-Nonce',
		'X-Sallyport-Code',
		'X-Sallyport-Factor',
		'X-Sallyport-Challenge',
		'X-Sallyport-Trust-Device',
		'X-Sallyport-Device',
		'X-Sallyport-Site-Key',
		'X-Sallyport-Sso-Token',
		'X-Sallyport-Signature',
	);

	private const EXPOSED = array( 'X-Sallyport-Challenge', 'X-Sallyport-Device', 'Retry-After', 'WWW-Authenticate', 'set-auth-token' );

	/**
	 * Seconds a browser may cache a preflight; without that it would repeat it before almost every request. Every answer is
	 * still checked anew.
	 */
	private const MAX_AGE = 600;

	/** Rows a day that refused origins may take in the log, so that a stranger cannot fill it. */
	private const PLACES = 64;

	public function __construct(
		private readonly Namespaces $namespaces,
		private readonly Origins $origins,
		private readonly Settings $settings,
		private readonly ThrottleRows $rows,
		private readonly Activity $activity,
	) {}

	/**
	 * Filter rest_allowed_cors_headers, in our namespaces and for preflights.
	 *
	 * @param mixed $names Request headers.
	 * @return list<string>
	 */
	public static function allowed( mixed $names ): array {
		return array_values( array_unique( array( ...array_values( (array) $names ), ...self::REQUEST ) ) );
	}

	/**
	 * Filter rest_exposed_cors_headers, in our namespaces.
	 *
	 * @param mixed $names Response headers.
	 * @return list<string>
	 */
	public static function exposed( mixed $names ): array {
		return array_values( array_unique( array( ...array_values( (array) $names ), ...self::EXPOSED ) ) );
	}

	/**
	 * Exposes a header of ours in an answer of another plugin's route, besides those core exposes. Otherwise a page of another
	 * origin could not read the new secret of its device, and would come back with the replaced one.
	 */
	public static function expose( string $name ): void {
		if (
			! headers_sent()
			&& array() === preg_grep( '/^Access-Control-Expose-Headers:.*\b' . preg_quote( $name, '/' ) . '\b/i', headers_list() )
		) {
			header( 'Access-Control-Expose-Headers: ' . $name, false );
		}
	}

	/**
	 * Filter rest_pre_serve_request, last, in our namespaces: replaces the headers of core and others, whatever the answer is.
	 *
	 * @param mixed $served Passed through.
	 */
	public function send( mixed $served, WP_REST_Request $request ): mixed {
		if ( headers_sent() ) {
			return $served;
		}
		if ( array() === preg_grep( '/^Vary:.*\bOrigin\b/i', headers_list() ) ) {
			header( 'Vary: Origin', false );
		}
		foreach ( array( 'Allow-Origin', 'Allow-Credentials', 'Allow-Methods', 'Max-Age' ) as $name ) {
			header_remove( 'Access-Control-' . $name );
		}
		$origin  = Origins::sent();
		$anybody = KeySet::ROUTE === $this->namespaces->path( $request->get_route() ) || $this->origins->are_any();
		if ( '' !== $origin && ! $anybody && ! $this->origins->has( $origin ) ) {
			header_remove( 'Access-Control-Allow-Headers' );
			header_remove( 'Access-Control-Expose-Headers' );
			$this->refused( $origin );
		} elseif ( '' !== $origin || $anybody ) {
			header( 'Access-Control-Allow-Origin: ' . ( $anybody ? '*' : $origin ) );
			header( 'Access-Control-Allow-Methods: OPTIONS, GET, POST, PUT, PATCH, DELETE' );
			if ( ! $anybody ) {
				header( 'Access-Control-Allow-Credentials: true' );
			}
			if ( 'OPTIONS' === $request->get_method() ) {
				header( 'Access-Control-Max-Age: ' . self::MAX_AGE );
			}
		}
		return $served;
	}

	/** Logs how to list an origin that was refused. What no browser would send is not logged. */
	private function refused( string $origin ): void {
		if ( $this->origins->is_own( $origin ) || ( 'null' !== $origin && Origins::canonical( $origin ) !== $origin ) ) {
			return;
		}
		$now   = time();
		$place = 'origin-refused:' . get_current_blog_id() . ':' . hexdec( substr( hash( 'sha256', $origin ), 0, 4 ) ) % self::PLACES;
		try {
			if ( ! $this->rows->is_first( $place, DAY_IN_SECONDS, $now ) ) {
				return;
			}
		} catch ( Refusal ) {
			return;
		}
		$list = implode( ',', array( ...$this->origins->all(), $origin ) );
		$add  = $this->settings->is_fixed( 'cors' ) ? "define( 'SALLYPORT_CORS', '" . $list . "' );" : 'wp sallyport setting set cors ' . $list;
		$this->activity->record(
			Event::OriginRefused,
			0,
			'',
			Code::OriginRefused->value,
			array( 'origin' => $origin ) + ( 'null' === $origin ? array() : array( 'add' => $add ) )
		);
	}
}
