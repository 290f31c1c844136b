<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The reset codes table: the MAC of each user's one valid code for resetting the password.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class ResetCodeRows {
	public function __construct( private readonly Database $database ) {}

	/**
	 * Stores a code, which replaces the user's earlier one.
	 *
	 * @param int $tries_until The user's count of failures at which this code is void.
	 */
	public function put( int $user_id, string $mac, int $tries_until, int $expires_at ): void {
		$this->database->execute(
			'REPLACE INTO {reset_codes} (user_id, mac, tries_until, expires_at) VALUES (%d, %s, %d, %d)',
			array( $user_id, $mac, $tries_until, $expires_at )
		);
	}

	/** @return array{mac: string, tries_until: int}|null */
	public function find( int $user_id, int $now ): ?array {
		$row = $this->database->row( 'SELECT mac, tries_until FROM {reset_codes} WHERE user_id = %d AND expires_at > %d', array( $user_id, $now ) );
		return null === $row ? null : array(
			'mac'         => $row['mac'],
			'tries_until' => (int) $row['tries_until'],
		);
	}

	/** Consumes a code, once only: false if another request used it, or another code replaced it. */
	public function consume( int $user_id, string $mac, int $now ): bool {
		return $this->database->decide(
			'UPDATE {reset_codes} SET expires_at = 0 WHERE user_id = %d AND mac = %s AND expires_at > %d',
			array( $user_id, $mac, $now )
		);
	}
}
