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
 * The account's budget of second-step attempts, across challenges, factors and contracts.
 *
 * An attempt is counted before the code is looked at, so that parallel guesses cannot outrun the count, and
 * taken back when it was no wrong code. 10 failures in a row lock for 15 minutes; 100 shut.
 */
final class Attempts {
	private const BURST = 10;
	public const LIMIT  = 100;
	public const LOCK   = 900;

	/** Backup codes that a mailed unlock lets one try, and for how many seconds. */
	public const SERIES     = 5;
	public const SERIES_TTL = 900;

	/** @var array<int, true> Users whose attempt in this request is one of a series: it was not counted. */
	private array $in_series = array();

	/** @param Closure(): MailedUnlock $unlock Made when the second step is shut. */
	public function __construct(
		private readonly ThrottleRows $rows,
		private readonly Closure $unlock,
		private readonly Activity $activity,
	) {}

	/**
	 * @param string $factor What the code is tried on, if it is an active one.
	 * @throws Refusal sallyport_locked: nothing may be evaluated.
	 */
	public function reserve( int $user_id, int $now, string $factor = '' ): void {
		if ( $this->rows->reserve( self::name( $user_id ), self::BURST, self::LIMIT, self::LOCK, $now ) ) {
			return;
		}
		if ( BackupCode::NAME !== $factor || ! $this->is_shut( $user_id ) || ! $this->rows->try( self::series( $user_id ), self::SERIES, $now ) ) {
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

	/** The attempt was no guess: a code that was right but spent already, or a lost race. One of a series stays used. */
	public function give_back( int $user_id ): void {
		if ( ! isset( $this->in_series[ $user_id ] ) ) {
			$this->rows->give_back( self::name( $user_id ), self::BURST );
		}
	}

	/** The attempt was wrong: a lock it brought about is on record, once, and before the second step is shut the user is let know. */
	public function failed( int $user_id, int $now ): void {
		if ( $this->is_shut( $user_id ) ) {
			( $this->unlock )()->offer( $user_id, $now );
		}
		$seconds = $this->locked_for( $user_id, $now );
		if ( $seconds > 0 && $this->rows->is_first( 'lock-began:' . $user_id . ':' . $this->rows->read( self::name( $user_id ) )['until'], $seconds, $now ) ) {
			$this->activity->record( Event::LockBegan, $user_id );
		}
	}

	/** Lets a user whose second step is shut try a few backup codes. It clears nothing. */
	public function permit( int $user_id, int $now ): void {
		$this->rows->permit( self::series( $user_id ), $now + self::SERIES_TTL );
	}

	/** A right code: the count starts again. */
	public function clear( int $user_id ): void {
		$this->rows->clear( self::name( $user_id ) );
	}

	/** @return array{wait: int, left: int} Seconds until a code is looked at, even if only one of a series; and of how many, all of them wrong, before the next lock. */
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

	/** Seconds the second step is locked for, 0 if it is not; of one that is shut, a day. */
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
