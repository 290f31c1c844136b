<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;

/** One site of a network, which WordPress' own functions call a blog. */
final class Blog {
	/** Blogs after which core's memory is cleared. */
	private const BATCH = 100;

	/** @return list<int> Every blog that shares our tables, also those of other networks of this WordPress. */
	public static function all(): array {
		return self::found( array() );
	}

	/** @return list<int> The blogs of this network. */
	public static function of_network(): array {
		return self::found( array( 'network_id' => self::network() ) );
	}

	/** The network of the current blog, also after switching; core's function keeps answering for the original request. */
	public static function network(): int {
		return is_multisite() ? (int) ( get_site()->network_id ?? get_current_network_id() ) : get_current_network_id();
	}

	/**
	 * @param array<string, int> $which
	 * @return list<int>
	 */
	private static function found( array $which ): array {
		return is_multisite()
			? array_map( 'intval', get_sites( $which + array( 'fields' => 'ids', 'number' => 0 ) ) )
			: array( get_current_blog_id() );
	}

	/** @return list<int> The blogs a user belongs to, archived ones included: what is theirs there is theirs again when it reopens. */
	public static function of( int $user_id ): array {
		if ( ! is_multisite() ) {
			return array( get_current_blog_id() );
		}
		$of = array_map( 'intval', array_keys( get_blogs_of_user( $user_id, true ) ) );
		// A super admin has the network's screens on the main site, member or not.
		return is_super_admin( $user_id ) ? array_values( array_unique( array( ...$of, get_main_site_id() ) ) ) : $of;
	}

	/**
	 * Iterates over blogs to visit by on(). Core keeps the options of every visited blog in memory, and a network may have more
	 * blogs than fit.
	 *
	 * @param list<int> $blog_ids
	 * @return iterable<int>
	 */
	public static function each( array $blog_ids ): iterable {
		foreach ( array_chunk( $blog_ids, self::BATCH ) as $done => $some ) {
			$done > 0 && wp_cache_supports( 'flush_runtime' ) && wp_cache_flush_runtime();
			yield from $some;
		}
	}

	/**
	 * Runs something as a request to that blog would, and switches back.
	 *
	 * @template T
	 * @param Closure(): T $what
	 * @return T
	 */
	public static function on( int $blog_id, Closure $what ): mixed {
		if ( get_current_blog_id() === $blog_id ) {
			return $what();
		}
		switch_to_blog( $blog_id );
		try {
			return $what();
		} finally {
			restore_current_blog();
		}
	}
}
