<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\State;

/** Which users a request must hold a proof for, and whether a proof counts now. */
final class ProofCheck {
	/** @param bool $exempt True on the command line, which presents no credential. */
	public function __construct(
		private readonly State $state,
		private readonly Policies $policies,
		private readonly bool $exempt,
	) {}

	/** Whether a request may count as this user only with a proof. */
	public function is_demanded( int $user_id ): bool {
		return ! $this->exempt
			&& ( $this->state->is_enrolled( $user_id ) || $this->policies->is_due( $user_id, time() ) )
			&& ! Policies::is_disabled();
	}

	/** @throws Refusal sallyport_token_unproven: policy requires a factor of the user by now, and they have none to prove. */
	public function require_enrolled( int $user_id ): void {
		if ( ! $this->state->is_enrolled( $user_id ) ) {
			throw new Refusal( Code::TokenUnproven );
		}
	}

	/** Whether the user's epoch is still the one the proof was made in. */
	public function is_current( Proof $proof ): bool {
		$epoch = $this->state->epoch( $proof->user_id );
		return '' !== $epoch && $epoch === $proof->epoch;
	}

	/** Whether the proof is current, and was made by something that policy still accepts. */
	public function counts( Proof $proof ): bool {
		return $this->is_current( $proof ) && $this->policies->takes( $proof );
	}

	/** @throws Refusal sallyport_token_stale if the proof predates a change of the account's security; _unproven if policy does not accept it. */
	public function require_counting( Proof $proof ): Proof {
		if ( ! $this->is_current( $proof ) ) {
			throw new Refusal( Code::TokenStale );
		}
		return $this->policies->takes( $proof ) ? $proof : throw new Refusal( Code::TokenUnproven );
	}

	/**
	 * Checks a proof from which another token is about to be issued.
	 *
	 * @throws Refusal As require_counting(); _unproven, too, if it comes from a stand-in for a factor that does not count.
	 */
	public function require_sufficient( Proof $proof ): Proof {
		return $this->policies->suffices( $this->require_counting( $proof ) ) ? $proof : throw new Refusal( Code::TokenUnproven );
	}
}
