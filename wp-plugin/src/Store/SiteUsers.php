<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use WP_User;

/** The users of this site, one after the other: read a few hundred at a time, with the meta that is asked of each. */
final class SiteUsers {
	private const BATCH = 500;

	/**
	 * @param array<string, mixed> $which As WP_User_Query takes it.
	 * @return iterable<WP_User> By id.
	 */
	public static function each( int $most = PHP_INT_MAX, array $which = array() ): iterable {
		$users = null;
		for ( $offset = 0; $offset < $most && array() !== $users; $offset += self::BATCH ) {
			$users = get_users(
				$which + array(
					'orderby'     => 'ID',
					'offset'      => $offset,
					'number'      => min( self::BATCH, $most - $offset ),
					'count_total' => false,
				)
			);
			foreach ( $users as $user ) {
				yield $user;
			}
			// Core keeps every user it has read in memory, and a site may have more than fit.
			wp_cache_supports( 'flush_runtime' ) && wp_cache_flush_runtime();
		}
	}
}
