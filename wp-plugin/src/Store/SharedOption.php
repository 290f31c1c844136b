<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Refusal;

/**
 * An option of this blog that several processes change. It is autoloaded, so that reading it costs no query. A write is a
 * compare-and-swap: of two processes that change it at once, the second decides on what the first has left.
 *
 * Its value is an array. `rev` in it grows with each write, so that no two values compare equal under any collation.
 */
class SharedOption {
	private const TRIES = 20;

	/** Whether change() creates the option. Not for a blog's option: Setup creates it, so a missing one was lost. */
	protected const ADDS = false;

	/**
	 * Cache group of {value, when it was read, from which table}, for an object cache that outlives a request. Core's own copy
	 * is not used there: a process that writes any other option writes back all options as it had read them, and so restores
	 * what another process has removed meanwhile.
	 */
	private const CACHE = 'sallyport';

	/**
	 * Seconds after which the row is read again: for so long a cache is believed that missed a write, or was restored to an
	 * old state.
	 */
	private const BELIEVED = 60;

	/** @param Closure(): Database $database Lazy: needed if core's cache is not enough, while every request reads an option. */
	public function __construct(
		protected readonly Closure $database,
		protected readonly string $name,
	) {}

	/** @return mixed The stored value; null if the blog has none yet. Costs no query, or one a minute if the object cache outlives a request. */
	public function read(): mixed {
		try {
			return wp_using_ext_object_cache() ? $this->kept() : $this->stored();
		} catch ( Refusal ) {
			return $this->stored(); // From here on users with a second factor are refused (Health).
		}
	}

	protected function kept(): mixed {
		return self::believed( $this->name, $this->read_row( ... ) );
	}

	/**
	 * The value an option of this blog had within the last minute, if the object cache outlives a request.
	 *
	 * @param callable(): mixed $read Reads its row.
	 */
	public static function believed( string $name, callable $read ): mixed {
		$kept = wp_cache_get( $name, self::CACHE );
		if ( is_array( $kept ) && self::table() === ( $kept['of'] ?? '' ) && abs( time() - $kept['at'] ) < self::BELIEVED ) {
			return $kept['value'];
		}
		wp_cache_delete( $name, self::CACHE );
		$value = $read();
		// Added, not set: a value that another process writes meanwhile is newer.
		wp_cache_add( $name, self::as_kept( $value ), self::CACHE, self::BELIEVED );
		return $value;
	}

	/** Caches a value that was just written. */
	public static function believe( string $name, mixed $value ): void {
		wp_cache_set( $name, self::as_kept( $value ), self::CACHE, self::BELIEVED );
	}

	/** @return array{value: mixed, at: int, of: string} */
	private static function as_kept( mixed $value ): array {
		return array(
			'value' => $value,
			'at'    => time(),
			'of'    => self::table(),
		);
	}

	/**
	 * Identifies the table, because another site may share the cache and its keys: a copy of this one, or a site of the
	 * network.
	 */
	private static function table(): string {
		return implode( '/', array( DB_HOST, DB_NAME, $GLOBALS['wpdb']->options ) );
	}

	/** @return mixed The value, bypassing every cache: a long-running process sees what others have written meanwhile. */
	public function read_row(): mixed {
		$row = $this->row();
		return null === $row ? null : maybe_unserialize( $row );
	}

	/**
	 * Stores the first value, unless there is one: the unique key on the name decides.
	 *
	 * @param array<string, mixed> $value
	 */
	public function begin( array $value ): void {
		$this->add( self::serialized( 1, $value ) );
		$this->forget();
	}

	/**
	 * Reads the value, bypassing every cache, changes it, and writes it if nobody else has meanwhile; else tries again.
	 *
	 * @param callable(mixed): ?array<string, mixed> $change Given the stored value, or null if there is none; returns null to
	 *                                                       leave it unchanged. May be called several times, and may throw.
	 * @return bool False if other processes keep winning the race, or there is no such option.
	 */
	public function change( callable $change ): bool {
		for ( $tries = self::TRIES; $tries > 0; $tries-- ) {
			$row    = $this->row();
			$before = null === $row ? null : maybe_unserialize( $row );
			$this->forget();
			$after = $change( $before );
			if ( null === $after ) {
				return true;
			}
			if ( null === $row && ! static::ADDS ) {
				return false;
			}
			$rev     = self::rev( $before ) + 1;
			$value   = self::serialized( $rev, $after );
			$written = null === $row ? $this->add( $value ) : $this->replace( $value, $row );
			$this->forget();
			if ( 1 === $written ) {
				self::believe( $this->name, maybe_unserialize( $value ) );
				return true;
			}
		}
		return false;
	}

	/** The value as core caches it; null if there is none. */
	protected function stored(): mixed {
		return get_option( $this->name, null );
	}

	protected function row(): ?string {
		return ( $this->database )()->row( 'SELECT option_value FROM {options} WHERE option_name = %s', array( $this->name ) )['option_value']
			?? null;
	}

	/** @return int 0 if there is a row already. */
	protected function add( string $value ): int {
		return ( $this->database )()->execute( "INSERT IGNORE INTO {options} (option_name, option_value, autoload) VALUES (%s, %s, 'yes')", array( $this->name, $value ) );
	}

	/** @return int 0 if the row no longer holds $row. */
	protected function replace( string $value, string $row ): int {
		return ( $this->database )()->execute( 'UPDATE {options} SET option_value = %s WHERE option_name = %s AND option_value = %s', array( $value, $this->name, $row ) );
	}

	private static function rev( mixed $stored ): int {
		return is_array( $stored ) ? (int) ( $stored['rev'] ?? 0 ) : 0;
	}

	/** @param array<string, mixed> $value */
	private static function serialized( int $rev, array $value ): string {
		return (string) maybe_serialize( array( 'rev' => $rev ) + $value );
	}

	/** Clears core's caches, so that the next read gets the row. */
	protected function forget(): void {
		foreach ( array( 'alloptions', 'notoptions', $this->name ) as $key ) {
			wp_cache_delete( $key, 'options' );
		}
		wp_cache_delete( $this->name, self::CACHE );
	}
}
