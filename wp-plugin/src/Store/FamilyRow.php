<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** A live token family: one login on one device, and every token that stems from it. Times are Unix seconds. */
final class FamilyRow {
	/**
	 * @param string       $sid       The `sid` of its access tokens; changing it voids them.
	 * @param string       $device    The name the client gave.
	 * @param int          $device_id The known device it was opened on; 0 if none.
	 * @param list<string> $amr       How its user signed in, or stepped up since.
	 * @param int          $proven_at When that was.
	 * @param string       $epoch     The user's epoch at that time; empty if no second factor was proven.
	 * @param string       $fingerprint Digest of the password hash when it was opened; empty if that was before schema 8.
	 */
	private function __construct(
		public readonly int $id,
		public readonly string $sid,
		public readonly int $user_id,
		public readonly int $blog_id,
		public readonly string $device,
		public readonly int $device_id,
		public readonly string $ip,
		public readonly array $amr,
		public readonly int $proven_at,
		public readonly string $epoch,
		public readonly string $fingerprint,
		public readonly int $created_at,
		public readonly int $last_used_at,
		public readonly int $expires_at,
	) {}

	/** @param array<string, string> $row */
	public static function from( array $row ): self {
		return new self(
			(int) $row['id'],
			$row['sid'],
			(int) $row['user_id'],
			(int) $row['blog_id'],
			$row['device'],
			(int) $row['device_id'],
			$row['ip'],
			'' === $row['amr'] ? array() : explode( ' ', $row['amr'] ),
			(int) $row['proven_at'],
			$row['epoch'],
			$row['fingerprint'] ?? '', // Missing if the tables could not be altered.
			(int) $row['created_at'],
			(int) $row['last_used_at'],
			(int) $row['expires_at'],
		);
	}
}
