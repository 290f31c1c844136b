<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

/** The bearer token of this request, wherever the web server puts it. */
final class Bearer {
	/** Names in $_SERVER, in the order they are read; the second is Apache's after a rewrite. */
	public const HEADERS = array( 'HTTP_AUTHORIZATION', 'REDIRECT_HTTP_AUTHORIZATION' );

	/** The token, whoever issued it; null if there is none. */
	public static function token(): ?string {
		return self::in( self::HEADERS[0] ) ?? self::in( self::HEADERS[1] );
	}

	/** The token in one entry of $_SERVER (RFC 6750 section 2.1; the scheme is case-insensitive). */
	public static function in( string $name ): ?string {
		$header = $_SERVER[ $name ] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- compared and parsed, never printed.
		return is_string( $header ) && 1 === preg_match( '/^\s*Bearer\s+(\S+)\s*$/i', $header, $match ) ? $match[1] : null;
	}
}
