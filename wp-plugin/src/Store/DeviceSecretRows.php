<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The device secrets table: the digests of replaced secrets of trusted devices and, for a moment, the sealed successor.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class DeviceSecretRows {
	public function __construct( private readonly Database $database ) {}

	/** Records the successor of a secret, once only: if several requests replace it at once, the first one's successor counts. */
	public function replace( string $digest, int $device_id, string $successor, int $now, int $expires_at ): void {
		$this->database->execute(
			'INSERT IGNORE INTO {device_secrets} (digest, device_id, successor, replaced_at, expires_at) VALUES (%s, %d, %s, %d, %d)',
			array( $digest, $device_id, $successor, $now, $expires_at )
		);
	}

	/** @return array{device_id: int, successor: string, replaced_at: int}|null */
	public function find( string $digest ): ?array {
		$row = $this->database->row( 'SELECT device_id, successor, replaced_at FROM {device_secrets} WHERE digest = %s', array( $digest ) );
		return null === $row ? null : array(
			'device_id'   => (int) $row['device_id'],
			'successor'   => $row['successor'],
			'replaced_at' => (int) $row['replaced_at'],
		);
	}

	/** Erases successors that are no longer handed out. */
	public function forget_successors( int $device_id, int $before ): void {
		$this->database->execute(
			"UPDATE {device_secrets} SET successor = '' WHERE device_id = %d AND successor <> '' AND replaced_at < %d",
			array( $device_id, $before )
		);
	}
}
