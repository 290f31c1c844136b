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

/** The refresh token in a cookie that scripts cannot read, instead of in the body (setting `refresh_cookie`), for browsers. */
final class RefreshCookie {
	private const NAME = 'refresh';

	public function __construct(
		private readonly Settings $settings,
		private readonly Cookies $cookies,
		private readonly Namespaces $namespaces,
	) {}

	public function is_on(): bool {
		return true === $this->settings->get( 'refresh_cookie' );
	}

	/** The refresh token in this request's cookie, if any. */
	public function token(): ?string {
		$value = $this->is_on() ? $this->cookies->sent( self::NAME ) : '';
		return RefreshTokens::is_one( $value ) ? $value : null;
	}

	/**
	 * The refresh token of a request, from its body or its cookie.
	 *
	 * @throws Refusal sallyport_ambiguous if both are present and differ.
	 */
	public function beside( #[\SensitiveParameter] ?string $given ): ?string {
		$sent = $this->token();
		if ( null !== $given && null !== $sent && $given !== $sent ) {
			throw new Refusal( Code::Ambiguous );
		}
		return $given ?? $sent;
	}

	/** Whether a request may use the cookie. */
	public function fits( WP_REST_Request $request ): bool {
		return $this->cookies->fits( $request );
	}

	/** @throws Refusal sallyport_origin_refused. */
	public function require_fit( WP_REST_Request $request ): void {
		$this->cookies->require_fit( $request );
	}

	/** Moves an answer's refresh token into the cookie. */
	public function take( WP_REST_Response $response ): WP_REST_Response {
		$body = $response->get_data();
		if ( ! is_array( $body ) || headers_sent() ) {
			return $response;
		}
		$tokens  = is_array( $body['token_response'] ?? null ) ? $body['token_response'] : $body;
		$refresh = $tokens['refresh_token'] ?? null;
		if ( is_string( $refresh ) && RefreshTokens::is_one( $refresh ) ) {
			$this->cookies->set( self::NAME, $refresh, time() + (int) $tokens['refresh_expires_in'], $this->path(), Cookies::STRICT );
			unset( $body['refresh_token'], $body['token_response']['refresh_token'] );
			$response->set_data( $body );
		}
		return $response;
	}

	/** Ends the cookie that the browser sent. */
	public function clear(): void {
		if ( null !== $this->token() && ! headers_sent() ) {
			$this->cookies->clear( self::NAME, $this->path(), Cookies::STRICT );
		}
	}

	/** The path of /token, below which /token/refresh and /token/revoke are. */
	private function path(): string {
		return $this->cookies->path( $this->namespaces->current() . '/token' );
	}
}
