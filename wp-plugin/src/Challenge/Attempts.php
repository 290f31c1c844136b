<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ThrottleRows;

/**
 * The account's budget of second-step attempts, shared by all challenges, factors and API contracts.
 *
 * An attempt is counted before the code is checked, so that parallel guesses cannot outrun the count, and taken back if
 * the code was not wrong. Ten failures in a row lock the second step for 15 minutes; 100 shut it.
 */
final class Attempts {
	private const BURST = 10;
	public const LIMIT  = 100;
	public const LOCK   = 900;

	/** How many backup codes a user may try after a mailed unlock, and for how many seconds. */
	public const SERIES     = 5;
	public const SERIES_TTL = 900;

	/** @var array<int, true> Users whose attempt in this request belongs to such a series, so it was not counted. */
	private array $in_series = array();

	/** @param Closure(): MailedUnlock $unlock Lazy: needed once the second step is shut. */
	public function __construct(
		private readonly ThrottleRows $rows,
		private readonly Closure $unlock,
		private readonly Activity $activity,
	) {}

	/**
	 * Counts an attempt.
	 *
	 * @param string $factor Name of the active factor that the code will be checked against, if any.
	 * @throws Refusal sallyport_locked: no code may be checked.
	 */
	public function reserve( int $user_id, int $now, string $factor = '' ): void {
		if ( $this->rows->reserve( self::name( $user_id ), self::BURST, self::LIMIT, self::LOCK, $now ) ) {
			return;
		}
		if (
			BackupCode::NAME !== $factor
			|| ! $this->is_shut( $user_id )
			|| ! $this->rows->try( self::series( $user_id ), self::SERIES, $now )
		) {
			throw $this->locked( $user_id, $now );
		}
		$this->in_series[ $user_id ] = true;
	}

	/** @throws Refusal sallyport_locked, before anything is spent. */
	public function require_unlocked( int $user_id, int $now ): void {
		if ( $this->outlook( $user_id, $now )['wait'] > 0 ) {
			throw $this->locked( $user_id, $now );
		}
	}

	/**
	 * Takes back an attempt that was no guess: the code was right but already spent, or a race was lost. One of a series
	 * stays used.
	 */
	public function give_back( int $user_id ): void {
		if ( ! isset( $this->in_series[ $user_id ] ) ) {
			$this->rows->give_back( self::name( $user_id ), self::BURST );
		}
	}

	/** Handles a wrong code: logs a lock it causes, once, and warns the user before the second step is shut. */
	public function failed( int $user_id, int $now ): void {
		if ( $this->is_shut( $user_id ) ) {
			( $this->unlock )()->offer( $user_id, $now );
		}
		$seconds = $this->locked_for( $user_id, $now );
		if (
			$seconds > 0
			&& $this->rows->is_first( 'lock-began:' . $user_id . ':' . $this->rows->read( self::name( $user_id ) )['until'], $seconds, $now )
		) {
			$this->activity->record( Event::LockBegan, $user_id );
		}
	}

	/** Lets a user whose second step is shut try a few backup codes. The count of failures stays. */
	public function permit( int $user_id, int $now ): void {
		$this->rows->permit( self::series( $user_id ), $now + self::SERIES_TTL );
	}

	/** Resets the count after a right code. */
	public function clear( int $user_id ): void {
		$this->rows->clear( self::name( $user_id ) );
	}

	/**
	 * What the user can expect.
	 *
	 * @return array{wait: int, left: int} `wait`: seconds until a code is checked again, even if only one of a series.
	 *         `left`: how many wrong codes lead to the next lock.
	 */
	public function outlook( int $user_id, int $now ): array {
		$row  = $this->rows->read( self::name( $user_id ) );
		$wait = self::wait( $row, $now );
		if ( $row['failures'] >= self::LIMIT && $this->rows->may_try( self::series( $user_id ), self::SERIES, $now ) ) {
			$wait = 0;
		}
		return array(
			'wait' => $wait,
			'left' => self::BURST - $row['failures'] % self::BURST,
		);
	}

	/** Seconds the second step stays locked, 0 if it is not; a day if it is shut. */
	public function locked_for( int $user_id, int $now ): int {
		return self::wait( $this->rows->read( self::name( $user_id ) ), $now );
	}

	/** @param array{failures: int, until: int} $row */
	private static function wait( array $row, int $now ): int {
		return $row['failures'] >= self::LIMIT ? Refusal::SHUT : max( 0, $row['until'] - $now );
	}

	private function locked( int $user_id, int $now ): Refusal {
		$this->failed( $user_id, $now );
		$this->activity->record( Event::SecondStepLocked, $user_id, '', Code::Locked->value );
		return new Refusal( Code::Locked, array( 'retry_after' => max( 1, $this->locked_for( $user_id, $now ) ) ) );
	}

	private function is_shut( int $user_id ): bool {
		return $this->rows->read( self::name( $user_id ) )['failures'] >= self::LIMIT;
	}

	private static function series( int $user_id ): string {
		return 'second-step-series:' . $user_id;
	}

	private static function name( int $user_id ): string {
		return 'second-step:' . $user_id;
	}
}
