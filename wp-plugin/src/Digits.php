<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** Numeric codes that we generated, as people type them. */
final class Digits {
	/**
	 * The digits of a typed code. Ignores spaces, dashes and the invisible marks that copying adds; accepts digits of any
	 * script.
	 *
	 * @return string|null Null for anything else.
	 */
	public static function typed( #[\SensitiveParameter] string $typed, int $least, int $most ): ?string {
		$plain  = (string) preg_replace( '/[\s\p{Z}\p{Pd}\p{Cf}\x{2212}]+/u', '', $typed );
		// Where neither mbstring nor core (since 7.1) has these, digits are 0 to 9.
		$digits = ! function_exists( 'mb_ord' )
			? $plain
			: (string) preg_replace_callback( '/[^\P{Nd}0-9]/u', static fn ( array $match ): string => (string) self::value( $match[0] ), $plain );
		return strlen( $digits ) >= $least && strlen( $digits ) <= $most && ctype_digit( $digits ) ? $digits : null;
	}

	/** Unicode has the digits of each script in one run of ten, starting at zero (Unicode 16.0, 4.6). */
	private static function value( string $digit ): int {
		$first = mb_ord( $digit );
		while ( 1 === preg_match( '/^\p{Nd}$/u', (string) mb_chr( $first - 1 ) ) ) {
			--$first;
		}
		return ( mb_ord( $digit ) - $first ) % 10;
	}
}
