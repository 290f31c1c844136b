<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Blog;
use Sallyport\WP\Refusal;

/**
 * Remembers, in one autoloaded option, that the store failed, and which users are owed an epoch: so that
 * acceptance, which asks no table, stops trusting old credentials until every table answers and every owed epoch is stored.
 */
final class Health {
	private const OPTION = 'sallyport_down';

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
			OwnOption::reread( self::OPTION ); // A cache that was put back as it was may name epochs that are owed no more.
			( $this->state )()->settle( time() );
			$this->recovered();
		}
	}

	/** Marks the store as failing; kept until require_store() finds everything in order. */
	public function down( string $what ): void {
		if ( ! $this->is_down() ) {
			OwnOption::write( self::OPTION, array( 'owed' => array() ) );
			// phpcs:ignore WordPress.PHP.DevelopmentFunctions.error_log_error_log
			error_log( 'Sallyport: the ' . $what . ' failed; users with a second factor are refused until it answers again.' );
		}
	}

	/** The same, because the epoch of this user could not be replaced: on every site of a network, since users and their epochs are the network's. */
	public function owe( int $user_id, bool $enrolled ): void {
		$this->down( 'user state' );
		if ( ( $this->owed()[ $user_id ] ?? null ) !== $enrolled ) {
			self::everywhere( fn () => OwnOption::write( self::OPTION, array( 'owed' => array( $user_id => $enrolled ) + $this->owed() ) ) );
		}
	}

	/** @return array<int, bool> User id => whether the user is to be marked as enrolled. */
	public function owed(): array {
		$down = get_option( self::OPTION, '' );
		$owed = is_array( $down ) && is_array( $down['owed'] ?? null ) ? $down['owed'] : array();
		return array_filter( $owed, static fn ( mixed $enrolled, int|string $user_id ): bool => is_bool( $enrolled ) && is_int( $user_id ), ARRAY_FILTER_USE_BOTH );
	}

	/** Everywhere: each site that still owed it would raise the epoch again, and sign its user out. */
	public function settled( int $user_id ): void {
		self::everywhere( fn () => isset( $this->owed()[ $user_id ] ) && OwnOption::write( self::OPTION, array( 'owed' => array_diff_key( $this->owed(), array( $user_id => true ) ) ) ) );
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
		return is_array( get_option( self::OPTION, '' ) );
	}

	/** Makes the option exist, and leaves what it says. */
	public function prepare(): void {
		$this->is_down() || $this->recovered();
	}

	/** Everything is in order. Also makes the option exist, so that reading it never costs a query. */
	private function recovered(): void {
		OwnOption::write( self::OPTION, '' );
	}
}
