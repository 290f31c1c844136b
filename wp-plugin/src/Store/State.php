<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Engine;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/**
 * The state of a user's second factor: {epoch, enrolled, since, at, session}. Only this class writes it.
 *
 * `enrolled` is about our own factors. A factor that another plugin keeps counts as long as that plugin says so; only the
 * epoch is stored for it. `at` is when the epoch began, and `session` the id of the user's session that began it.
 */
final class State {
	/** Fail closed: a row that cannot be read counts as enrolled, without an epoch. */
	private const UNREADABLE = array(
		'epoch'    => '',
		'enrolled' => true,
		'since'    => 0,
		'at'       => 0,
		'session'  => '',
	);

	/** Users whose state is kept in memory: a command may go through all users. */
	private const KNOWN = 1000;

	/** How often is_still_marked() reads, and the microseconds between. */
	private const LOOKS  = 3;
	private const MOMENT = 30_000;

	/** @var array<int, array{list<string>, array<string, mixed>|null}> User id => the rows as core caches them, and their state: a request asks a dozen times. */
	private array $known = array();

	/**
	 * @param Closure(): Health   $health    Lazy: needed to write, while every request of a user reads here.
	 * @param Closure(int): bool  $elsewhere Whether another plugin's factor counts for this user; costs no query.
	 * @param Closure(int): ?string $session The token of this user's session in this request.
	 */
	public function __construct(
		private readonly Meta $meta,
		private readonly Closure $health,
		private readonly Closure $elsewhere,
		private readonly Closure $session,
	) {}

	/** @return array{epoch: string, enrolled: bool, since: int, at: int, session: string}|null Null if the user never had a factor. */
	public function read( int $user_id ): ?array {
		try {
			$rows = $this->meta->rows( $user_id, Meta::STATE );
		} catch ( Refusal ) {
			return self::UNREADABLE;
		}
		if ( $rows !== ( $this->known[ $user_id ][0] ?? null ) ) {
			$this->known             = count( $this->known ) < self::KNOWN ? $this->known : array();
			$this->known[ $user_id ] = array( $rows, self::said( maybe_unserialize( $rows[0] ?? '' ) ) );
		}
		return $this->known[ $user_id ][1];
	}

	/**
	 * @param mixed $state The stored value; '' for no row.
	 * @return array{epoch: string, enrolled: bool, since: int, at: int, session: string}|null
	 */
	private static function said( mixed $state ): ?array {
		if ( ! is_array( $state ) ) {
			return '' === $state ? null : self::UNREADABLE;
		}
		return array(
			'epoch'    => (string) ( $state['epoch'] ?? '' ),
			'enrolled' => (bool) ( $state['enrolled'] ?? true ),
			'since'    => (int) ( $state['since'] ?? 0 ),
			'at'       => (int) ( $state['at'] ?? $state['since'] ?? 0 ),
			'session'  => (string) ( $state['session'] ?? '' ),
		);
	}

	/** The present epoch; empty if the user never had a factor, or it cannot be read. An empty epoch matches no proof. */
	public function epoch( int $user_id ): string {
		return $this->read( $user_id )['epoch'] ?? '';
	}

	/**
	 * Whether the epoch is still the present one. Asks the database, since another process may have ended it.
	 *
	 * @throws Refusal If the store fails.
	 */
	public function is_of( int $user_id, string $epoch ): bool {
		$this->meta->refresh( $user_id );
		return $this->epoch( $user_id ) === $epoch;
	}

	/**
	 * Whether the user's mark still says that they have a factor of ours, read from the database, and again a moment later: a
	 * request that removes a factor removes the mark last.
	 *
	 * @throws Refusal If the store fails.
	 */
	public function is_still_marked( int $user_id ): bool {
		$this->meta->refresh( $user_id );
		for ( $looks = self::LOOKS; $looks > 0 && $this->is_marked( $user_id ); $looks-- ) {
			usleep( self::MOMENT );
			$this->meta->refresh( $user_id );
		}
		return $this->is_marked( $user_id );
	}

	/** Whether the user has an active factor, ours or another plugin's. */
	public function is_enrolled( int $user_id ): bool {
		return $this->is_marked( $user_id ) || ( $this->elsewhere )( $user_id );
	}

	/** Whether the user has an active factor of ours. */
	public function is_marked( int $user_id ): bool {
		return $this->read( $user_id )['enrolled'] ?? false;
	}

	/**
	 * Begins a new epoch: every token, session proof and challenge from before is void.
	 *
	 * @return string The new epoch. Stored nowhere if the user was deleted meanwhile.
	 * @throws Refusal If it could not be stored. Then it is owed, and everybody is refused until settle() stores it.
	 */
	public function raise( int $user_id, bool $enrolled, int $now ): string {
		$old   = $this->read( $user_id );
		$state = $this->next( $user_id, $old, $enrolled, $now );
		return $this->stored_anew(
			$user_id,
			$old,
			$enrolled,
			fn () => $this->meta->write( $user_id, static fn () => update_user_meta( $user_id, Meta::STATE, $state ) )
		);
	}

	/**
	 * Like raise(), for a user whose factors do not change. If another process marks the user at the same time, its mark stands.
	 *
	 * @return string The new epoch.
	 * @throws Refusal As raise().
	 */
	public function renew( int $user_id, int $now ): string {
		// Another process may have begun an epoch since this one last read it. That epoch ends as well: a proof may have
		// been made under it.
		try {
			$this->meta->refresh( $user_id );
		} catch ( Refusal ) {
			throw $this->owed( $user_id, $this->is_marked( $user_id ) );
		}
		$old = $this->read( $user_id );
		return $this->stored_anew(
			$user_id,
			$old,
			$old['enrolled'] ?? false,
			function () use ( $user_id, $old, $now ): void {
				for ( $tries = 3; $tries > 0 && $this->epoch( $user_id ) === ( $old['epoch'] ?? '' ); $tries-- ) {
					$is = $this->read( $user_id );
					$this->replace( $user_id, $this->stored( $user_id ), $this->next( $user_id, $is, $is['enrolled'] ?? false, $now ) );
				}
			}
		);
	}

