<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** One signing key at rest. Times are Unix seconds, 0 = not known, or not yet. */
final class SigningKeyRow {
	public const GENERATED = 'generated';
	public const IMPORTED  = 'imported';

	/**
	 * @param string $source   GENERATED here, or IMPORTED as a PEM.
	 * @param string $sealed   The secret or the PEM, in base64, sealed for this blog and kid.
	 * @param int    $changed  When it came into its state.
	 * @param int    $lifetime Of the longest-lived token it may have signed, seconds.
	 * @param int    $until    From when on a retiring key counts for nothing.
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

	/** @param mixed $stored As to_array() gave it; null for anything else. */
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

	/** The same key in another state. */
	public function moved( KeyState $state, int $now, int $lifetime, int $until = 0 ): self {
		return new self( $this->kid, $this->alg, $state, $this->source, $this->sealed, $this->created, $now, $lifetime, $until );
	}

	/** The same key, that may sign longer-lived tokens. */
	public function lasting( int $lifetime ): self {
		return new self( $this->kid, $this->alg, $this->state, $this->source, $this->sealed, $this->created, $this->changed, $lifetime, $this->until );
	}

	/** The same key, sealed under another master key. */
	public function resealed( string $sealed ): self {
		return new self( $this->kid, $this->alg, $this->state, $this->source, $sealed, $this->created, $this->changed, $this->lifetime, $this->until );
	}

	/** Whether its time is over: then it neither verifies nor is it published, whether or not it has been swept. */
	public function is_gone( int $now ): bool {
		return KeyState::Retiring === $this->state && $now >= $this->until;
	}
}
