<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use WP_Error;
use WP_User;

/** Passwords: fingerprints of the stored hash, and checks that take as long for an unknown user. */
final class Passwords {
	private const DUMMY = 'sallyport_dummy_hash';

	/** A portable hash, as core makes them of reset keys, that no key matches. */
	private const DUMMY_KEY = '$P$B12345678......................';

	public function __construct(
		private readonly Database $database,
		private readonly Engine $engine,
	) {}

	/** A MAC of the user's stored hash, read fresh. Challenges are bound to it. */
	public function fingerprint( int $user_id ): string {
		return $this->engine->mac( $this->stored( $user_id ), 'fingerprint' );
	}

	/** A digest of the user's stored hash, which outlives the master key. Sign-ins are bound to it. */
	public function digest( int $user_id ): string {
		return Engine::digest( $this->stored( $user_id ) );
	}

	/** The digest for a user as loaded earlier. */
	public static function digest_of( WP_User $user ): string {
		return Engine::digest( $user->ID . ':' . $user->user_pass );
	}

	private function stored( int $user_id ): string {
		$row = $this->database->row( 'SELECT user_pass FROM {users} WHERE ID = %d', array( $user_id ) );
		return $user_id . ':' . ( $row['user_pass'] ?? '' );
	}

	/**
	 * Filter wp_authenticate_user, first: the user whose password is about to be checked, with the hash from the database. A
	 * cache that outlives the request may hold an old one (adr/0038).
	 */
	public function as_stored( WP_User $user ): WP_User|WP_Error {
		try {
			if ( ! Database::is_ahead_of_core() || $this->stored( $user->ID ) === $user->ID . ':' . $user->user_pass ) {
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
	 * Filter wp_pre_insert_user_data, last: drops the columns that the request does not change.
	 *
	 * Core writes a user back as it was read. A request that saves a name while another one changes the password would put the
	 * old password back.
	 *
	 * @param array<string, mixed> $row    About to be written.
	 * @param WP_User              $before The user as it was read.
	 * @return array<string, mixed>
	 */
	public static function without_unchanged( array $row, WP_User $before ): array {
		$theirs = array( 'user_pass', 'user_email', 'user_activation_key' );
		return array_filter(
			$row,
			static fn ( mixed $value, string $column ): bool => ! in_array( $column, $theirs, true ) || $value !== $before->$column,
			ARRAY_FILTER_USE_BOTH
		);
	}

	/** Whether the user's password is still the one under which this request was let in. */
	public function is_as_read( int $user_id ): bool {
		$user = get_userdata( $user_id );
		return $user && self::digest_of( $user ) === $this->digest( $user_id );
	}

	/** Whether the user's stored hash is still the one the fingerprint was taken from. */
	public function is_unchanged( int $user_id, string $fingerprint ): bool {
		return $this->engine->mac_verify( $this->stored( $user_id ), $fingerprint, 'fingerprint' );
	}

	/**
	 * Whether a password that was right a moment ago still is: a change may have raced the login.
	 *
	 * @param WP_User $user As loaded for the check. A rehash at login replaces the stored hash, but not the password.
	 */
	public function is_still_right( WP_User $user, #[\SensitiveParameter] string $password ): bool {
		if ( $this->is_unchanged( $user->ID, $this->engine->mac( $user->ID . ':' . $user->user_pass, 'fingerprint' ) ) ) {
			return true;
		}
		clean_user_cache( $user );
		return $this->is_right( $user->ID, $password );
	}

	/** Checks the user's password through core (imported hashes included), trimmed as at a login. */
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

	/**
	 * Whether the password that was just written is the user's now. Another request may have changed it since, or deleted the
	 * user.
	 *
	 * @param WP_User $before As read before the write.
	 * @throws Refusal sallyport_unavailable if nothing was written.
	 */
	public function is_stored( WP_User $before, #[\SensitiveParameter] string $password ): bool {
		if ( $this->is_right( $before->ID, $password ) ) {
			return true;
		}
		return $this->digest( $before->ID ) === self::digest_of( $before ) ? throw Refusal::unavailable( Problem::Database ) : false;
	}

	/**
	 * The index of the hash, made by another plugin with core's functions, that a code matches; null if none.
	 *
	 * @param list<string> $hashes
	 */
	public function which( array $hashes, #[\SensitiveParameter] string $code, int $user_id ): ?int {
		foreach ( $hashes as $index => $hash ) {
			// Core takes a hash without a prefix for MD5.
			if ( str_starts_with( $hash, '$' ) && wp_check_password( $code, $hash, $user_id ) ) {
				return $index;
			}
		}
		return null;
	}

	/**
	 * The forms in which a password may have been hashed: core hashes what wp-admin, wp-login.php and REST receive with quotes
	 * and backslashes slashed, but what wp_set_password() is given as it is.
	 *
	 * @return list<string>
	 */
	public static function forms( #[\SensitiveParameter] string $password ): array {
		return array_values( array_unique( array( $password, wp_slash( $password ) ) ) );
	}

	/** The form in which a new password is hashed: the one that wp-login.php checks. */
	public static function form( #[\SensitiveParameter] string $password ): string {
		return wp_slash( trim( $password ) );
	}

	/** Takes as long as checking a reset key, where core skipped that. Before WordPress 6.8 the check is slow. */
	public function burn_key( #[\SensitiveParameter] string $key ): void {
		if ( ! function_exists( 'wp_verify_fast_hash' ) ) {
			wp_check_password( $key, self::DUMMY_KEY );
		}
	}

	/**
	 * Takes as long as the password checks that core skipped. Core looks the name up among the logins and, if it could be an
	 * address, among the addresses, and checks the password of each user it finds, which takes some 60 ms instead of 0.5.
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

	/** Stores a hash that no password matches, made as this WordPress makes them now. */
	public function prepare_dummy(): void {
		OwnOption::write( self::DUMMY, wp_hash_password( bin2hex( random_bytes( 16 ) ) ) );
	}
}
