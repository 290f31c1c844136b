<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** Parses IP addresses and ranges from headers and settings. Pure. */
final class Address {
	private const MAPPED = "\0\0\0\0\0\0\0\0\0\0\xff\xff";

	/**
	 * The IP address in what a proxy or a server says about its peer: with or without a port or brackets.
	 *
	 * @return string|null In canonical form, an IPv4-mapped address as IPv4; null for anything else.
	 */
	public static function read( string $text ): ?string {
		$bytes = self::bytes( self::without_port( trim( $text ) ) );
		return null === $bytes ? null : (string) inet_ntop( $bytes );
	}

	/** Whether it is an address or a CIDR range. A range of everything is rejected: any client could then claim any address. */
	public static function is_range( string $text ): bool {
		return null !== self::range( $text );
	}

	/**
	 * Whether an address lies in a range. False if either is invalid.
	 *
	 * @param string $range An address, or a CIDR range.
	 */
	public static function is_in( string $address, string $range ): bool {
		$bytes            = self::bytes( $address );
		[ $prefix, $all ] = self::range( $range ) ?? array( '', 0 );
		return null !== $bytes && strlen( $bytes ) === strlen( $prefix ) && self::cut( $bytes, $all ) === self::cut( $prefix, $all );
	}

	/** The block that one client controls: an IPv4 address, or the /64 of an IPv6 address. */
	public static function network( string $address ): string {
		$bytes = self::bytes( $address );
		return null === $bytes || 4 === strlen( $bytes ) ? $address : inet_ntop( self::cut( $bytes, 64 ) ) . '/64';
	}

	/** An anonymised address: an IPv4 /24, an IPv6 /48. */
	public static function truncated( string $address ): string {
		$bytes = self::bytes( $address );
		return null === $bytes ? '' : (string) inet_ntop( self::cut( $bytes, 4 === strlen( $bytes ) ? 24 : 48 ) );
	}

	/** @return array{0: string, 1: int}|null Bytes of the address, and the length of the prefix in bits. */
	private static function range( string $text ): ?array {
		[ $address, $bits ] = explode( '/', $text, 2 ) + array( 1 => null );
		$bytes              = self::bytes( $address );
		if ( null === $bytes ) {
			return null;
		}
		$most = 8 * strlen( $bytes );
		if ( null === $bits ) {
			return array( $bytes, $most );
		}
		if ( 1 !== preg_match( '/^[1-9]\d{0,2}$/D', $bits ) ) {
			return null;
		}
		$bits = (int) $bits - ( 4 === strlen( $bytes ) && str_contains( $address, ':' ) ? 96 : 0 );
		return $bits < 1 || $bits > $most ? null : array( $bytes, $bits );
	}

	/** The first $bits bits; the others are set to zero. */
	private static function cut( string $bytes, int $bits ): string {
		$whole = intdiv( $bits, 8 );
		$kept  = substr( $bytes, 0, $whole );
		if ( 0 !== $bits % 8 ) {
			$kept .= chr( ord( $bytes[ $whole ] ) & ( 0xff << ( 8 - $bits % 8 ) ) );
		}
		return str_pad( $kept, strlen( $bytes ), "\0" );
	}

	/** @return string|null 4 or 16 bytes. */
	private static function bytes( string $address ): ?string {
		if ( false === filter_var( $address, FILTER_VALIDATE_IP ) ) {
			return null;
		}
		$bytes = (string) inet_pton( $address );
		return 16 === strlen( $bytes ) && str_starts_with( $bytes, self::MAPPED ) ? substr( $bytes, 12 ) : $bytes;
	}

	private static function without_port( string $text ): string {
		$found = preg_match( '/^(?:\[([0-9A-Fa-f:.]+)\]|([\d.]+))(?::\d{1,5})?$/D', $text, $match );
		return 1 === $found ? ( $match[2] ?? '' ) . $match[1] : $text;
	}
}
