<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** Masks names for somebody who knows the password, or looks over a shoulder. Plain text. */
final class Masked {
	/** An e-mail address: a***@e***.test; empty if it is none. */
	public static function email( string $email ): string {
		return 1 === preg_match( '/^(.).*@(.)[^.]*(?:.*(\.[^.]+))?$/usD', $email, $part )
			? $part[1] . '***@' . $part[2] . '***' . ( $part[3] ?? '' )
			: '';
	}

	/** A login name, which may be an address: a***. */
	public static function login( string $login ): string {
		return self::email( $login ) ?: mb_substr( $login, 0, 1 ) . '***';
	}
}
