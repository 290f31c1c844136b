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

	/** @return list<int> The blogs there are rows of. */
	public function blogs(): array {
		return array_map( 'intval', array_column( $this->database->rows( 'SELECT DISTINCT blog_id FROM {activity} WHERE blog_id >= %d', array( 0 ) ), 'blog_id' ) );
	}

	/** @return int Rows deleted, $limit at most. */
	public function delete_before( int $blog_id, int $time, int $limit ): int {
		return $this->database->prune( 'activity', 'blog_id = %d AND time < %d', array( $blog_id, $time ), $limit );
	}
}
