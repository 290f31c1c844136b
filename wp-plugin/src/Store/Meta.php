<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Refusal;

/**
 * The user meta acceptance reads, and what else is trusted: core loads it with the user, so it costs no query. Nobody
 * else may write it. Where core's cache outlives a request it is read from the database, once (adr/0038).
 */
final class Meta {
	/** One row, of State. */
	public const STATE = '_sallyport_state';

	/** One row for each live token family: its `sid`. */
	public const FAMILY = '_sallyport_family';

	/** For each live family that was proven after its tokens were issued: {sid, amr, at, epoch}. */
	public const FAMILY_PROOF = '_sallyport_family_proof';

	/** The address that was proven to reach the user. */
	public const PROVEN_EMAIL = '_sallyport_email_proven';

	/** Where mail that helps back in goes for a while: {email, until}. */
	public const FORMER_EMAIL = '_sallyport_email_former';

	/** One row for each application password that was created under a proof: its uuid. */
	public const APP_PASSWORD = '_sallyport_app_password';

	public const ALL = array( self::STATE, self::FAMILY, self::FAMILY_PROOF, self::PROVEN_EMAIL, self::FORMER_EMAIL, self::APP_PASSWORD );

	/** Users whose rows are kept, at most: core lists 999 on a page, and a command may go through all there are. */
	private const KEPT = 1000;

	private bool $writing = false;

	/** @var array<int, array<string, list<string>>> User id => our rows as they were read last: where core's cache outlives the request. */
	private array $kept = array();

	/** @param Closure(): Database $database Made when core's cache does not do: every request of a user reads here. */
	public function __construct( private readonly Closure $database ) {}

	/**
	 * @return list<mixed> The values under this key.
	 * @throws Refusal When the store fails.
	 */
	public function read( int $user_id, string $key ): array {
		return array_map( 'maybe_unserialize', $this->rows( $user_id, $key ) );
	}

	/**
	 * The same as they are stored. From core's cache itself: no filter hides what is there. A cache that outlives the request
	 * may have missed a write, been put back as it was an hour ago, or be another site's: it is an accelerator, and decides nothing.
	 *
	 * @return list<string>
	 * @throws Refusal When the store fails.
	 */
	public function rows( int $user_id, string $key ): array {
		if ( $user_id < 1 ) {
			return array();
		}
		if ( wp_using_ext_object_cache() ) {
			if ( ! isset( $this->kept[ $user_id ] ) ) {
				$this->refresh( $user_id );
			}
			return $this->kept[ $user_id ][ $key ] ?? array();
		}
		// A user has meta. None at all is what core caches after a failed query: that is no answer.
		$meta = wp_cache_get( $user_id, 'user_meta' ) ?: ( update_meta_cache( 'user', array( $user_id ) )[ $user_id ] ?? array() ) ?: $this->refresh( $user_id );
		return $meta[ $key ] ?? array();
	}

	/**
	 * Runs what writes, and reads the result from the database into core's cache.
	 *
	 * @param callable(): mixed $write
	 * @throws Refusal When the store fails.
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

	/**
	 * Reads those by one query of whom each would cost one.
	 *
	 * @param list<int> $user_ids
	 * @throws Refusal When the store fails.
	 */
	public function prime( array $user_ids ): void {
		$missing = array_values( array_diff( $user_ids, array_keys( $this->kept ) ) );
		if ( array() !== $missing && wp_using_ext_object_cache() ) {
			$this->refresh_all( $missing );
		}
	}

	/**
	 * What is in the database into core's cache, so that whatever else is read of the user in this request is of today, too:
	 * roles, sessions, another plugin's factor.
	 *
	 * @return array<string, list<string>> Key => values, as core caches them.
	 * @throws Refusal When the store fails.
	 */
	public function refresh( int $user_id ): array {
		return $this->refresh_all( array( $user_id ) )[ $user_id ];
	}

	/**
	 * @param non-empty-list<int> $user_ids
	 * @return array<int, array<string, list<string>>> User id => as refresh() answers.
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
	 * Filter on {add,update,delete}_user_metadata: refuses to let anyone else write these keys.
	 *
	 * @param mixed $check    What filters before decided.
	 * @param mixed $meta_key The key about to be written.
	 * @return mixed False refuses.
	 */
	public function guard( mixed $check, mixed $meta_key ): mixed {
		return ! $this->writing && is_string( $meta_key ) && $this->is_ours( $meta_key ) ? false : $check;
	}

	/** Whether a write of this key would find one of ours: to the database another case, a blank behind it or an accent is the same. */
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
			return true; // Nobody can tell.
		}
	}
}
