<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Refusal;

/**
 * Those of our options that are written as a whole; SharedOption and Lease use statements of their own. Over the web nobody
 * else can write one: core's page of all options lets an administrator write any name, without a proof.
 */
final class OwnOption {
	private const PREFIX = 'sallyport_';

	private static bool $writing = false;

	public static function write( string $name, mixed $value, bool $autoload = true ): void {
		self::$writing = true;
		try {
			$written = update_option( $name, $value, $autoload );
		} finally {
			self::$writing = false;
		}
		// Core writes only what differs from its cache. A cache restored to an old state would hide the difference for good.
		if ( ! $written && get_option( $name ) !== $value && '' === $GLOBALS['wpdb']->last_error ) {
			self::reread( $name );
		}
	}

	/**
	 * Makes the next read go to the row, if core's cache outlives a request. Not while the database fails: core would cache that
	 * there are no options, and so no active plugins.
	 */
	private static function reread( string $name ): void {
		foreach ( wp_using_ext_object_cache() ? array( 'alloptions', 'notoptions', $name ) : array() as $key ) {
			wp_cache_delete( $key, 'options' );
		}
	}

	/**
	 * Filter pre_update_option, last.
	 *
	 * @param mixed               $new      What is about to be stored.
	 * @param mixed               $old      What is stored.
	 * @param Closure(): Database $database Lazy: needed if the name alone does not tell.
	 * @return mixed The old value refuses.
	 */
	public static function keep( mixed $new, string $name, mixed $old, Closure $database ): mixed {
		return self::$writing || 'cli' === PHP_SAPI || ! self::is_ours( $name, $database ) ? $new : $old;
	}

	/** Whether a write of this name would hit one of our options. The database ignores case and accents. */
	private static function is_ours( string $name, Closure $database ): bool {
		if ( 1 === preg_match( '/[^\x20-\x7e]/', $name ) ) {
			try {
				$name = $database()->row( 'SELECT option_name FROM {options} WHERE option_name = %s', array( $name ) )['option_name'] ?? '';
			} catch ( Refusal ) {
				return true; // Fail closed: it cannot be told.
			}
		}
		return str_starts_with( strtolower( $name ), self::PREFIX );
	}
}
