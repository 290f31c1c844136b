<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Refusal;

/**
 * An option of this blog that several processes change: autoloaded, so that reading it costs no query, and written
 * only where it still is what was read, so that of two processes that change it at one time the second decides on what
 * the first left.
 *
 * Its value is an array; `rev` in it grows with each write, so that no two values compare alike under any collation.
 */
class SharedOption {
	private const TRIES = 20;

	/** Whether change() adds one that is not there: of a blog's, which Setup begins, it is one that was lost. */
	protected const ADDS = false;

	/**
	 * The group of {value, when it was read, from which table} in an object cache that outlives a request. Core's own copy is not asked there:
	 * a process that writes some other option puts back all options as it found them, what was taken out of this one meanwhile
	 * among them.
	 */
	private const CACHE = 'sallyport';

	/** Seconds after which the row itself is read again: so long a cache is believed that missed a write, or was put back as it was. */
	private const BELIEVED = 60;

	/** @param Closure(): Database $database Made when core's cache does not do: every request reads one. */
	public function __construct(
		protected readonly Closure $database,
		protected readonly string $name,
	) {}

	/** @return mixed What is stored; null on a blog that has none yet. Costs no query; where the object cache outlives a request, one a minute. */
	public function read(): mixed {
		try {
			return wp_using_ext_object_cache() ? $this->kept() : $this->stored();
		} catch ( Refusal ) {
			return $this->stored(); // Whoever has a second factor is refused from here on (Health).
		}
	}

	protected function kept(): mixed {
		return self::believed( $this->name, $this->read_row( ... ) );
	}

	/**
	 * What an option of this blog said within the last minute, where the object cache outlives a request.
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
		// Added, not set: what another process writes meanwhile is newer.
		wp_cache_add( $name, self::as_kept( $value ), self::CACHE, self::BELIEVED );
		return $value;
	}

	/** The same of one that was just written. */
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

	/** Another site, such as a copy of this one, may have the same cache under the same keys; so may the sites of a network. */
	private static function table(): string {
		return implode( '/', array( DB_HOST, DB_NAME, $GLOBALS['wpdb']->options ) );
	}

	/** @return mixed The same past every cache, for a process that lasts: it sees what others have written meanwhile. */
	public function read_row(): mixed {
		$row = $this->row();
		return null === $row ? null : maybe_unserialize( $row );
	}

	/**
	 * Stores the first value, unless there is one: the unique name decides.
	 *
	 * @param array<string, mixed> $value
	 */
	public function begin( array $value ): void {
		$this->add( self::serialized( 1, $value ) );
		$this->forget();
	}

	/**
	 * Reads the value past every cache, changes it, and writes it if nobody else has meanwhile; else again.
	 *
	 * @param callable(mixed): ?array<string, mixed> $change Given what is stored, null where nothing is; answers null to
	 *                                                       leave it so. May be called several times, and may throw.
	 * @return bool False when others keep being faster, or there is no such option.
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

	/** As core caches it; null where there is none. */
	protected function stored(): mixed {
		return get_option( $this->name, null );
	}

	protected function row(): ?string {
		return ( $this->database )()->row( 'SELECT option_value FROM {options} WHERE option_name = %s', array( $this->name ) )['option_value'] ?? null;
	}

	/** @return int 0 where there is one already. */
	protected function add( string $value ): int {
		return ( $this->database )()->execute( "INSERT IGNORE INTO {options} (option_name, option_value, autoload) VALUES (%s, %s, 'yes')", array( $this->name, $value ) );
	}

	/** @return int 0 where it is no longer $row. */
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

	/** Core's caches: whoever reads next reads the row itself. */
	protected function forget(): void {
		foreach ( array( 'alloptions', 'notoptions', $this->name ) as $key ) {
			wp_cache_delete( $key, 'options' );
		}
		wp_cache_delete( $this->name, self::CACHE );
	}
}
