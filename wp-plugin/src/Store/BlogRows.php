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

	/** @throws \Sallyport\WP\Refusal sallyport_unavailable, when the store fails. */
	public function delete_all( int $blog_id ): void {
		foreach ( self::OF as $table ) {
			do {
				$deleted = $this->database->prune( $table, 'blog_id = %d', array( $blog_id ), self::BATCH );
			} while ( $deleted > 0 ); // As UserRows does.
		}
	}
}
