<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The devices table: each device's user and the digest of its secret.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class DeviceRows {
	public function __construct( private readonly Database $database ) {}

	/** @param array<string, int|string> $row */
	public function add( array $row ): void {
		$this->database->insert( 'devices', $row );
	}

	public function with_digest( string $digest, int $now ): ?DeviceRow {
		return $this->one( 'digest = %s AND expires_at > %d', array( $digest, $now ) );
	}

	public function find( int $id, int $now ): ?DeviceRow {
		return $this->one( 'id = %d AND expires_at > %d', array( $id, $now ) );
	}

	/** @param list<int|string> $args */
	private function one( string $where, array $args ): ?DeviceRow {
		$row = $this->database->row( 'SELECT * FROM {devices} WHERE ' . $where, $args );
		return null === $row ? null : DeviceRow::from( $row );
	}

	/** @return list<DeviceRow> The user's devices, the oldest first. */
	public function of( int $user_id, int $now ): array {
		return array_map(
			DeviceRow::from( ... ),
			$this->database->rows( 'SELECT * FROM {devices} WHERE user_id = %d AND expires_at > %d ORDER BY id', array( $user_id, $now ) )
		);
	}

	public function use( int $id, int $now ): void {
		$this->database->execute( 'UPDATE {devices} SET last_used_at = %d WHERE id = %d', array( $now, $id ) );
	}

	/** Replaces a trusted device's secret, once only: false if another request did, or the device is gone. */
	public function rotate( int $id, string $digest, string $successor, int $now, int $expires_at ): bool {
		return $this->database->decide(
			'UPDATE {devices} SET digest = %s, last_used_at = %d, expires_at = %d WHERE id = %d AND digest = %s AND trusted_at > 0',
			array( $successor, $now, $expires_at, $id, $digest )
		);
	}

	/** False if the user has no device with this id. */
	public function delete( int $id, int $user_id ): bool {
		return $this->database->decide( 'DELETE FROM {devices} WHERE id = %d AND user_id = %d', array( $id, $user_id ) );
	}

	/** Deletes all but the user's $most newest devices. */
	public function keep_newest( int $user_id, int $most ): void {
		$kept = $this->database->rows( 'SELECT id FROM {devices} WHERE user_id = %d ORDER BY id DESC LIMIT %d', array( $user_id, $most ) );
		if ( count( $kept ) === $most ) {
			$this->database->execute( 'DELETE FROM {devices} WHERE user_id = %d AND id < %d', array( $user_id, (int) end( $kept )['id'] ) );
		}
	}

	public function delete_all( int $user_id ): void {
		$this->database->execute( 'DELETE FROM {devices} WHERE user_id = %d', array( $user_id ) );
	}

	public function delete_trusted( int $user_id ): void {
		$this->database->execute( 'DELETE FROM {devices} WHERE user_id = %d AND trusted_at > 0', array( $user_id ) );
	}
}
