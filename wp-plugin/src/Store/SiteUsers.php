<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use WP_User;

/** The users of this site, one after the other: found by the thousand, and read a few hundred at a time, with the meta that is asked of each. */
final class SiteUsers {
	private const BATCH = 500;

	/** Ids read at a time. On a network, and of a role, core looks at every user there is to find a part of them. */
	private const IDS = 20000;

	/**
	 * @param array<string, mixed> $which As WP_User_Query takes it.
	 * @return iterable<WP_User> By id.
	 */
	public static function each( int $most = PHP_INT_MAX, array $which = array() ): iterable {
		for ( $offset = 0; $offset < $most; $offset += self::IDS ) {
			$ids = self::found( array( 'fields' => 'ID', 'offset' => $offset, 'number' => min( self::IDS, $most - $offset ) ) + $which );
			foreach ( array_chunk( $ids, self::BATCH ) as $some ) {
				foreach ( self::found( array( 'include' => $some ) ) as $user ) {
					yield $user;
				}
				// Core keeps every user it has read in memory, and a site may have more than fit.
				wp_cache_supports( 'flush_runtime' ) && wp_cache_flush_runtime();
			}
			if ( count( $ids ) < self::IDS ) {
				return;
			}
		}
	}

	/**
	 * @param array<string, mixed> $which
	 * @return list<int|string|WP_User> By id.
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
