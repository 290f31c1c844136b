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
 * Cross-origin reading (Fetch standard, "CORS protocol") of our namespaces, for the origins the site lists. Core lets every
 * origin read every route, with credentials; elsewhere it stays so, and only what a request may carry is added, to preflights.
 */
final class Cors {
	/** What our routes and logins read of a request. */
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

	/** Seconds a browser may go by a preflight: without it, it asks again before almost every request. What it is told holds for each answer anew. */
	private const MAX_AGE = 600;

	/** Refused origins are logged in so many places, each once a day: a stranger makes no more rows than these. */
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
	 * @param mixed $names Of request headers.
	 * @return list<string>
	 */
	public static function allowed( mixed $names ): array {
		return array_values( array_unique( array( ...array_values( (array) $names ), ...self::REQUEST ) ) );
	}

	/**
	 * Filter rest_exposed_cors_headers, in our namespaces.
	 *
	 * @param mixed $names Of response headers.
	 * @return list<string>
	 */
	public static function exposed( mixed $names ): array {
		return array_values( array_unique( array( ...array_values( (array) $names ), ...self::EXPOSED ) ) );
	}

	/**
	 * Has an answer's own header of ours exposed, beside what core exposes on another plugin's route: a page of another origin could not
	 * keep the secret of its device else, and would come back with one that was replaced.
	 */
	public static function expose( string $name ): void {
		if ( ! headers_sent() && array() === preg_grep( '/^Access-Control-Expose-Headers:.*\b' . preg_quote( $name, '/' ) . '\b/i', headers_list() ) ) {
			header( 'Access-Control-Expose-Headers: ' . $name, false );
		}
	}

	/**
	 * Filter rest_pre_serve_request, last, in our namespaces: what core and others said is taken back, whatever the answer is.
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

	/** Logs what to do for an origin that is not listed. What no browser would send is not worth a row. */
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
		$this->activity->record( Event::OriginRefused, 0, '', Code::OriginRefused->value, array( 'origin' => $origin ) + ( 'null' === $origin ? array() : array( 'add' => $add ) ) );
	}
}
