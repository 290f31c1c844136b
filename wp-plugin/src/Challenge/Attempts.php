<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ThrottleRows;

/**
 * The account's budget of second-step attempts, across challenges, factors and contracts (DESIGN section 7).
 *
 * An attempt is counted before the code is looked at, so that parallel guesses cannot outrun the count, and
 * taken back when it was no wrong code. 10 failures in a row lock for 15 minutes; 100 shut.
 */
final class Attempts {
	private const BURST = 10;
	private const LIMIT = 100;
	private const LOCK  = 900;

	public function __construct(
		private readonly ThrottleRows $rows,
		private readonly Activity $activity,
	) {}

	/** @throws Refusal sallyport_locked: nothing may be evaluated. */
	public function reserve( int $user_id, int $now ): void {
		if ( ! $this->rows->reserve( self::name( $user_id ), self::BURST, self::LIMIT, self::LOCK, $now ) ) {
			throw $this->locked( $user_id, $now );
		}
	}

	/** @throws Refusal sallyport_locked, before anything is spent. */
	public function require_unlocked( int $user_id, int $now ): void {
		if ( $this->locked_for( $user_id, $now ) > 0 ) {
			throw $this->locked( $user_id, $now );
		}
	}

	/** The attempt was no guess: a code that was right but spent already, or a lost race. */
	public function give_back( int $user_id ): void {
		$this->rows->give_back( self::name( $user_id ), self::BURST );
	}

	/** A right code: the count starts again. */
	public function clear( int $user_id ): void {
		$this->rows->clear( self::name( $user_id ) );
	}

	/** Seconds the second step is locked for, 0 if it is not; of one that is shut, a day. */
	public function locked_for( int $user_id, int $now ): int {
		$row = $this->rows->read( self::name( $user_id ) );
		return $row['failures'] >= self::LIMIT ? DAY_IN_SECONDS : max( 0, $row['until'] - $now );
	}

	private function locked( int $user_id, int $now ): Refusal {
		$this->activity->record( Event::SecondStepLocked, $user_id, '', Code::Locked->value );
		return new Refusal( Code::Locked, array( 'retry_after' => max( 1, $this->locked_for( $user_id, $now ) ) ) );
	}

	private static function name( int $user_id ): string {
		return 'second-step:' . $user_id;
	}
}
