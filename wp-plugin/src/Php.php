<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/**
 * What a host may have turned off (disable_functions) or left out of PHP (the extension mbstring): it is done without. Of
 * mbstring, core's compat.php has mb_strlen() and mb_substr().
 */
final class Php {
	/** What PHP's environment says; false where it says nothing, or may not be asked. */
	public static function environment( string $name ): string|false {
		return function_exists( 'getenv' ) ? getenv( $name ) : false;
	}

	/** For the log of PHP or the web server. */
	public static function log( string $line ): void {
		if ( function_exists( 'error_log' ) ) {
			error_log( 'Sallyport: ' . $line ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions.error_log_error_log
		}
	}

	/** The request goes on when its client goes away, where that may be had. */
	public static function outlive_client(): void {
		if ( function_exists( 'ignore_user_abort' ) ) {
			ignore_user_abort( true );
		}
	}

	/** In small letters; without mbstring those of ASCII alone. */
	public static function lower( string $text ): string {
		return function_exists( 'mb_strtolower' ) ? mb_strtolower( $text ) : strtolower( $text );
	}

	public static function is_utf8( string $text ): bool {
		return 1 === preg_match( '//u', $text );
	}

	/** The first bytes of a text, $most at most, that are whole characters of UTF-8. */
	public static function cut( string $text, int $most ): string {
		while ( $most > 0 && 1 === preg_match( '/^[\x80-\xBF]/', substr( $text, $most, 1 ) ) ) {
			--$most;
		}
		return substr( $text, 0, $most );
	}
}
