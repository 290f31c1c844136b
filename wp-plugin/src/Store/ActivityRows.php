<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** The activity table. */
final class ActivityRows {
	public function __construct( private readonly Database $database ) {}

	/** @param array<string, int|string> $row */
	public function add( array $row ): void {
		$this->database->insert( 'activity', $row );
	}
}
