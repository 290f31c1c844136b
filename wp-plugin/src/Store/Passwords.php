<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use WP_Error;
use WP_User;

/** Passwords: the fingerprint of the stored hash, and checks that take the same time for a user who does not exist. */
final class Passwords {
	private const DUMMY = 'sallyport_dummy_hash';

	/** A portable hash as core made them of reset keys; of nothing. */
	private const DUMMY_KEY = '$P$B12345678......................';

	public function __construct(
		private readonly Database $database,
		private readonly Engine $engine,
	) {}

	/** A MAC of the user's stored hash, read fresh: what a challenge is bound to. */
	public function fingerprint( int $user_id ): string {
		return $this->engine->mac( $this->stored( $user_id ), 'fingerprint' );
	}

	/** A digest of the same, which outlives the master key: what a sign-in is bound to. */
	public function digest( int $user_id ): string {
		return Engine::digest( $this->stored( $user_id ) );
	}

	/** The same of a user as it was. */
	public static function digest_of( WP_User $user ): string {
		return Engine::digest( $user->ID . ':' . $user->user_pass );
	}

	private function stored( int $user_id ): string {
		$row = $this->database->row( 'SELECT user_pass FROM {users} WHERE ID = %d', array( $user_id ) );
		return $user_id . ':' . ( $row['user_pass'] ?? '' );
	}

	/**
	 * Filter wp_authenticate_user, before all others: whose password is about to be checked, as the row says. A cache that
	 * outlives the request may have the one of before (adr/0038).
	 */
	public function as_stored( WP_User $user ): WP_User|WP_Error {
		try {
			if ( ! wp_using_ext_object_cache() || $this->stored( $user->ID ) === $user->ID . ':' . $user->user_pass ) {
				return $user;
			}
			clean_user_cache( $user );
			$stored = get_userdata( $user->ID );
			return $stored ? $stored : throw new Refusal( Code::InvalidCredentials );
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		}
	}

	/**
	 * Filter wp_pre_insert_user_data, last: core writes a user back as it has read them, so that whoever saves a name while the
	 * password is changed would put the old one back. What is left as it was is not written.
	 *
	 * @param array<string, mixed> $row    About to be written.
	 * @param WP_User              $before As it was read.
	 * @return array<string, mixed>
	 */
	public static function without_unchanged( array $row, WP_User $before ): array {
		$theirs = array( 'user_pass', 'user_email', 'user_activation_key' );
		return array_filter( $row, static fn ( mixed $value, string $column ): bool => ! in_array( $column, $theirs, true ) || $value !== $before->$column, ARRAY_FILTER_USE_BOTH );
	}

	/** Whether the user's password is still the one that this request was let in under. */
	public function is_as_read( int $user_id ): bool {
		$user = get_userdata( $user_id );
		return $user && self::digest_of( $user ) === $this->digest( $user_id );
	}

	/** Whether the user's stored hash is still the one a fingerprint was taken of. */
	public function is_unchanged( int $user_id, string $fingerprint ): bool {
		return $this->engine->mac_verify( $this->stored( $user_id ), $fingerprint, 'fingerprint' );
	}

	/**
	 * Whether a password that was right a moment ago still is: a change may have crossed the log-in.
	 *
	 * @param WP_User $user As it was checked; a rehash at log-in replaces the stored hash, not the password.
	 */
	public function is_still_right( WP_User $user, #[\SensitiveParameter] string $password ): bool {
		if ( $this->is_unchanged( $user->ID, $this->engine->mac( $user->ID . ':' . $user->user_pass, 'fingerprint' ) ) ) {
			return true;
		}
		clean_user_cache( $user );
		return $this->is_right( $user->ID, $password );
	}

	/** The user's password, checked by core (imported hashes included), and trimmed as at a log-in. */
	public function is_right( int $user_id, #[\SensitiveParameter] string $password ): bool {
		$user = get_userdata( $user_id );
		$user = $user ? $this->as_stored( $user ) : null;
		foreach ( $user instanceof WP_User ? self::forms( trim( $password ) ) : array() as $form ) {
			if ( wp_check_password( $form, $user->user_pass, $user_id ) ) {
				return true;
			}
		}
		return false;
	}

	/** Whether a code is of a hash that another plugin made with core's functions: which of the list, null for none. @param list<string> $hashes */
	public function which( array $hashes, #[\SensitiveParameter] string $code, int $user_id ): ?int {
		foreach ( $hashes as $index => $hash ) {
			// What core takes for a hash without a sign at its front is an MD5.
			if ( str_starts_with( $hash, '$' ) && wp_check_password( $code, $hash, $user_id ) ) {
				return $index;
			}
		}
		return null;
	}

	/**
	 * A password as it may have been hashed: core hashes what wp-admin, wp-login.php and REST are sent with its quotes
	 * and backslashes slashed, and what wp_set_password() is given as it is.
	 *
	 * @return list<string>
	 */
	public static function forms( #[\SensitiveParameter] string $password ): array {
		return array_values( array_unique( array( $password, wp_slash( $password ) ) ) );
	}

	/** The form of a new password that is hashed: the one wp-login.php checks. */
	public static function form( #[\SensitiveParameter] string $password ): string {
		return wp_slash( trim( $password ) );
	}

	/** Spends the time of a check of a reset key that core left out: before WordPress 6.8 it takes long. */
	public function burn_key( #[\SensitiveParameter] string $key ): void {
		if ( ! function_exists( 'wp_verify_fast_hash' ) ) {
			wp_check_password( $key, self::DUMMY_KEY );
		}
	}

	/**
	 * Spends the time of the checks core left out: it looks for the name among the log-ins, and what could be an
	 * address among the addresses as well, and checks the password of each it finds, which takes 60 ms and not 0.5.
	 *
	 * @param string $login As sanitize_user() leaves it.
	 */
	public function burn( string $login, #[\SensitiveParameter] string $password ): void {
		$missed = ( get_user_by( 'login', $login ) ? 0 : 1 ) + ( is_email( $login ) && ! get_user_by( 'email', $login ) ? 1 : 0 );
		for ( ; $missed > 0; $missed-- ) {
			foreach ( self::forms( $password ) as $form ) {
				wp_check_password( $form, (string) get_option( self::DUMMY, '' ) );
			}
		}
	}

	/** Stores a hash nobody's password has, made as this WordPress makes them now. */
	public function prepare_dummy(): void {
		OwnOption::write( self::DUMMY, wp_hash_password( bin2hex( random_bytes( 16 ) ) ) );
	}
}
