<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;

/** One site of a network; WordPress' own functions call it a blog. */
final class Blog {
	/** Those of which core's memory is kept at a time. */
	private const BATCH = 100;

	/** @return list<int> Every one that shares our tables, of other networks of this WordPress, too; the one there is where there is no network. */
	public static function all(): array {
		return self::found( array() );
	}

	/** @return list<int> Those of this network alone. */
	public static function of_network(): array {
		return self::found( array( 'network_id' => self::network() ) );
	}

	/** The network of the blog that is switched to: core's own stays that of the request. */
	public static function network(): int {
		return is_multisite() ? (int) ( get_site()->network_id ?? get_current_network_id() ) : get_current_network_id();
	}

	/**
	 * @param array<string, int> $which
	 * @return list<int>
	 */
	private static function found( array $which ): array {
		return is_multisite() ? array_map( 'intval', get_sites( $which + array( 'fields' => 'ids', 'number' => 0 ) ) ) : array( get_current_blog_id() );
	}

	/** @return list<int> Those a user belongs to, closed ones too: what is theirs there is theirs again when it opens. */
	public static function of( int $user_id ): array {
		if ( ! is_multisite() ) {
			return array( get_current_blog_id() );
		}
		$of = array_map( 'intval', array_keys( get_blogs_of_user( $user_id, true ) ) );
		// Whoever runs the network has its screens on the main site, member or not.
		return is_super_admin( $user_id ) ? array_values( array_unique( array( ...$of, get_main_site_id() ) ) ) : $of;
	}

	/**
	 * One after the other, to go to each by on(). Core keeps in memory the options of every one it has been to, and of those a
	 * network may have more than fit.
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
	 * Does something as a request to that blog would, and comes back.
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
