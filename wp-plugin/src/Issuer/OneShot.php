<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Token\Bearer;
use WP_User;

/**
 * Lets another plugin's login find one user, once, without a password, which was right when the challenge was opened.
 */
final class OneShot {
	/**
	 * Runs $login. Within it, the first `authenticate` for exactly this user name finds the user. Later filters may still
	 * refuse.
	 *
	 * @template T
	 * @param callable(): T $login
	 * @return T What $login returned.
	 */
	public static function as( WP_User $user, callable $login ): mixed {
		$spent  = false;
		$answer = static function ( mixed $found, mixed $username ) use ( $user, &$spent ): mixed {
			if ( $spent || sanitize_user( $user->user_login ) !== $username ) { // As wp_authenticate() does.
				return $found;
			}
			$spent = true;
			return $user;
		};
		$server = $_SERVER;
		foreach ( array( ...Bearer::HEADERS, 'PHP_AUTH_USER', 'PHP_AUTH_PW' ) as $name ) {
			unset( $_SERVER[ $name ] );
		}
		$sent = array( $_GET, $_POST, $_REQUEST ); // phpcs:ignore WordPress.Security.NonceVerification -- put back as they were.
		$_GET = $_POST = $_REQUEST = array(); // phpcs:ignore Squiz.PHP.DisallowMultipleAssignments -- all of them alike.
		add_filter( 'authenticate', $answer, 1, 2 );
		try {
			return $login();
		} finally {
			remove_filter( 'authenticate', $answer, 1 );
			$_SERVER                     = $server;
			list( $_GET, $_POST, $_REQUEST ) = $sent;
		}
	}

	/**
	 * Runs $login. Within it, the first check of a password against this user's stored hash succeeds, for a plugin that does not
	 * call `authenticate`. Later filters may still refuse.
	 *
	 * @template T
	 * @param callable(): T $login
	 * @return T What $login returned.
	 */
	public static function with_password_of( WP_User $user, callable $login ): mixed {
		$spent  = false;
		$answer = static function ( mixed $right, mixed $password, mixed $hash ) use ( $user, &$spent ): mixed {
			if ( $spent || $user->user_pass !== $hash ) {
				return $right;
			}
			$spent = true;
			return true;
		};
		add_filter( 'check_password', $answer, 1, 3 );
		try {
			return $login();
		} finally {
			remove_filter( 'check_password', $answer, 1 );
		}
	}
}
