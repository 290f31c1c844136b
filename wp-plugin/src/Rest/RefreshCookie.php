<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Code;
use Sallyport\WP\Namespaces;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Token\RefreshTokens;
use WP_REST_Request;
use WP_REST_Response;

/**
 * The refresh token in a cookie no script can read, instead of in the body (setting `refresh_cookie`): for browsers.
 *
 * A browser sends a cookie by itself, whoever made the page; so where one is set or read, the request must be one that
 * only a page of the site or of a listed origin can make (docs/adr/0007).
 */
final class RefreshCookie {
	/** And the number of the blog: the path of one may lie within another's. */
	private const NAME = 'sallyport_refresh_';

	public function __construct(
		private readonly Settings $settings,
		private readonly Origins $origins,
		private readonly Namespaces $namespaces,
	) {}

	public function is_on(): bool {
		return true === $this->settings->get( 'refresh_cookie' );
	}

	/** The refresh token in this request's cookie, if any. */
	public function token(): ?string {
		$value = $_COOKIE[ self::name() ] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- of one grammar.
		return $this->is_on() && is_string( $value ) && RefreshTokens::is_one( $value ) ? $value : null;
	}

	/**
	 * The refresh token of a request: in its body, or its cookie.
	 *
	 * @throws Refusal sallyport_ambiguous when both are there and differ.
	 */
	public function beside( #[\SensitiveParameter] ?string $given ): ?string {
		$sent = $this->token();
		if ( null !== $given && null !== $sent && $given !== $sent ) {
			throw new Refusal( Code::Ambiguous );
		}
		return $given ?? $sent;
	}

	/**
	 * Whether only a page of the site or of a listed origin can have made this request: JSON, which a page of any other
	 * may not send without asking first, and the origin the browser names. Where it names none, it must not say that the
	 * page is another's. What comes from no browser names neither.
	 */
	public function fits( WP_REST_Request $request ): bool {
		$origin = Origins::sent();
		return $request->is_json_content_type()
			&& ( '' === $origin ? in_array( self::relation(), array( '', 'same-origin' ), true ) : $this->is_allowed( $origin ) );
	}

	/** @throws Refusal sallyport_origin_refused. */
	public function require_fit( WP_REST_Request $request ): void {
		if ( ! $this->fits( $request ) ) {
			throw new Refusal( Code::OriginRefused );
		}
	}

	/** Moves the refresh token of an answer into the cookie. */
	public function take( WP_REST_Response $response ): WP_REST_Response {
		$body = $response->get_data();
		if ( ! is_array( $body ) || headers_sent() ) {
			return $response;
		}
		$tokens  = is_array( $body['token_response'] ?? null ) ? $body['token_response'] : $body;
		$refresh = $tokens['refresh_token'] ?? null;
		if ( is_string( $refresh ) && RefreshTokens::is_one( $refresh ) ) {
			$this->send( $refresh, time() + (int) $tokens['refresh_expires_in'], $this->path() );
			unset( $body['refresh_token'], $body['token_response']['refresh_token'] );
			$response->set_data( $body );
		}
		return $response;
	}

	/** Ends the one the browser sent, wherever it was set. */
	public function clear(): void {
		if ( null !== $this->token() && ! headers_sent() ) {
			foreach ( array_unique( array( $this->path(), self::path_of( home_url( '/' ) ) ) ) as $path ) {
				$this->send( '', 1, $path );
			}
		}
	}

	private function send( #[\SensitiveParameter] string $value, int $expires, string $path ): void {
		$origin   = Origins::sent();
		$cross    = '' !== $origin && ! $this->origins->is_own( $origin ) && ! in_array( self::relation(), array( 'same-origin', 'same-site' ), true );
		$is_plain = 'local' === wp_get_environment_type() && 'http' === wp_parse_url( home_url(), PHP_URL_SCHEME );
		setcookie(
			self::name(),
			$value,
			array(
				'expires'  => $expires,
				'path'     => $path,
				'secure'   => $cross || ! $is_plain,
				'httponly' => true,
				'samesite' => $cross ? 'None' : 'Strict',
			)
		);
	}

	/** That of /token, which /token/refresh and /token/revoke are below; an address with ?rest_route= has none but the site's. */
	private function path(): string {
		$in_query = isset( $_GET['rest_route'] ); // phpcs:ignore WordPress.Security.NonceVerification
		return self::path_of( $in_query ? home_url( '/' ) : rest_url( $this->namespaces->current() . '/token' ) );
	}

	private static function path_of( string $url ): string {
		return (string) ( wp_parse_url( $url, PHP_URL_PATH ) ?? '/' );
	}

	private static function name(): string {
		return self::NAME . get_current_blog_id();
	}

	private function is_allowed( string $origin ): bool {
		return $this->origins->is_own( $origin ) || $this->origins->has( $origin );
	}

	/** What the browser says the page that asks is to this site (Fetch Metadata); pages cannot write it. Empty where it says nothing. */
	private static function relation(): string {
		$said = $_SERVER['HTTP_SEC_FETCH_SITE'] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- compared only.
		return is_string( $said ) ? $said : '';
	}
}
