<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/**
 * Functions that a host may have disabled (disable_functions) or left out (the extension mbstring), each with a fallback. Of
 * mbstring, core's compat.php provides mb_strlen() and mb_substr().
 */
final class Php {
	/** An environment variable; false if it is not set, or cannot be read. */
	public static function environment( string $name ): string|false {
		return function_exists( 'getenv' ) ? getenv( $name ) : false;
	}

	/** Writes to the log of PHP or the web server, if that is possible. */
	public static function log( string $line ): void {
		if ( function_exists( 'error_log' ) ) {
			error_log( 'Sallyport: ' . $line ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions -- what only the host is to read.
		}
	}

	/** Lets the request go on after its client has gone away, if that is possible. */
	public static function outlive_client(): void {
		if ( function_exists( 'ignore_user_abort' ) ) {
			ignore_user_abort( true );
		}
	}

	/** In lower case; without mbstring, only the letters of ASCII. */
	public static function lower( string $text ): string {
		return function_exists( 'mb_strtolower' ) ? mb_strtolower( $text ) : strtolower( $text );
	}

	public static function is_utf8( string $text ): bool {
		return 1 === preg_match( '//u', $text );
	}

	/** The start of a text, at most $most bytes, without cutting a UTF-8 character. */
	public static function cut( string $text, int $most ): string {
		while ( $most > 0 && 1 === preg_match( '/^[\x80-\xBF]/', substr( $text, $most, 1 ) ) ) {
			--$most;
		}
		return substr( $text, 0, $most );
	}
}
