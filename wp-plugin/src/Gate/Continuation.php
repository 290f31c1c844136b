<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

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
		$proof   = $proof->with( epoch: $epoch );
		$bearer  = $this->issuer->presented();
		$session = $this->presented->session( $user_id );
		if ( null !== $bearer && $this->tokens->is_ours( $bearer ) ) {
			$this->tokens->prove_in_place( $bearer, $proof );
		} elseif ( null === $bearer && null !== $session ) {
			SessionProof::stamp( $user_id, $session, $proof );
		}
		$this->acceptance->carry( $user_id, $epoch );
	}
}
