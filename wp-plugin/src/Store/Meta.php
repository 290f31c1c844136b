<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Refusal;

/**
 * The user meta that Acceptance reads, and other trusted user meta. Core loads it with the user, so it costs no query, and
 * nobody else may write it. If core's cache outlives a request, or core may read from a replica, it is read from the database
 * instead, once (adr/0038).
 */
final class Meta {
	/** One row, of State. */
	public const STATE = '_sallyport_state';

	/** One row for each live token family: its `sid`. */
	public const FAMILY = '_sallyport_family';

	/** One row for each live family that was proven after its tokens were issued: {sid, amr, at, epoch}. */
	public const FAMILY_PROOF = '_sallyport_family_proof';

	/** The address at which the user was proven to receive mail. */
	public const PROVEN_EMAIL = '_sallyport_email_proven';

	/** For a while, the address for mail that helps the user back in: {email, until}. */
	public const FORMER_EMAIL = '_sallyport_email_former';

	/** One row for each application password that was created under a proof: its UUID. */
	public const APP_PASSWORD = '_sallyport_app_password';

	public const ALL = array( self::STATE, self::FAMILY, self::FAMILY_PROOF, self::PROVEN_EMAIL, self::FORMER_EMAIL, self::APP_PASSWORD );

	/** Users whose rows are kept: core lists 999 on a page, and a command may go through all users. */
	private const KEPT = 1000;

	private bool $writing = false;

	/** @var array<int, array<string, list<string>>> User id => our rows as last read; used if core's cache may be older. */
	private array $kept = array();

	/** @param Closure(): Database $database Lazy: needed if core's cache is not enough, while every request of a user reads here. */
	public function __construct( private readonly Closure $database ) {}

	/**
	 * @return list<mixed> The values under this key.
	 * @throws Refusal If the store fails.
	 */
	public function read( int $user_id, string $key ): array {
		return array_map( 'maybe_unserialize', $this->rows( $user_id, $key ) );
	}

	/**
	 * The values as stored. They come straight from core's cache, so that no filter can hide them. A cache that outlives the
	 * request may have missed a write, been restored to an earlier state, or belong to another site. It may speed things up, but
	 * decides nothing.
	 *
	 * @return list<string>
	 * @throws Refusal If the store fails.
	 */
	public function rows( int $user_id, string $key ): array {
		if ( $user_id < 1 ) {
			return array();
		}
		if ( Database::is_ahead_of_core() ) {
			if ( ! isset( $this->kept[ $user_id ] ) ) {
				$this->refresh( $user_id );
			}
			return $this->kept[ $user_id ][ $key ] ?? array();
		}
		// Every user has meta. Core caches an empty result after a failed query, so an empty result is read again.
		$meta = wp_cache_get( $user_id, 'user_meta' )
			?: ( update_meta_cache( 'user', array( $user_id ) )[ $user_id ] ?? array() )
			?: $this->refresh( $user_id );
		return $meta[ $key ] ?? array();
	}

	/**
	 * Runs a write, then reloads core's cache from the database.
	 *
	 * @param callable(): mixed $write
	 * @throws Refusal If the store fails.
	 */
	public function write( int $user_id, callable $write ): void {
		$this->writing = true;
		try {
			$write();
		} finally {
			$this->writing = false;
		}
		$this->refresh( $user_id );
	}

	/** Whether there is no such user, or none any more. False also if the store fails. */
	public function is_of_nobody( int $user_id ): bool {
		try {
			return null === ( $this->database )()->row( 'SELECT ID FROM {users} WHERE ID = %d', array( $user_id ) );
		} catch ( Refusal ) {
			return false;
		}
	}

	/**
	 * Deletes all rows of ours. An id may have had another user before, who was deleted from the table of users alone.
	 *
	 * @throws Refusal If the store fails.
	 */
	public function forget( int $user_id ): void {
		foreach ( array_intersect( self::ALL, array_keys( $this->refresh( $user_id ) ) ) as $key ) {
			$this->write( $user_id, static fn () => delete_user_meta( $user_id, $key ) );
		}
	}

	/**
	 * Reads these users by one query, where each would cost one.
	 *
	 * @param list<int> $user_ids
	 * @throws Refusal If the store fails.
	 */
	public function prime( array $user_ids ): void {
		$missing = array_values( array_diff( $user_ids, array_keys( $this->kept ) ) );
		if ( array() !== $missing && Database::is_ahead_of_core() ) {
			$this->refresh_all( $missing );
		}
	}

	/**
	 * Reloads core's cache of the user's meta from the database. So whatever else this request reads of the user is current,
	 * too: roles, sessions, another plugin's factor.
	 *
	 * @return array<string, list<string>> Key => values, as core caches them.
	 * @throws Refusal If the store fails.
	 */
	public function refresh( int $user_id ): array {
		return $this->refresh_all( array( $user_id ) )[ $user_id ];
	}

	/**
	 * @param non-empty-list<int> $user_ids
	 * @return array<int, array<string, list<string>>> User id => as refresh().
	 */
	private function refresh_all( array $user_ids ): array {
		$metas = array_fill_keys( $user_ids, array() );
		$list  = Database::places( $user_ids, '%d' );
		foreach ( ( $this->database )()->rows( "SELECT user_id, meta_key, meta_value FROM {usermeta} WHERE user_id IN ($list) ORDER BY umeta_id", $user_ids ) as $row ) {
			$metas[ (int) $row['user_id'] ][ $row['meta_key'] ][] = $row['meta_value'];
		}
		foreach ( $metas as $user_id => $meta ) {
			if ( wp_cache_get( $user_id, 'user_meta' ) !== $meta ) {
				wp_cache_set( $user_id, $meta, 'user_meta' );
			}
		}
		$ours       = array_map( static fn ( array $meta ): array => array_intersect_key( $meta, array_flip( self::ALL ) ), $metas );
		$this->kept = $ours + array_slice( $this->kept, 0, self::KEPT, true );
		return $metas;
	}

	/**
	 * Filter on {add,update,delete}_user_metadata: lets no other code write these keys.
	 *
	 * @param mixed $check    What earlier filters decided.
	 * @param mixed $meta_key The key about to be written.
	 * @return mixed False refuses.
	 */
	public function guard( mixed $check, mixed $meta_key ): mixed {
		return ! $this->writing && is_string( $meta_key ) && $this->is_ours( $meta_key ) ? false : $check;
	}

	/** Whether a write of this key would hit one of ours. The database ignores case, trailing blanks and accents. */
	private function is_ours( string $key ): bool {
		if ( in_array( strtolower( rtrim( $key ) ), self::ALL, true ) ) {
			return true;
		}
		if ( 1 !== preg_match( '/[^\x20-\x7e]/', $key ) ) {
			return false;
		}
		try {
			$names = Database::places( self::ALL );
			return null !== ( $this->database )()->row( "SELECT umeta_id FROM {usermeta} WHERE meta_key = %s AND meta_key IN ($names) LIMIT 1", array( $key, ...self::ALL ) );
		} catch ( Refusal ) {
			return true; // Fail closed: it cannot be told.
		}
	}
}
