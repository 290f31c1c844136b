<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

/**
 * One pending second step. `token` is the secret the client holds, known only in a request that opened or presented the
 * challenge. `first` is the step before it (Proof::PASSWORD or ::SSO).
 */
final class Challenge {
	/** Seconds a challenge lives. */
	public const TTL = 300;

	/** Codes that are checked for one challenge. */
	public const ATTEMPTS = 5;

	/** Challenges kept for one user; beyond that the oldest is deleted. */
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
