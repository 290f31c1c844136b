<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** The activity table. */
final class ActivityRows {
	public function __construct( private readonly Database $database ) {}

	/**
	 * @param array<string, int|string> $row
	 * @return int Its id.
	 */
	public function add( array $row ): int {
		return $this->database->insert( 'activity', $row );
	}
}
