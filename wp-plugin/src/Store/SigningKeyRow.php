<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** A stored signing key. Times are Unix seconds; 0 means unknown, or not yet. */
final class SigningKeyRow {
	public const GENERATED = 'generated';
	public const IMPORTED  = 'imported';

	/**
	 * @param string $source   GENERATED here, or IMPORTED from a PEM.
	 * @param string $sealed   The secret or the PEM, in base64, sealed for this blog and kid.
	 * @param int    $changed  When it entered its state.
	 * @param int    $lifetime Lifetime of the longest-lived token it may have signed, seconds.
	 * @param int    $until    When a retiring key stops counting.
	 */
	public function __construct(
		public readonly string $kid,
		public readonly string $alg,
		public readonly KeyState $state,
		public readonly string $source,
		public readonly string $sealed,
		public readonly int $created,
		public readonly int $changed,
		public readonly int $lifetime = 0,
		public readonly int $until = 0,
	) {}

	/** @param mixed $stored As to_array() returned it; null for anything else. */
	public static function from( mixed $stored ): ?self {
		$state = is_array( $stored ) && is_string( $stored['state'] ?? null ) ? KeyState::tryFrom( $stored['state'] ) : null;
		if ( null === $state || ! isset( $stored['kid'], $stored['alg'], $stored['sealed'] ) ) {
			return null;
		}
		return new self(
			(string) $stored['kid'],
			(string) $stored['alg'],
			$state,
			(string) ( $stored['source'] ?? self::GENERATED ),
			(string) $stored['sealed'],
			(int) ( $stored['created'] ?? 0 ),
			(int) ( $stored['changed'] ?? 0 ),
			(int) ( $stored['lifetime'] ?? 0 ),
			(int) ( $stored['until'] ?? 0 ),
		);
	}

	/** @return array<string, string|int> */
	public function to_array(): array {
		return array( 'state' => $this->state->value ) + get_object_vars( $this );
	}

	/** A copy in another state. */
	public function moved( KeyState $state, int $now, int $lifetime, int $until = 0 ): self {
		return new self( $this->kid, $this->alg, $state, $this->source, $this->sealed, $this->created, $now, $lifetime, $until );
	}

	/** A copy that may sign longer-lived tokens. */
	public function lasting( int $lifetime ): self {
		return new self(
			$this->kid,
			$this->alg,
			$this->state,
			$this->source,
			$this->sealed,
			$this->created,
			$this->changed,
			$lifetime,
			$this->until
		);
	}

	/** A copy sealed under another master key. */
	public function resealed( string $sealed ): self {
		return new self(
			$this->kid,
			$this->alg,
			$this->state,
			$this->source,
			$sealed,
			$this->created,
			$this->changed,
			$this->lifetime,
			$this->until
		);
	}

	/** Whether it has expired. Then it neither verifies nor is published, even before it is deleted. */
	public function is_gone( int $now ): bool {
		return KeyState::Retiring === $this->state && $now >= $this->until;
	}
}
