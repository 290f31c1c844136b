<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ThrottleRows;

/**
 * Monitor-only mode: what would be refused is let through and logged. That makes no proof, so step-up still asks for one.
 * A wrong code is still refused.
 */
final class Monitor {
	/** @var array<int, true> Users this request counts as without the proof they owe. */
	private array $let_through = array();

	public function __construct(
		private readonly Policies $policies,
		private readonly ThrottleRows $rows,
		private readonly Activity $activity,
	) {}

	/**
	 * Whether this refusal is only reported. It is logged once an hour for each user and door.
	 *
	 * @param string $door Name of an issuer, or kind of the credential.
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
			return false; // Fail closed: a refusal that cannot be logged stands.
		}
	}

	/** Whether this request counts as the user only because nothing is enforced. Nothing it does may yield a proof later. */
	public function has_let_through( int $user_id ): bool {
		return isset( $this->let_through[ $user_id ] ) || Policies::is_disabled();
	}
}
