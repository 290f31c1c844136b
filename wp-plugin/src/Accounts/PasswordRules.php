<?php
declare( strict_types=1 );

namespace Sallyport\WP\Accounts;

use Sallyport\WP\Php;
use Sallyport\WP\Store\Passwords;
use WP_Error;
use WP_User;

/** What a new password must be that is chosen at our routes. */
final class PasswordRules {
	/** Characters, for a password that may have a second factor beside it (NIST SP 800-63B-4, 3.1.1.2). */
	private const SHORTEST = 8;

	/** Bytes of the form that is hashed: core hashes no more, and stores a hash that nothing fits. */
	private const LONGEST = 4096;

	/**
	 * @param list<string> $names The log-in and the address it is for.
	 * @param WP_User|null $user  Null for somebody who has no account yet, or may have none.
	 * @return WP_Error Without an error for a password that may be chosen.
	 */
	public static function errors( #[\SensitiveParameter] string $password, array $names, ?WP_User $user ): WP_Error {
		$errors = new WP_Error();
		$form   = Passwords::form( $password );
		if ( mb_strlen( trim( $password ) ) < self::SHORTEST ) {
			/* translators: %d: number of characters. */
			$errors->add( 'password_short', sprintf( __( 'The password must be at least %d characters long.', 'sallyport' ), self::SHORTEST ) );
		}
		if ( strlen( $form ) > self::LONGEST ) {
			$errors->add( 'password_long', __( 'The password is too long.', 'sallyport' ) );
		}
		if ( in_array( Php::lower( trim( $password ) ), array_map( Php::lower( ... ), $names ), true ) ) {
			$errors->add( 'password_is_name', __( 'The password must not be your username or your email address.', 'sallyport' ) );
		}
		/**
		 * Lets a site demand more of a new password, by adding errors.
		 *
		 * @param WP_Error     $errors   What is wrong with it so far.
		 * @param string       $password As it was typed.
		 * @param WP_User|null $user     Whose it would be; null at registration, and for a user name that nobody has.
		 */
		$filtered = apply_filters( 'sallyport_password_errors', $errors, $password, $user );
		return $filtered instanceof WP_Error ? $filtered : $errors;
	}
}
