<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * Remembers, in one autoloaded option, that the store failed, and which users are owed an epoch: so that
 * acceptance, which asks no table, stops trusting old credentials until Recovery finds everything in order.
 */
final class Health {
	private const OPTION = 'sallyport_down';

	/** Marks the store as failing; kept until recovered(). */
	public function down( string $what ): void {
		if ( ! $this->is_down() ) {
			OwnOption::write( self::OPTION, array( 'owed' => array() ) );
			// phpcs:ignore WordPress.PHP.DevelopmentFunctions.error_log_error_log
			error_log( 'Sallyport: the ' . $what . ' failed; users with a second factor are refused until it answers again.' );
		}
	}

	/** The same, because the epoch of this user could not be replaced. */
	public function owe( int $user_id, bool $enrolled ): void {
		$this->down( 'user state' );
		OwnOption::write( self::OPTION, array( 'owed' => array( $user_id => $enrolled ) + $this->owed() ) );
	}

	/** @return array<int, bool> User id => whether the user is to be marked as enrolled. */
	public function owed(): array {
		$down = get_option( self::OPTION, '' );
		$owed = is_array( $down ) && is_array( $down['owed'] ?? null ) ? $down['owed'] : array();
		return array_filter( $owed, static fn ( mixed $enrolled, int|string $user_id ): bool => is_bool( $enrolled ) && is_int( $user_id ), ARRAY_FILTER_USE_BOTH );
	}

	public function settled( int $user_id ): void {
		OwnOption::write( self::OPTION, array( 'owed' => array_diff_key( $this->owed(), array( $user_id => true ) ) ) );
	}

	public function is_down(): bool {
		return is_array( get_option( self::OPTION, '' ) );
	}

	/** Everything is in order. Also makes the option exist, so that reading it never costs a query. */
	public function recovered(): void {
		OwnOption::write( self::OPTION, '' );
	}
}
