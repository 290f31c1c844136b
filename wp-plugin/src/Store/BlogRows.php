<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** Rows of one site of a network, to delete with the site: another site could get its id later, and would inherit them. */
final class BlogRows {
	/** Tables to clear for a deleted site. The log's rows stay until they expire, and all other rows end by themselves. */
	private const OF = array( 'sso_sites', 'webhook_deliveries' );

	/** Rows per batch. */
	private const BATCH = 500;

	public function __construct( private readonly Database $database ) {}

	/**
	 * Site ids with rows that are no site of this WordPress: the site was deleted without a hook. Empty if there are no sites
	 * at all.
	 *
	 * @return list<int> In ascending order, at most $limit.
	 * @throws \Sallyport\WP\Refusal sallyport_unavailable if the store fails.
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

	/** @throws \Sallyport\WP\Refusal sallyport_unavailable if the store fails. */
	public function delete_all( int $blog_id ): void {
		foreach ( self::OF as $table ) {
			do {
				$deleted = $this->database->prune( $table, 'blog_id = %d', array( $blog_id ), self::BATCH );
			} while ( $deleted > 0 ); // As UserRows does.
		}
	}
}
