<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

/** What opens the enrolment of a factor and nothing else, for somebody whose first step was right and who has none that counts. */
final class EnrolmentToken {
	/** Seconds one lives. */
	public const TTL = 900;

	/** @param bool $confirmed Whether it waits for no mailed link, or no longer. */
	public function __construct(
		public readonly int $id,
		public readonly int $user_id,
		public readonly bool $confirmed,
		public readonly int $opened_at,
	) {}
}
