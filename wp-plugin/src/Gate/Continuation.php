<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Token\AccessTokens;

/**
 * Keeps users signed in who change their own factors. The change begins a new epoch, so the proof it was made under is
 * recorded again for that epoch. A bearer token of another issuer has no place for it, and ends like all others.
 */
final class Continuation {
	public function __construct(
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
	) {}

	/**
	 * Runs a change that begins a new epoch.
	 *
	 * @param callable(): string $change Returns the new epoch.
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

	/** Keeps the family of this request's own token alive over an activation, which ends all other families. */
	public function keep_family(): void {
		$bearer = $this->issuer->presented();
		null === $bearer || $this->tokens->keep_family( $bearer );
	}

	/**
	 * Records a proof where the caller's credential will find it: on the family of a Sallyport token, or in the session of
	 * a cookie.
	 *
	 * @return bool False for a token of another issuer, which has no such place.
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
