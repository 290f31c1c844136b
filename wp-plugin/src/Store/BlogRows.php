<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** What the tables hold of one site of a network, for when that is deleted: whichever is given its id next would have it. */
final class BlogRows {
	/** Tables that are no site's without it. Of the others' rows the log's stay until their time is over, and the rest ends by itself. */
	private const OF = array( 'sso_sites', 'webhook_deliveries' );

	/** Rows at a time. */
	private const BATCH = 500;

	public function __construct( private readonly Database $database ) {}

	/**
	 * Sites that have rows and are none of this WordPress: they were deleted while nobody heard of it. None, where there are no sites at all.
	 *
	 * @return list<int> Ids, the lowest first; $limit at most.
	 * @throws \Sallyport\WP\Refusal sallyport_unavailable, when the store fails.
	 */
	public function of_none( int $limit ): array {
		if ( ! is_multisite() || null === $this->database->row( 'SELECT blog_id FROM {blogs} WHERE blog_id > %d LIMIT 1', array( 0 ) ) ) {
			return array();
		}
		$found = array();
		foreach ( self::OF as $table ) {
			$rows   = $this->database->rows( "SELECT DISTINCT t.blog_id FROM {{$table}} t LEFT JOIN {blogs} b ON b.blog_id = t.blog_id WHERE b.blog_id IS NULL ORDER BY t.blog_id LIMIT %d", array( $limit ) );
			$found += array_column( $rows, 'blog_id', 'blog_id' );
		}
		ksort( $found );
		return array_map( 'intval', array_slice( array_values( $found ), 0, $limit ) );
	}

	/** @throws \Sallyport\WP\Refusal sallyport_unavailable, when the store fails. */
	public function delete_all( int $blog_id ): void {
		foreach ( self::OF as $table ) {
			do {
				$deleted = $this->database->prune( $table, 'blog_id = %d', array( $blog_id ), self::BATCH );
			} while ( $deleted > 0 ); // As UserRows does.
		}
	}
}
