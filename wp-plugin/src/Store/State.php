<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Engine;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/**
 * What is known of a user's second factor: {epoch, enrolled, since, at, session}. Only this class writes it.
 *
 * `enrolled` speaks of factors of ours; one that another plugin keeps counts as long as that plugin says so, and nothing
 * is remembered of it but the epoch. `at` is when the epoch began, and `session` the id of the user's own session that
 * began it.
 */
final class State {
	/** A row that cannot be read is no reason to let anyone in: enrolled, of no epoch. */
	private const UNREADABLE = array(
		'epoch'    => '',
		'enrolled' => true,
		'since'    => 0,
		'at'       => 0,
		'session'  => '',
	);

	/** Users of whom it is kept, at most: a command goes through all there are. */
	private const KNOWN = 1000;

	/** How often is_still_marked() looks again, and after how many microseconds. */
	private const LOOKS  = 3;
	private const MOMENT = 30_000;

	/** @var array<int, array{list<string>, array<string, mixed>|null}> User id => the rows as core caches them, and what they say: a request asks a dozen times. */
	private array $known = array();

	/**
	 * @param Closure(): Health   $health    Made when something is written: every request of a user reads here.
	 * @param Closure(int): bool  $elsewhere Whether another plugin's factor of this user counts; it asks no table.
	 * @param Closure(int): ?string $session The token of the session of this user that this request comes by.
	 */
	public function __construct(
		private readonly Meta $meta,
		private readonly Closure $health,
		private readonly Closure $elsewhere,
		private readonly Closure $session,
	) {}

	/** @return array{epoch: string, enrolled: bool, since: int, at: int, session: string}|null Null for a user who never had a factor. */
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
	 * @param mixed $state What is stored; '' for no row.
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

	/** Of this time: empty for a user who never had a factor, and where it cannot be read. No proof is of an empty one. */
	public function epoch( int $user_id ): string {
		return $this->read( $user_id )['epoch'] ?? '';
	}

	/**
	 * Whether that epoch goes on: asked of the database, since another process may have ended it.
	 *
	 * @throws Refusal When the store fails.
	 */
	public function is_of( int $user_id, string $epoch ): bool {
		$this->meta->refresh( $user_id );
		return $this->epoch( $user_id ) === $epoch;
	}

	/**
	 * Whether the user still has a factor of ours by their mark: asked of the database, and again a moment later, since who removes
	 * a factor takes the mark away last.
	 *
	 * @throws Refusal When the store fails.
	 */
	public function is_still_marked( int $user_id ): bool {
		$this->meta->refresh( $user_id );
		for ( $looks = self::LOOKS; $looks > 0 && $this->is_marked( $user_id ); $looks-- ) {
			usleep( self::MOMENT );
			$this->meta->refresh( $user_id );
		}
		return $this->is_marked( $user_id );
	}

	/** Whether the user has an active factor, of ours or of another plugin. */
	public function is_enrolled( int $user_id ): bool {
		return $this->is_marked( $user_id ) || ( $this->elsewhere )( $user_id );
	}

	/** Whether the user has an active factor of ours. */
	public function is_marked( int $user_id ): bool {
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
		$state = $this->next( $user_id, $old, $enrolled, $now );
		return $this->stored_anew( $user_id, $old, $enrolled, fn () => $this->meta->write( $user_id, static fn () => update_user_meta( $user_id, Meta::STATE, $state ) ) );
	}

	/**
	 * The same of a user whose factors stay as they are: where another process marks them at the same time, it is that which stands.
	 *
	 * @return string The new epoch.
	 * @throws Refusal As raise() does.
	 */
	public function renew( int $user_id, int $now ): string {
		// An epoch that began since this process last looked began before what ends it here: under it something may have been proven.
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
	 * @param array<string, mixed>|null $old What is stored.
	 * @return array{epoch: string, enrolled: bool, since: int, at: int, session: string} What is to be.
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
	 * @throws Refusal As raise() does.
	 */
	private function stored_anew( int $user_id, ?array $old, bool $enrolled, Closure $write ): string {
		try {
			$write();
			$stored = $this->stored( $user_id );
		} catch ( Refusal ) {
			$stored = '';
		}
		// Another process may have raised it in between: its epoch is as fresh as ours, and it knew what it wrote.
		if ( ! is_array( $stored ) || in_array( $stored['epoch'], array( '', $old['epoch'] ?? '' ), true ) ) {
			throw $this->owed( $user_id, $enrolled );
		}
		return $stored['epoch'];
	}

	/**
	 * Marks a user who has a factor and no mark. Who is activating that factor at this moment is about to do the same:
	 * their epoch stands, since a proof was made under it.
	 *
	 * @return bool False when somebody else marked the user first.
	 * @throws Refusal As raise() does.
	 */
	public function repair( int $user_id, int $now ): bool {
		$state = array(
			'epoch'    => Engine::epoch(),
			'enrolled' => true,
			'since'    => $now,
			'at'       => $now,
		);
		$this->replace( $user_id, $this->stored( $user_id ), $state );
		if ( ! $this->is_marked( $user_id ) ) {
			throw $this->owed( $user_id, true );
		}
		return $state === $this->stored( $user_id );
	}

	/**
	 * Sees to it that there is an epoch: a user whose only factor another plugin keeps gets the first one here. What that
	 * plugin verified before is older than the epoch, and counts: `at` is 0.
	 *
	 * @return array{epoch: string, enrolled: bool, since: int, at: int, session: string}
	 * @throws Refusal When it could not be stored.
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
	 * Says whether the user has a factor of ours, where one was moved from another plugin or back: the epoch stays, since
	 * it is the same factor, and what was proven by it was.
	 *
	 * @throws Refusal When it could not be stored.
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
	 * Of two rows core reads the first: whoever comes second finds the other's, here or when it reads its own back.
	 *
	 * @param mixed                $before What is stored; '' for no row.
	 * @param array<string, mixed> $state
	 */
	private function replace( int $user_id, mixed $before, array $state ): void {
		$this->meta->write(
			$user_id,
			static fn () => '' === $before ? add_user_meta( $user_id, Meta::STATE, $state, true ) : update_user_meta( $user_id, Meta::STATE, $state, $before )
		);
	}

	/** An epoch could not be stored: everybody is refused until it is. @param bool $enrolled How the user is to be marked then. */
	private function owed( int $user_id, bool $enrolled ): Refusal {
		( $this->health )()->owe( $user_id, $enrolled );
		return Refusal::unavailable( Problem::UserState );
	}

	/**
	 * Stores the epochs that could not be stored before.
	 *
	 * @throws Refusal While that still fails.
	 */
	public function settle( int $now ): void {
		foreach ( ( $this->health )()->owed() as $user_id => $enrolled ) {
			$this->raise( $user_id, $enrolled, $now );
			( $this->health )()->settled( $user_id );
		}
	}

	/**
	 * @return mixed The row's value, '' if there is none.
	 * @throws Refusal When the store fails.
	 */
	private function stored( int $user_id ): mixed {
		return $this->meta->read( $user_id, Meta::STATE )[0] ?? '';
	}
}
