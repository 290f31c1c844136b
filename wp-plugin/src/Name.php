<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** Names that devices, browsers and other clients give themselves, made fit to show to people. Plain text. */
final class Name {
	/** Characters that no name may contain: control characters, and those that break lines or change the direction of text. */
	private const UNSEEN = '/[\p{Cc}\p{Zl}\p{Zp}\x{202A}-\x{202E}\x{2066}-\x{2069}]+/u';

	/** A user agent (RFC 9110 10.1.5): a product with a version, then nothing, more products, or a comment. */
	private const PROGRAM = '~^([A-Za-z][\w.-]*)/\d[\w.+-]*(?:[ ;].*)?$~Ds';

	/** Part of a user agent => the browser; the first match counts. */
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

	/** A text without invisible characters, and without those that make it look like another. Empty if it is not a string. */
	public static function printable( string $text ): string {
		return (string) preg_replace( self::UNSEEN, '', $text );
	}

	/** A device's name for people: a browser in our words, another program by its product name, any other name unchanged. */
	public static function in_words( string $said ): string {
		if ( str_starts_with( $said, 'Mozilla/' ) ) {
			return self::browser_of( $said ) ?: __( 'Unknown browser', 'sallyport' );
		}
		return 1 === preg_match( self::PROGRAM, $said, $program ) ? $program[1] : self::printable( $said );
	}

	/**
	 * Browser and system in a few words of ours, such as "Firefox on Linux"; empty if neither is known. It contains no text
	 * from the client.
	 */
	public static function browser_of( string $said ): string {
		$named   = static fn ( array $names ): string => current(
			array_filter( $names, static fn ( string $mark ): bool => str_contains( $said, $mark ), ARRAY_FILTER_USE_KEY )
		)
			?: '';
		$browser = $named( self::BROWSERS );
		$system  = $named( self::SYSTEMS );
		/* translators: 1: name of a browser, 2: name of a system, as in "Firefox on Windows". */
		return '' === $browser || '' === $system ? $browser . $system : sprintf( __( '%1$s on %2$s', 'sallyport' ), $browser, $system );
	}
}
