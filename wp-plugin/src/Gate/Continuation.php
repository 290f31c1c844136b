<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Token\AccessTokens;

/**
 * Who changes their own factors stays signed in where they did it: the proof they did it under is put on record for the
 * new epoch. A bearer token of another issuer has no such place, and ends with all others.
 */
final class Continuation {
	public function __construct(
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
	) {}

	/**
	 * Runs what begins a new epoch.
	 *
	 * @param callable(): string $change Answers the epoch.
	 */
	public function over( int $user_id, callable $change ): void {
		$proof = $this->acceptance->proof( $user_id );
		$epoch = $change();
		if ( null === $proof ) {
			return;
		}
		$this->record( $proof->with( epoch: $epoch ) );
		$this->acceptance->carry( $user_id, $epoch );
	}

	/** The family of a token of ours goes on over an activation in this request, which ends all others. */
	public function keep_family(): void {
		$bearer = $this->issuer->presented();
		null === $bearer || $this->tokens->keep_family( $bearer );
	}

	/**
	 * Puts a proof on record where the caller's credential counts by it: on the family of a token of ours, in the session of
	 * a cookie.
	 *
	 * @return bool False for the token of another issuer, which has no such place.
	 */
	public function record( Proof $proof ): bool {
		$bearer  = $this->issuer->presented();
		$session = $this->presented->session( $proof->user_id );
		if ( null !== $bearer && $this->tokens->is_ours( $bearer ) ) {
			$this->tokens->prove_in_place( $bearer, $proof );
			return true;
		}
		if ( null === $bearer && null !== $session ) {
			SessionProof::stamp( $proof->user_id, $session, $proof );
			return true;
		}
		return false;
	}
}
