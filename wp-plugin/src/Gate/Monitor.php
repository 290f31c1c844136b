<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ThrottleRows;

/**
 * Monitor-only: what would be refused is let through, and put on record. It makes no proof: what weakens an account or
 * the site asks for one as before, and a wrong code is a wrong code.
 */
final class Monitor {
	/** @var array<int, true> Users whom this request counts as without the proof they owe. */
	private array $let_through = array();

	public function __construct(
		private readonly Policies $policies,
		private readonly ThrottleRows $rows,
		private readonly Activity $activity,
	) {}

	/**
	 * Whether this refusal is only reported: once an hour for each user and door.
	 *
	 * @param string $door Name of an issuer, or what the credential was.
	 */
	public function lets_pass( int $user_id, string $door, Refusal $refusal ): bool {
		if ( ! $this->policies->monitors() ) {
			return false;
		}
		try {
			if ( $this->rows->is_first( 'monitored:' . $user_id . ':' . $door, HOUR_IN_SECONDS, time() ) ) {
				$this->activity->record( Event::WouldRefuse, $user_id, '', $refusal->reason->value, array( 'door' => $door ) );
			}
			$this->let_through[ $user_id ] = true;
			return true;
		} catch ( Refusal ) {
			return false; // What cannot be reported is not let through.
		}
	}

	/** Whether this request counts as the user only because nobody is refused: nothing it does may be worth a proof later. */
	public function has_let_through( int $user_id ): bool {
		return isset( $this->let_through[ $user_id ] ) || Policies::is_disabled();
	}
}
