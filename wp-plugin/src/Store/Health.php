<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Blog;
use Sallyport\WP\Php;
use Sallyport\WP\Refusal;

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- a cache decides nothing (docs/adr/0038).

/**
 * Remembers in one autoloaded option that the store failed, and which users are owed a new epoch. Acceptance itself asks no
 * table, so this makes it stop trusting old credentials until every table answers again and every owed epoch is stored.
 */
final class Health {
	private const OPTION = 'sallyport_down';
	private const TRIES  = 20;

	/**
	 * @param Closure(): Schema $schema Lazy: needed once the store has failed.
	 * @param Closure(): State  $state  Lazy, likewise.
	 */
	public function __construct(
		private readonly Closure $schema,
		private readonly Closure $state,
	) {}

	/**
	 * Costs no query while all is well.
	 *
	 * @throws Refusal As long as the store fails.
	 */
	public function require_store(): void {
		if ( $this->is_down() ) {
			( $this->schema )()->require_tables();
			// A cache restored from an old state may name epochs that are no longer owed.
			SharedOption::believe( self::OPTION, maybe_unserialize( self::row() ) );
			( $this->state )()->settle( time() );
			$this->recovered();
		}
	}

	/** Marks the store as failing, until require_store() finds everything in order. */
	public function down( string $what ): void {
		$was_down = $this->is_down();
		self::change( static fn ( ?array $owed ): array => $owed ?? array() );
		if ( ! $was_down ) {
			Php::log( 'the ' . $what . ' failed; users with a second factor are refused until it answers again.' );
		}
	}

	/**
	 * Marks the store as failing because this user's epoch could not be replaced. Written on every site of a network, since
	 * users and their epochs are network-wide.
	 */
	public function owe( int $user_id, bool $enrolled ): void {
		$this->down( 'user state' );
		$add = static fn ( ?array $owed ): array => array( $user_id => $enrolled ) + (array) $owed;
		self::everywhere( static fn () => self::change( $add ) );
	}

	/** @return array<int, bool> User id => whether to mark the user as enrolled. */
	public function owed(): array {
		return self::owed_in( self::said() ) ?? array();
	}

	/** Clears it on every site: a site that still owed the epoch would raise it again, and sign its user out. */
	public function settled( int $user_id ): void {
		self::everywhere(
			static fn () => self::change(
				static fn ( ?array $owed ): ?array => null === $owed ? null : array_diff_key( $owed, array( $user_id => true ) )
			)
		);
	}

	/** Starts with this site, because a failing store may not list the others. It happens rarely, so it may be slow. */
	private static function everywhere( Closure $what ): void {
		$here = get_current_blog_id();
		$what();
		foreach ( array_diff( Blog::all(), array( $here ) ) as $blog_id ) {
			Blog::on( $blog_id, $what );
		}
	}

	public function is_down(): bool {
		return is_array( self::said() );
	}

	/** @return mixed The stored value, cached like every other option of ours that Acceptance reads (adr/0038). */
	private static function said(): mixed {
		return wp_using_ext_object_cache()
			? SharedOption::believed( self::OPTION, static fn (): mixed => maybe_unserialize( self::row() ) )
			: get_option( self::OPTION, '' );
	}

	/** Creates the option, so that reading it never costs a query; an existing value stays. */
	public function prepare(): void {
		self::change( static fn ( ?array $owed ): ?array => $owed );
	}

	/** Marks everything as in order, unless a user is owed an epoch since. */
	private function recovered(): void {
		self::change( static fn ( ?array $owed ): ?array => array() === $owed ? null : $owed );
	}

	/**
	 * Changes the row if it still holds what was read. Other processes meet the same failure, and none may lose an epoch that
	 * another one owes. Does not go through Database, whose failures are recorded here.
	 *
	 * @param Closure(array<int, bool>|null): (array<int, bool>|null) $change The owed epochs; null while all is well.
	 */
	private static function change( Closure $change ): void {
		global $wpdb;
		$quiet = $wpdb->suppress_errors( true );
		for ( $tries = self::TRIES, $written = 0; 0 === $written && $tries > 0; $tries-- ) {
			$row     = self::row();
			$owed    = $change( self::owed_in( maybe_unserialize( $row ) ) );
			$value   = null === $owed ? '' : (string) maybe_serialize( array( 'owed' => $owed ) );
			$written = match ( $row ) {
				$value  => 1,
				null    => $wpdb->query(
					$wpdb->prepare( "INSERT IGNORE INTO %i (option_name, option_value, autoload) VALUES (%s, %s, 'yes')", $wpdb->options, self::OPTION, $value )
				),
				default => $wpdb->query(
					$wpdb->prepare( 'UPDATE %i SET option_value = %s WHERE option_name = %s AND option_value = %s', $wpdb->options, $value, self::OPTION, $row )
				),
			};
			if ( 1 === $written ) {
				self::tell_core( $value );
			}
		}
		$wpdb->suppress_errors( $quiet );
	}

	/**
	 * Reads the row, bypassing core's cache. If only reading fails, it falls back to the cached value, which is overwritten only
	 * if the row still holds it.
	 *
	 * @return string|null Null if there is no row.
	 */
	private static function row(): ?string {
		global $wpdb;
		$quiet = $wpdb->suppress_errors( true );
		// get_var() takes an empty value for null.
		$row   = $wpdb->get_row( $wpdb->prepare( 'SELECT option_value FROM %i WHERE option_name = %s', $wpdb->options, self::OPTION ), ARRAY_A );
		$wpdb->suppress_errors( $quiet );
		return '' === $wpdb->last_error ? $row['option_value'] ?? null : maybe_serialize( get_option( self::OPTION, null ) );
	}

	/**
	 * Updates core's caches as update_option() does. They are not deleted: if they were reloaded while the database fails, core
	 * would find no options at all.
	 */
	private static function tell_core( string $value ): void {
		SharedOption::believe( self::OPTION, maybe_unserialize( $value ) );
		$all = wp_cache_get( 'alloptions', 'options' );
		if ( is_array( $all ) && $value !== ( $all[ self::OPTION ] ?? null ) ) {
			wp_cache_set( 'alloptions', array( self::OPTION => $value ) + $all, 'options' );
		}
		$none = wp_cache_get( 'notoptions', 'options' );
		if ( isset( $none[ self::OPTION ] ) ) {
			wp_cache_set( 'notoptions', array_diff_key( $none, array( self::OPTION => true ) ), 'options' );
		}
	}

	/**
	 * @param mixed $down The stored value.
	 * @return array<int, bool>|null Null while all is well.
	 */
	private static function owed_in( mixed $down ): ?array {
		if ( ! is_array( $down ) ) {
			return null;
		}
		$owed = is_array( $down['owed'] ?? null ) ? $down['owed'] : array();
		return array_filter(
			$owed,
			static fn ( mixed $enrolled, int|string $user_id ): bool => is_bool( $enrolled ) && is_int( $user_id ),
			ARRAY_FILTER_USE_BOTH
		);
	}
}
