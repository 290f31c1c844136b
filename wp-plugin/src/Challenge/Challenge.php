<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

/**
 * One pending second step; `token` is what the client holds, known only where the challenge was opened or presented,
 * `first` what the step before it was (Proof::PASSWORD or ::SSO).
 */
final class Challenge {
	/** Seconds a challenge lives. */
	public const TTL = 300;

	/** Codes that are evaluated for one challenge. */
	public const ATTEMPTS = 5;

	/** Challenges of one user that are kept: beyond them the oldest is gone. */
	public const MOST = 100;

	public function __construct(
		public readonly int $id,
		#[\SensitiveParameter] public readonly string $token,
		public readonly int $user_id,
		public readonly string $issuer,
		public readonly string $epoch,
		public readonly string $first = Proof::PASSWORD,
	) {}
}
