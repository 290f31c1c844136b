<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Factor\Factor;

/**
 * Evidence that a factor of this user was verified: an object, never a bool.
 *
 * It is made in five places only (a test holds this): by Verifier from a right code, by ProofClaim from a claim
 * whose MAC is ours, and by SessionProof, Families and InheritedProofs from the record of a log-in that was made under one.
 */
final class Proof {
	/** What may stand before the factor, in the words of `amr`: a password, or another's word, of a connected site or a plugin, for which RFC 8176 has none. */
	public const PASSWORD = 'pwd';
	public const SSO      = 'sso';

	/**
	 * @param int          $user_id Whose factor it was.
	 * @param string       $issuer  For which issuer, or door, it was given.
	 * @param list<string> $amr     How, in the words of RFC 8176, sorted.
	 * @param int          $at      When, Unix seconds.
	 * @param string       $epoch   The user's epoch at that time: another one voids the proof.
	 */
	private function __construct(
		public readonly int $user_id,
		public readonly string $issuer,
		public readonly array $amr,
		public readonly int $at,
		public readonly string $epoch,
	) {}

	/** @param list<string> $amr */
	public static function verified( int $user_id, string $issuer, array $amr, int $at, string $epoch ): self {
		return new self( $user_id, $issuer, $amr, $at, $epoch );
	}

	/** @param list<string> $amr */
	public static function restored( int $user_id, string $issuer, array $amr, int $at, string $epoch ): self {
		return new self( $user_id, $issuer, $amr, $at, $epoch );
	}

	/**
	 * What stood before the factor.
	 *
	 * @param list<string> $amr
	 */
	public static function first_in( array $amr ): string {
		return in_array( self::SSO, $amr, true ) ? self::SSO : self::PASSWORD;
	}

	/** Whether a strong factor was verified: what acr `aal2` and step-up ask for (docs/step-up.md). */
	public function is_strong(): bool {
		return in_array( Factor::STRONG, $this->amr, true );
	}

	/** The same evidence, handed to another issuer or carried over the user's own change of epoch. */
	public function with( ?string $issuer = null, ?string $epoch = null, ?int $at = null ): self {
		return new self( $this->user_id, $issuer ?? $this->issuer, $this->amr, $at ?? $this->at, $epoch ?? $this->epoch );
	}
}
