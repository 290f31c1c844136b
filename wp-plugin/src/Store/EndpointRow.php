<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** A webhook endpoint of this blog. */
final class EndpointRow {
	/**
	 * @param list<string> $events  Names of events in the activity log; empty means all.
	 * @param string       $sealed  The secret, sealed for this blog and id.
	 * @param bool         $active  False once the receiver has answered that it is gone.
	 * @param int          $created Unix seconds.
	 */
	public function __construct(
		public readonly string $id,
		public readonly string $url,
		public readonly array $events,
		public readonly string $sealed,
		public readonly bool $active,
		public readonly int $created,
	) {}

	/** @param mixed $stored As get_object_vars() returned it; null for anything else. */
	public static function from( mixed $stored ): ?self {
		if (
			! is_array( $stored )
			|| ! is_string( $stored['id'] ?? null )
			|| ! is_string( $stored['url'] ?? null )
			|| ! is_string( $stored['sealed'] ?? null )
		) {
			return null;
		}
		return new self(
			$stored['id'],
			$stored['url'],
			array_values( array_filter( (array) ( $stored['events'] ?? array() ), 'is_string' ) ),
			$stored['sealed'],
			! empty( $stored['active'] ),
			(int) ( $stored['created'] ?? 0 ),
		);
	}

	public function wants( string $event ): bool {
		return $this->active && ( array() === $this->events || in_array( $event, $this->events, true ) );
	}

	/** A copy whose secret is sealed under another master key. */
	public function resealed( string $sealed ): self {
		return new self( $this->id, $this->url, $this->events, $sealed, $this->active, $this->created );
	}

	/** A copy that receives nothing any more. */
	public function ended(): self {
		return new self( $this->id, $this->url, $this->events, $this->sealed, false, $this->created );
	}
}
