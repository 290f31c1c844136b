<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The refresh tokens table: the digest of each token and, for a moment after its rotation, the sealed successor.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class RefreshRows {
	public function __construct( private readonly Database $database ) {}

	public function add( string $digest, int $family_id, int $expires_at ): void {
		$this->database->insert(
			'refresh_tokens',
			array(
				'digest'     => $digest,
				'family_id'  => $family_id,
				'expires_at' => $expires_at,
				'successor'  => '',
			)
		);
	}

	/** @return array{family_id: int, expires_at: int, rotated_at: int, successor: string}|null */
	public function find( string $digest ): ?array {
		$row = $this->database->row( 'SELECT family_id, expires_at, rotated_at, successor FROM {refresh_tokens} WHERE digest = %s', array( $digest ) );
		return null === $row ? null : array(
			'family_id'  => (int) $row['family_id'],
			'expires_at' => (int) $row['expires_at'],
			'rotated_at' => (int) $row['rotated_at'],
			'successor'  => $row['successor'],
		);
	}

	/** Rotates a token, once only: false if another request did, or its family has ended. */
	public function rotate( string $digest, string $successor, int $now ): bool {
		return $this->database->decide(
			'UPDATE {refresh_tokens} SET rotated_at = %d, successor = %s WHERE digest = %s AND rotated_at = 0',
			array( $now, $successor, $digest )
		);
	}

	/** Erases successors that are no longer handed out. */
	public function forget_successors( int $family_id, int $before ): void {
		$this->database->execute(
			"UPDATE {refresh_tokens} SET successor = '' WHERE family_id = %d AND successor <> '' AND rotated_at < %d",
			array( $family_id, $before )
		);
	}

	public function delete( string $digest ): void {
		$this->database->execute( 'DELETE FROM {refresh_tokens} WHERE digest = %s', array( $digest ) );
	}
}
