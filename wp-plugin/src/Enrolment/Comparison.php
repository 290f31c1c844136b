<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Store\FactorRows;
use Sallyport\WP\Store\State;

/** The factors table and the users' marks must say the same: the daily job compares them. */
final class Comparison {
	public function __construct(
		private readonly FactorRows $factors,
		private readonly State $state,
		private readonly Activity $activity,
	) {}

	/**
	 * A user with a factor and no mark is marked: what was issued before is void.
	 *
	 * @return int Users marked, $limit at most.
	 */
	public function repair( int $now, int $limit ): int {
		$repaired = 0;
		foreach ( $this->factors->unmarked( $limit ) as $user_id ) {
			// Asked again: the factor may have been removed since.
			if ( array() !== $this->factors->active( $user_id ) && $this->state->repair( $user_id, $now ) ) {
				$this->activity->record( Event::StateRepaired, $user_id );
				++$repaired;
			}
		}
		return $repaired;
	}

	/**
	 * A user with a mark and no factor stays refused, and the log says so once a day: whether the factor was removed
	 * by whoever may, nobody knows.
	 *
	 * @return int 0: there is nothing to do again.
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
