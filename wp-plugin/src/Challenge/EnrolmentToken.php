<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

/** Opens the enrolment of a factor and nothing else, for a user who passed the first step and has no factor that counts. */
final class EnrolmentToken {
	/** Seconds it lives. */
	public const TTL = 900;

	/**
	 * @param bool   $confirmed False while it waits for a mailed link.
	 * @param string $first     The step before it: Proof::PASSWORD or ::SSO.
	 */
	public function __construct(
		public readonly int $id,
		public readonly int $user_id,
		public readonly bool $confirmed,
		public readonly int $opened_at,
		public readonly string $first,
	) {}
}