	/**
	 * @param array<string, mixed>|null $old The stored state.
	 * @return array{epoch: string, enrolled: bool, since: int, at: int, session: string} The next one.
	 */
	private function next( int $user_id, ?array $old, bool $enrolled, int $now ): array {
		$session = ( $this->session )( $user_id );
		return array(
			'epoch'    => Engine::epoch(),
			'enrolled' => $enrolled,
			'since'    => $enrolled && ( $old['enrolled'] ?? false ) ? $old['since'] : $now,
			'at'       => $now,
			'session'  => null === $session ? '' : BrowserLogins::id( $session ),
		);
	}

	/**
	 * @param array<string, mixed>|null $old   As this process knew it.
	 * @param Closure(): void           $write
	 * @return string The new epoch.
	 * @throws Refusal As raise().
	 */
	private function stored_anew( int $user_id, ?array $old, bool $enrolled, Closure $write ): string {
		try {
			$write();
			$stored = $this->stored( $user_id );
		} catch ( Refusal ) {
			$stored = '';
		}
		// Another process may have raised it meanwhile. Its epoch is as fresh as ours, and it knew what it wrote.
		if ( is_array( $stored ) && ! in_array( $stored['epoch'], array( '', $old['epoch'] ?? '' ), true ) ) {
			return $stored['epoch'];
		}
		return $this->meta->is_of_nobody( $user_id ) ? Engine::epoch() : throw $this->owed( $user_id, $enrolled );
	}

	/**
	 * Marks a user who has a factor but no mark. A request that is activating the factor right now is about to do the same; then
	 * its epoch stands, because a proof was made under it.
	 *
	 * @return bool False if another process marked the user first.
	 * @throws Refusal As raise().
	 */
	public function repair( int $user_id, int $now ): bool {
		$state = array(
			'epoch'    => Engine::epoch(),
			'enrolled' => true,
			'since'    => $now,
			'at'       => $now,
		);
		$this->replace( $user_id, $this->stored( $user_id ), $state );
		if ( ! $this->is_marked( $user_id ) && ! $this->meta->is_of_nobody( $user_id ) ) {
			throw $this->owed( $user_id, enrolled: true );
		}
		return $state === $this->stored( $user_id );
	}

	/**
	 * Makes sure that there is an epoch: a user whose only factor is another plugin's gets the first one here. What that plugin
	 * verified before counts although it is older than the epoch: `at` is 0.
	 *
	 * @return array{epoch: string, enrolled: bool, since: int, at: int, session: string}
	 * @throws Refusal If it could not be stored.
	 */
	public function begin( int $user_id ): array {
		if ( null === $this->read( $user_id ) ) {
			$this->replace(
				$user_id,
				'',
				array(
					'epoch'    => Engine::epoch(),
					'enrolled' => false,
					'since'    => 0,
					'at'       => 0,
				)
			);
		}
		return $this->read( $user_id ) ?? throw Refusal::unavailable( Problem::UserState );
	}

	/**
	 * Sets whether the user has a factor of ours, when one was imported from another plugin or given back. The epoch stays: it
	 * is the same factor, so existing proofs remain valid.
	 *
	 * @throws Refusal If it could not be stored.
	 */
	public function mark( int $user_id, bool $enrolled, int $now ): void {
		for ( $tries = 3; $tries > 0 && $enrolled !== $this->begin( $user_id )['enrolled']; $tries-- ) {
			$before = $this->stored( $user_id );
			$this->replace( $user_id, $before, array( 'enrolled' => $enrolled, 'since' => $now ) + (array) $before );
		}
		if ( $enrolled !== $this->is_marked( $user_id ) ) {
			throw Refusal::unavailable( Problem::UserState );
		}
	}

	/**
	 * If two rows are added at once, core reads the first. The second process finds it here, or when it reads its own back.
	 *
	 * @param mixed                $before The stored value; '' for no row.
	 * @param array<string, mixed> $state
	 */
	private function replace( int $user_id, mixed $before, array $state ): void {
		$this->meta->write(
			$user_id,
			static fn () => '' === $before
				? add_user_meta( $user_id, Meta::STATE, $state, true )
				: update_user_meta( $user_id, Meta::STATE, $state, $before )
		);
	}

	/**
	 * An epoch could not be stored: everybody is refused until it is.
	 *
	 * @param bool $enrolled How to mark the user then.
	 */
	private function owed( int $user_id, bool $enrolled ): Refusal {
		( $this->health )()->owe( $user_id, $enrolled );
		return Refusal::unavailable( Problem::UserState );
	}

	/**
	 * Stores the epochs that could not be stored before.
	 *
	 * @throws Refusal As long as that fails.
	 */
	public function settle( int $now ): void {
		foreach ( ( $this->health )()->owed() as $user_id => $enrolled ) {
			$this->raise( $user_id, $enrolled, $now );
			( $this->health )()->settled( $user_id );
		}
	}

	/**
	 * @return mixed The row's value, '' if there is none.
	 * @throws Refusal If the store fails.
	 */
	private function stored( int $user_id ): mixed {
		return $this->meta->read( $user_id, Meta::STATE )[0] ?? '';
	}
}
