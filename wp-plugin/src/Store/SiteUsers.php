<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use WP_User;

/** Iterates over this site's users: ids are found by the thousand, and users read a few hundred at a time with their meta. */
final class SiteUsers {
	private const BATCH = 500;

	/** Ids per query. To find users of a network's site, or of a role, core scans all users. */
	private const IDS = 20000;

	/**
	 * @param array<string, mixed> $which Arguments for WP_User_Query.
	 * @return iterable<WP_User> Ordered by id.
	 */
	public static function each( int $most = PHP_INT_MAX, array $which = array() ): iterable {
		for ( $offset = 0; $offset < $most; $offset += self::IDS ) {
			$ids = self::found( array( 'fields' => 'ID', 'offset' => $offset, 'number' => min( self::IDS, $most - $offset ) ) + $which );
			foreach ( array_chunk( $ids, self::BATCH ) as $some ) {
				foreach ( self::found( array( 'include' => $some ) ) as $user ) {
					yield $user;
				}
				// Core caches every user it reads, and a site may have more users than fit into memory.
				wp_cache_supports( 'flush_runtime' ) && wp_cache_flush_runtime();
			}
			if ( count( $ids ) < self::IDS ) {
				return;
			}
		}
	}

	/**
	 * @param array<string, mixed> $which
	 * @return list<int|string|WP_User> Ordered by id.
	 */
	private static function found( array $which ): array {
		return get_users(
			$which + array(
				'orderby'     => 'ID',
				'count_total' => false,
			)
		);
	}
}
