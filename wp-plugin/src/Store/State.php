<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Engine;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/**
 * The one user-meta row acceptance reads: {epoch, enrolled, since}. It is loaded with the user, so it costs no query.
 *
 * Only this class writes it: guard() refuses every other writer.
 */
final class State {
	private const KEY = '_sallyport_state';

	/** A row that cannot be read is no reason to let anyone in: enrolled, of no epoch. */
	private const UNREADABLE = array(
		'epoch'    => '',
		'enrolled' => true,
		'since'    => 0,
	);

	private bool $writing = false;

	public function __construct(
		private readonly Database $database,
		private readonly Health $health,
	) {}

	/** @return array{epoch: string, enrolled: bool, since: int}|null Null for a user who never had a factor. */
	public function read( int $user_id ): ?array {
		$state = $user_id > 0 ? get_user_meta( $user_id, self::KEY, true ) : '';
		if ( '' === $state && $user_id > 0 && array() === get_user_meta( $user_id ) ) {
			// A user has meta. None at all is what core caches after a failed query: that is no answer.
			try {
				$state = $this->refresh( $user_id );
			} catch ( Refusal ) {
				return self::UNREADABLE;
			}
		}
		if ( ! is_array( $state ) ) {
			return '' === $state ? null : self::UNREADABLE;
		}
		return array(
			'epoch'    => (string) ( $state['epoch'] ?? '' ),
			'enrolled' => (bool) ( $state['enrolled'] ?? true ),
			'since'    => (int) ( $state['since'] ?? 0 ),
		);
	}

	/** Whether the user has an active factor. */
	public function is_enrolled( int $user_id ): bool {
		return $this->read( $user_id )['enrolled'] ?? false;
	}

	/**
	 * Replaces the epoch: every token, session proof and challenge from before is void.
	 *
	 * @return string The new epoch.
	 * @throws Refusal When it could not be stored; it is owed then, and everybody is refused until settle() stores it.
	 */
	public function raise( int $user_id, bool $enrolled, int $now ): string {
		$old   = $this->read( $user_id );
		$state = array(
			'epoch'    => Engine::epoch(),
			'enrolled' => $enrolled,
			'since'    => $enrolled && ( $old['enrolled'] ?? false ) ? $old['since'] : $now,
		);

		$this->writing = true;
		update_user_meta( $user_id, self::KEY, $state );
		$this->writing = false;

		try {
			$stored = $this->refresh( $user_id );
		} catch ( Refusal ) {
			$stored = '';
		}
		// Another process may have raised it in between: its epoch is as fresh as ours.
		if ( ! is_array( $stored ) || $stored['enrolled'] !== $enrolled || in_array( $stored['epoch'], array( '', $old['epoch'] ?? '' ), true ) ) {
			$this->health->owe( $user_id, $enrolled );
			throw Refusal::unavailable( Problem::UserState );
		}
		return $stored['epoch'];
	}

	/**
	 * Stores the epochs that could not be stored before.
	 *
	 * @throws Refusal While that still fails.
	 */
	public function settle( int $now ): void {
		foreach ( $this->health->owed() as $user_id => $enrolled ) {
			$this->raise( $user_id, $enrolled, $now );
			$this->health->settled( $user_id );
		}
	}

	/**
	 * Reads the user's meta from the database into core's cache: a late fill by another process must not bring an
	 * old epoch back.
	 *
	 * @return mixed The row's value, '' if there is none.
	 * @throws Refusal When the store fails.
	 */
	private function refresh( int $user_id ): mixed {
		$meta = array();
		foreach ( $this->database->rows( 'SELECT meta_key, meta_value FROM {usermeta} WHERE user_id = %d ORDER BY umeta_id', array( $user_id ) ) as $row ) {
			$meta[ $row['meta_key'] ][] = $row['meta_value'];
		}
		wp_cache_set( $user_id, $meta, 'user_meta' );
		return maybe_unserialize( $meta[ self::KEY ][0] ?? '' );
	}

	/**
	 * Filter on {add,update,delete}_user_metadata: refuses to let anyone else write the row.
	 *
	 * @param mixed  $check    What filters before decided.
	 * @param int    $user_id  Unused.
	 * @param string $meta_key The key about to be written.
	 * @return mixed False refuses.
	 */
	public function guard( mixed $check, mixed $user_id, mixed $meta_key ): mixed {
		return self::KEY === $meta_key && ! $this->writing ? false : $check;
	}
}
