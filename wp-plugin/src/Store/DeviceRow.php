<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** A device from which a user has logged in and which holds a secret of ours. Times are Unix seconds. */
final class DeviceRow {
	/**
	 * @param string       $name       The name the client gave.
	 * @param int          $trusted_at When it was trusted, so that no code is asked for; 0 if it is only known.
	 * @param string       $epoch      The user's epoch at that time.
	 * @param list<string> $amr        The `amr` of the proof it was trusted under.
	 */
	private function __construct(
		public readonly int $id,
		public readonly int $user_id,
		public readonly string $name,
		public readonly int $created_at,
		public readonly int $last_used_at,
		public readonly int $expires_at,
		public readonly int $trusted_at,
		public readonly string $epoch,
		public readonly array $amr,
	) {}

	/** @param array<string, string> $row */
	public static function from( array $row ): self {
		return new self(
			(int) $row['id'],
			(int) $row['user_id'],
			$row['name'],
			(int) $row['created_at'],
			(int) $row['last_used_at'],
			(int) $row['expires_at'],
			(int) $row['trusted_at'],
			$row['epoch'],
			'' === $row['amr'] ? array() : explode( ' ', $row['amr'] ),
		);
	}
}
