<?php
declare( strict_types=1 );

namespace Sallyport\WP\Accounts;

use Sallyport\WP\Php;
use Sallyport\WP\Store\Passwords;
use WP_Error;
use WP_User;

/** Rules for a new password that is set through our routes. */
final class PasswordRules {
	/** Shortest password, in characters, where a second factor is possible (NIST SP 800-63B-4, 3.1.1.2). */
	private const SHORTEST = 8;

	/** Longest password in its hashed form, in bytes: core does not hash longer ones, and stores a hash that nothing matches. */
	private const LONGEST = 4096;

	/**
	 * @param list<string> $names The login name and the address it is for.
	 * @param WP_User|null $user  Null if there is no account yet, or perhaps none at all.
	 * @return WP_Error Without errors for an acceptable password.
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
		 * Filters the errors of a new password: a site can demand more of it by adding errors.
		 *
		 * @param WP_Error     $errors   Its errors so far.
		 * @param string       $password As it was typed.
		 * @param WP_User|null $user     Its user; null at registration, and for an unknown user name.
		 */
		$filtered = apply_filters( 'sallyport_password_errors', $errors, $password, $user );
		return $filtered instanceof WP_Error ? $filtered : $errors;
	}
}
