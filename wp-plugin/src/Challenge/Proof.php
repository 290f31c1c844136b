<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Factor\Factor;

/**
 * Evidence that a factor of this user was verified: an object, never a bool.
 *
 * Only five places make one, and a test holds that: Verifier from a right code; ProofClaim from a claim with our MAC;
 * SessionProof, Families and InheritedProofs from the record of a login that was made under a proof.
 */
final class Proof {
	/** First steps, as `amr` names them: a password, or the assertion of a connected site or of a plugin, for which RFC 8176 has no word. */
	public const PASSWORD = 'pwd';
	public const SSO      = 'sso';

	/**
	 * @param int          $user_id Whose factor was verified.
	 * @param string       $issuer  The issuer or door it was verified for.
	 * @param list<string> $amr     How, in the words of RFC 8176, sorted.
	 * @param int          $at      When, Unix seconds.
	 * @param string       $epoch   The user's epoch at that time. A new epoch voids the proof.
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
	 * The first step that an `amr` names.
	 *
	 * @param list<string> $amr
	 */
	public static function first_in( array $amr ): string {
		return in_array( self::SSO, $amr, true ) ? self::SSO : self::PASSWORD;
	}

	/** Whether a strong factor was verified, as acr `aal2` and step-up demand (docs/step-up.md). */
	public function is_strong(): bool {
		return in_array( Factor::STRONG, $this->amr, true );
	}

	/** The same evidence for another issuer, or carried over the user's own change of epoch. */
	public function with( ?string $issuer = null, ?string $epoch = null, ?int $at = null ): self {
		return new self( $this->user_id, $issuer ?? $this->issuer, $this->amr, $at ?? $this->at, $epoch ?? $this->epoch );
	}
}
