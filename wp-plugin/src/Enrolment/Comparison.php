<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Store\FactorRows;
use Sallyport\WP\Store\State;

/** The factors table and the users' marks must agree; the daily job compares them. */
final class Comparison {
	public function __construct(
		private readonly FactorRows $factors,
		private readonly State $state,
		private readonly Activity $activity,
	) {}

	/**
	 * Marks users who have a factor but no mark. That voids what was issued to them before.
	 *
	 * @return int Users marked, at most $limit.
	 */
	public function repair( int $now, int $limit ): int {
		$repaired = 0;
		foreach ( $this->factors->unmarked( $limit ) as $user_id ) {
			// Read again: the factor may have been removed meanwhile.
			if ( array() !== $this->factors->active( $user_id ) && $this->state->repair( $user_id, $now ) ) {
				$this->activity->record( Event::StateRepaired, $user_id );
				++$repaired;
			}
		}
		return $repaired;
	}

	/**
	 * A user with a mark but no factor stays refused, since nobody knows whether the factor was removed legitimately. It is
	 * logged once a day.
	 *
	 * @return int 0: there is nothing left for another run.
	 */
	public function report( int $limit ): int {
		foreach ( $this->factors->missing( $limit ) as $user_id ) {
			if ( $this->state->is_marked( $user_id ) && array() === $this->factors->active( $user_id ) ) {
				$this->activity->record( Event::FactorsMissing, $user_id, '', Code::Unavailable->value );
			}
		}
		return 0;
	}
}
