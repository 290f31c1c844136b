<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * An enrolled or pending factor, as stored. `secret` is sealed. `source` is the plugin it was imported from, or ''.
 * `begun_by` is the sign-in that began it. `drift` is the number of time steps the clock of the last code was ahead of ours;
 * negative if it was behind.
 */
final class FactorRow {
	private function __construct(
		public readonly int $id,
		public readonly int $user_id,
		public readonly string $type,
		public readonly string $label,
		public readonly string $source,
		public readonly string $secret,
		public readonly string $algorithm,
		public readonly int $digits,
		public readonly int $period,
		public readonly int $last_step,
		public readonly int $drift,
		public readonly int $created_at,
		public readonly int $last_used_at,
		public readonly string $begun_by,
	) {}

	/** The owner under which a row's secret is sealed, so that it can be unsealed in that row only. */
	public static function owner( int $user_id, int $row_id ): string {
		return $user_id . ':' . $row_id;
	}

	/** A copy with this secret. */
	public function with_secret( #[\SensitiveParameter] string $sealed ): self {
		return self::from( array( 'secret' => $sealed ) + get_object_vars( $this ) );
	}

	/** @param array<string, string|int> $row */
	public static function from( array $row ): self {
		return new self(
			(int) $row['id'],
			(int) $row['user_id'],
			$row['type'],
			$row['label'],
			$row['source'],
			$row['secret'],
			$row['algorithm'],
			(int) $row['digits'],
			(int) $row['period'],
			(int) $row['last_step'],
			(int) $row['drift'],
			(int) $row['created_at'],
			(int) $row['last_used_at'],
			$row['begun_by'],
		);
	}
}
