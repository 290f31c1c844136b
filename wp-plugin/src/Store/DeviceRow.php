<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** One device a user has logged in from and that holds a secret of ours. */
final class DeviceRow {
	private function __construct(
		public readonly int $id,
		public readonly int $user_id,
	) {}

	/** @param array<string, string> $row */
	public static function from( array $row ): self {
		return new self( (int) $row['id'], (int) $row['user_id'] );
	}
}
