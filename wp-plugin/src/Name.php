<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** What devices, browsers and others call themselves, as people are shown it. Plain text. */
final class Name {
	/** What no name holds: control characters, and those that end a line or turn the direction of text. */
	private const UNSEEN = '/[\p{Cc}\p{Zl}\p{Zp}\x{202A}-\x{202E}\x{2066}-\x{2069}]+/u';

	/** RFC 9110 10.1.5: a product with its version, then nothing, or more of them, or a comment. */
	private const PROGRAM = '~^([A-Za-z][\w.-]*)/\d[\w.+-]*(?:[ ;].*)?$~Ds';

	/** What a browser's own word holds => what it is; the first that fits. */
	private const BROWSERS = array(
		'Edg'     => 'Edge',
		'OPR'     => 'Opera',
		'Firefox' => 'Firefox',
		'FxiOS'   => 'Firefox',
		'CriOS'   => 'Chrome',
		'Chrome'  => 'Chrome',
		'Safari'  => 'Safari',
	);
	private const SYSTEMS  = array(
		'iPhone'    => 'iPhone',
		'iPad'      => 'iPad',
		'Android'   => 'Android',
		'CrOS'      => 'ChromeOS',
		'Windows'   => 'Windows',
		'Macintosh' => 'macOS',
		'Linux'     => 'Linux',
	);

	/** A text without what nobody sees, and what makes the rest look like another one. Empty where it is no text. */
	public static function printable( string $text ): string {
		return (string) preg_replace( self::UNSEEN, '', $text );
	}

	/** What a device calls itself, for people: a browser in our words, another program by its name alone, any other name as it is. */
	public static function in_words( string $said ): string {
		if ( str_starts_with( $said, 'Mozilla/' ) ) {
			return self::browser_of( $said ) ?: __( 'Unknown browser', 'sallyport' );
		}
		return 1 === preg_match( self::PROGRAM, $said, $program ) ? $program[1] : self::printable( $said );
	}

	/** Browser and system in a few words of ours, as in "Firefox on Linux"; empty where neither is known. Nothing the client wrote is in it. */
	public static function browser_of( string $said ): string {
		$named   = static fn ( array $names ): string => current( array_filter( $names, static fn ( string $mark ): bool => str_contains( $said, $mark ), ARRAY_FILTER_USE_KEY ) ) ?: '';
		$browser = $named( self::BROWSERS );
		$system  = $named( self::SYSTEMS );
		/* translators: 1: name of a browser, 2: name of a system, as in "Firefox on Windows". */
		return '' === $browser || '' === $system ? $browser . $system : sprintf( __( '%1$s on %2$s', 'sallyport' ), $browser, $system );
	}
}
