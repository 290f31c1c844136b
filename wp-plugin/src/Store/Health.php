<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Blog;
use Sallyport\WP\Php;
use Sallyport\WP\Refusal;

/**
 * Remembers, in one autoloaded option, that the store failed, and which users are owed an epoch: so that
 * acceptance, which asks no table, stops trusting old credentials until every table answers and every owed epoch is stored.
 */
final class Health {
	private const OPTION = 'sallyport_down';
	private const TRIES  = 20;

	/**
	 * @param Closure(): Schema $schema Made when the store has failed.
	 * @param Closure(): State  $state  Likewise.
	 */
	public function __construct(
		private readonly Closure $schema,
		private readonly Closure $state,
	) {}

	/**
	 * Costs no query while all is well.
	 *
	 * @throws Refusal While the store still fails.
	 */
	public function require_store(): void {
		if ( $this->is_down() ) {
			( $this->schema )()->require_tables();
			SharedOption::believe( self::OPTION, maybe_unserialize( self::row() ) ); // A cache that was put back as it was may name epochs that are owed no more.
			( $this->state )()->settle( time() );
			$this->recovered();
		}
	}

	/** Marks the store as failing; kept until require_store() finds everything in order. */
	public function down( string $what ): void {
		$was_down = $this->is_down();
		self::change( static fn ( ?array $owed ): array => $owed ?? array() );
		if ( ! $was_down ) {
			Php::log( 'the ' . $what . ' failed; users with a second factor are refused until it answers again.' );
		}
	}

	/** The same, because the epoch of this user could not be replaced: on every site of a network, since users and their epochs are the network's. */
	public function owe( int $user_id, bool $enrolled ): void {
		$this->down( 'user state' );
		self::everywhere( static fn () => self::change( static fn ( ?array $owed ): array => array( $user_id => $enrolled ) + (array) $owed ) );
	}

	/** @return array<int, bool> User id => whether the user is to be marked as enrolled. */
	public function owed(): array {
		return self::owed_in( self::said() ) ?? array();
	}

	/** Everywhere: each site that still owed it would raise the epoch again, and sign its user out. */
	public function settled( int $user_id ): void {
		self::everywhere( static fn () => self::change( static fn ( ?array $owed ): ?array => null === $owed ? null : array_diff_key( $owed, array( $user_id => true ) ) ) );
	}

	/** On this site first: a store that fails may tell of no others. It is rare, so that it may take a while. */
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

	/** @return mixed What is stored, as any other option of ours that acceptance reads (adr/0038). */
	private static function said(): mixed {
		return wp_using_ext_object_cache() ? SharedOption::believed( self::OPTION, static fn (): mixed => maybe_unserialize( self::row() ) ) : get_option( self::OPTION, '' );
	}

	/** Makes the option exist, so that reading it never costs a query, and leaves what it says. */
	public function prepare(): void {
		self::change( static fn ( ?array $owed ): ?array => $owed );
	}

	/** Everything is in order, unless somebody is owed an epoch since. */
	private function recovered(): void {
		self::change( static fn ( ?array $owed ): ?array => array() === $owed ? null : $owed );
	}

	/**
	 * Changes what the row says, where it still says what was read: other processes meet the same failure, and none may lose
	 * whom another owes an epoch. Past Database, which marks here what fails.
	 *
	 * @param Closure(array<int, bool>|null): (array<int, bool>|null) $change Whom an epoch is owed; null while all is well.
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
				null    => $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO %i (option_name, option_value, autoload) VALUES (%s, %s, 'yes')", $wpdb->options, self::OPTION, $value ) ),
				default => $wpdb->query( $wpdb->prepare( 'UPDATE %i SET option_value = %s WHERE option_name = %s AND option_value = %s', $wpdb->options, $value, self::OPTION, $row ) ),
			};
			if ( 1 === $written ) {
				self::tell_core( $value );
			}
		}
		$wpdb->suppress_errors( $quiet );
	}

	/** @return string|null Past core's cache; where only reading fails, what that has does: it is written over if the row still says so. Null where there is none. */
	private static function row(): ?string {
		global $wpdb;
		$quiet = $wpdb->suppress_errors( true );
		$row   = $wpdb->get_row( $wpdb->prepare( 'SELECT option_value FROM %i WHERE option_name = %s', $wpdb->options, self::OPTION ), ARRAY_A ); // To get_var() an empty one is none.
		$wpdb->suppress_errors( $quiet );
		return '' === $wpdb->last_error ? $row['option_value'] ?? null : maybe_serialize( get_option( self::OPTION, null ) );
	}

	/** Core's copies, as update_option() leaves them. They are not dropped: read anew while the database fails, no option would be there. */
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
	 * @param mixed $down What is stored.
	 * @return array<int, bool>|null Null while all is well.
	 */
	private static function owed_in( mixed $down ): ?array {
		if ( ! is_array( $down ) ) {
			return null;
		}
		$owed = is_array( $down['owed'] ?? null ) ? $down['owed'] : array();
		return array_filter( $owed, static fn ( mixed $enrolled, int|string $user_id ): bool => is_bool( $enrolled ) && is_int( $user_id ), ARRAY_FILTER_USE_BOTH );
	}
}
