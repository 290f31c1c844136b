<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use WP_REST_Request;

/**
 * Cookies no script can read: what may set and use them, and how far they go.
 *
 * A browser sends a cookie by itself, whoever made the page; so where one is set or used, the request must be one that
 * only a page of the site or of a listed origin can make (docs/adr/0007).
 */
final class Cookies {
	/** What SameSite says to pages of the same site. */
	public const STRICT = 'Strict';
	public const LAX    = 'Lax';

	public function __construct( private readonly Origins $origins ) {}

	/**
	 * Whether only a page of the site or of a listed origin can have made this request: JSON, which a page of any other
	 * may not send without asking first, and the origin the browser names. Where it names none, it must not say that the
	 * page is another's. What comes from no browser names neither.
	 */
	public function fits( WP_REST_Request $request ): bool {
		return $request->is_json_content_type() && $this->are_of_this_page();
	}

	/** Whether the browser says that a page of the site or of a listed origin asks, or says nothing. */
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

	/** What the browser sent by this name, of this blog; empty if nothing. */
	public function sent( string $name ): string {
		$value = $_COOKIE[ self::full( $name ) ] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- of a grammar that whoever asks knows.
		return is_string( $value ) ? $value : '';
	}

	/** @param string $same_site STRICT or LAX; a listed page of another site is told None. */
	public function set( string $name, #[\SensitiveParameter] string $value, int $expires, string $path, string $same_site ): void {
		$origin   = Origins::sent();
		$cross    = '' !== $origin && ! $this->origins->is_own( $origin ) && ! in_array( self::relation(), array( 'same-origin', 'same-site' ), true );
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

	/** Ends the one the browser sent, wherever it was set. */
	public function clear( string $name, string $path, string $same_site ): void {
		foreach ( array_unique( array( $path, self::path_of( home_url( '/' ) ) ) ) as $where ) {
			$this->set( $name, '', 1, $where, $same_site );
		}
	}

	/**
	 * The path of a cookie that routes below it are to get; an address with ?rest_route= has none but the site's.
	 *
	 * @param string $route As rest_url() takes it.
	 */
	public function path( string $route ): string {
		$in_query = isset( $_GET['rest_route'] ); // phpcs:ignore WordPress.Security.NonceVerification
		return self::path_of( $in_query ? home_url( '/' ) : rest_url( $route ) );
	}

	private static function path_of( string $url ): string {
		return (string) ( wp_parse_url( $url, PHP_URL_PATH ) ?? '/' );
	}

	/** With the number of the blog: the path of one may lie within another's. */
	private static function full( string $name ): string {
		return 'sallyport_' . $name . '_' . get_current_blog_id();
	}

	private function is_allowed( string $origin ): bool {
		return $this->origins->is_own( $origin ) || $this->origins->has( $origin );
	}

	/** What the browser says the page that asks is to this site (Fetch Metadata); pages cannot write it. Empty where it says nothing. */
	private static function relation(): string {
		return Client::header( 'HTTP_SEC_FETCH_SITE' );
	}
}
