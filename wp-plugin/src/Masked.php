<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** A name as far as somebody who has the password may be shown it, and who looks over a shoulder. Plain text. */
final class Masked {
	/** An e-mail address: a***@e***.test; empty for what is none. */
	public static function email( string $email ): string {
		return 1 === preg_match( '/^(.).*@(.)[^.]*(?:.*(\.[^.]+))?$/usD', $email, $part ) ? $part[1] . '***@' . $part[2] . '***' . ( $part[3] ?? '' ) : '';
	}

	/** A log-in name, which may be an address: a***. */
	public static function login( string $login ): string {
		return self::email( $login ) ?: mb_substr( $login, 0, 1 ) . '***';
	}
}
