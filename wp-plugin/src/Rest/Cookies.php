<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use WP_REST_Request;

/**
 * Cookies that scripts cannot read: which requests may set and use them, and how far they reach.
 *
 * A browser sends a cookie by itself, whichever page made the request. So a request that sets or uses one must be such that
 * only a page of the site or of a listed origin can have made it (docs/adr/0007).
 */
final class Cookies {
	/** SameSite value for pages of the same site. */
	public const STRICT = 'Strict';
	public const LAX    = 'Lax';

	public function __construct( private readonly Origins $origins ) {}

	/**
	 * Whether only a page of the site or of a listed origin can have made this request. It must be JSON, which a page of another
	 * origin cannot send without a preflight, and come from an origin that the browser names. If the browser names no origin, it
	 * must not say that the page is another site's. A client that is no browser says neither.
	 */
	public function fits( WP_REST_Request $request ): bool {
		return $request->is_json_content_type() && $this->are_of_this_page();
	}

	/** Whether the browser says that a page of the site or of a listed origin made the request, or says nothing. */
	public function are_of_this_page(): bool {
		$origin = Origins::sent();
		return '' === $origin ? in_array( self::relation(), array( '', 'same-origin' ), true ) : $this->is_allowed( $origin );
	}

	/** @throws Refusal sallyport_origin_refused. */
	public function require_fit( WP_REST_Request $request ): void {
		if ( ! $this->fits( $request ) ) {
			throw new Refusal( Code::OriginRefused );
		}
	}

	/** The cookie with this name, of this blog; empty if there is none. */
	public function sent( string $name ): string {
		$value = $_COOKIE[ self::full( $name ) ] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- of a grammar that whoever asks knows.
		return is_string( $value ) ? $value : '';
	}

	/** @param string $same_site STRICT or LAX; for a listed page of another site it becomes None. */
	public function set( string $name, #[\SensitiveParameter] string $value, int $expires, string $path, string $same_site ): void {
		$origin   = Origins::sent();
		$cross    = '' !== $origin
			&& ! $this->origins->is_own( $origin )
			&& ! in_array( self::relation(), array( 'same-origin', 'same-site' ), true );
		$is_plain = 'local' === wp_get_environment_type() && 'http' === wp_parse_url( home_url(), PHP_URL_SCHEME );
		setcookie(
			self::full( $name ),
			$value,
			array(
				'expires'  => $expires,
				'path'     => $path,
				'secure'   => $cross || ! $is_plain,
				'httponly' => true,
				'samesite' => $cross ? 'None' : $same_site,
			)
		);
	}

	/** Ends the cookie, whichever SameSite it was set with. */
	public function clear( string $name, string $path, string $same_site ): void {
		foreach ( array_unique( array( $path, self::path_of( home_url( '/' ) ) ) ) as $where ) {
			$this->set( $name, '', 1, $where, $same_site );
		}
	}

	/**
	 * The path for a cookie that the routes below $route shall receive. With ?rest_route= only the site's own path works.
	 *
	 * @param string $route As for rest_url().
	 */
	public function path( string $route ): string {
		$in_query = isset( $_GET['rest_route'] ); // phpcs:ignore WordPress.Security.NonceVerification -- it only asks.
		return self::path_of( $in_query ? home_url( '/' ) : rest_url( $route ) );
	}

	private static function path_of( string $url ): string {
		return (string) ( wp_parse_url( $url, PHP_URL_PATH ) ?? '/' );
	}

	/** The cookie's full name contains the blog's number, because one blog's path may lie within another's. */
	private static function full( string $name ): string {
		return 'sallyport_' . $name . '_' . get_current_blog_id();
	}

	private function is_allowed( string $origin ): bool {
		return $this->origins->is_own( $origin ) || $this->origins->has( $origin );
	}

	/**
	 * The relation of the requesting page to this site, as the browser states it (Fetch Metadata; pages cannot forge it). Empty
	 * if it states none.
	 */
	private static function relation(): string {
		return Client::header( 'HTTP_SEC_FETCH_SITE' );
	}
}
