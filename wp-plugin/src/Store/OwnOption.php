<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Refusal;

/**
 * The options of ours that are written whole; SharedOption and Lease write by a statement of their own. Over the web
 * nobody else writes one: core's page of all options takes any name from an administrator, and asks for no proof.
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
		// Core writes what differs from its cache. In one that was put back as it was, what the row says already would differ without end.
		if ( ! $written && get_option( $name ) !== $value && '' === $GLOBALS['wpdb']->last_error ) {
			self::reread( $name );
		}
	}

	/**
	 * Whoever reads it next reads the row, where core's cache outlives a request. Not while the database fails: core would keep
	 * that there are no options, and with them no plugins.
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
	 * @param mixed               $old      What is.
	 * @param Closure(): Database $database Made where the name alone does not tell.
	 * @return mixed The old value refuses.
	 */
	public static function keep( mixed $new, string $name, mixed $old, Closure $database ): mixed {
		return self::$writing || 'cli' === PHP_SAPI || ! self::is_ours( $name, $database ) ? $new : $old;
	}

	/** Whether a write of this name would find one of ours: to the database another case, or an accent, is the same. */
	private static function is_ours( string $name, Closure $database ): bool {
		if ( 1 === preg_match( '/[^\x20-\x7e]/', $name ) ) {
			try {
				$name = $database()->row( 'SELECT option_name FROM {options} WHERE option_name = %s', array( $name ) )['option_name'] ?? '';
			} catch ( Refusal ) {
				return true; // Nobody can tell.
			}
		}
		return str_starts_with( strtolower( $name ), self::PREFIX );
	}
}
