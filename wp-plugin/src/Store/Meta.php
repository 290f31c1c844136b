<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Refusal;

/**
 * The user meta acceptance reads, and what else is trusted: core loads it with the user, so it costs no query. Nobody
 * else may write it.
 */
final class Meta {
	/** One row: {epoch, enrolled, since}. */
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

	private bool $writing = false;

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
	 * The same as they are stored. From core's cache itself: no filter hides what is there.
	 *
	 * @return list<string>
	 * @throws Refusal When the store fails.
	 */
	public function rows( int $user_id, string $key ): array {
		if ( $user_id < 1 ) {
			return array();
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
	 * What is in the database into core's cache: a late fill by another process must not bring an old value back.
	 *
	 * @return array<string, list<string>> Key => values, as core caches them.
	 * @throws Refusal When the store fails.
	 */
	public function refresh( int $user_id ): array {
		$meta = array();
		foreach ( ( $this->database )()->rows( 'SELECT meta_key, meta_value FROM {usermeta} WHERE user_id = %d ORDER BY umeta_id', array( $user_id ) ) as $row ) {
			$meta[ $row['meta_key'] ][] = $row['meta_value'];
		}
		wp_cache_set( $user_id, $meta, 'user_meta' );
		return $meta;
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
			$names = implode( ', ', array_fill( 0, count( self::ALL ), '%s' ) );
			return null !== ( $this->database )()->row( "SELECT umeta_id FROM {usermeta} WHERE meta_key = %s AND meta_key IN ($names) LIMIT 1", array( $key, ...self::ALL ) );
		} catch ( Refusal ) {
			return true; // Nobody can tell.
		}
	}
}
