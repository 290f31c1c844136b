<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** The challenges table: pending second steps and what they are bound to, by the digest of their secret. */
final class ChallengeRows {
	public function __construct( private readonly Database $database ) {}

	/** @param array<string, int|string> $row */
	public function add( array $row ): int {
		return $this->database->insert( 'challenges', $row );
	}

	/** @return array<string, string>|null */
	public function find( string $digest ): ?array {
		return $this->database->row( 'SELECT * FROM {challenges} WHERE digest = %s', array( $digest ) );
	}

	/** Spends one attempt, atomically: false if none is left, or the challenge is over. */
	public function spend( int $id, int $limit, int $now ): bool {
		return $this->database->decide(
			'UPDATE {challenges} SET attempts = attempts + 1 WHERE id = %d AND attempts < %d AND consumed_at = 0 AND expires_at > %d',
			array( $id, $limit, $now )
		);
	}

	/** Consumes the challenge, once only: false for every call but the first. */
	public function consume( int $id, int $now ): bool {
		return $this->database->decide(
			'UPDATE {challenges} SET consumed_at = %d WHERE id = %d AND consumed_at = 0',
			array( $now, $id )
		);
	}

	public function attempts( int $id ): int {
		return (int) ( $this->database->row( 'SELECT attempts FROM {challenges} WHERE id = %d', array( $id ) )['attempts'] ?? PHP_INT_MAX );
	}

	/** When it ends, Unix seconds; 0 if there is no such challenge. */
	public function expires_at( int $id ): int {
		return (int) ( $this->database->row( 'SELECT expires_at FROM {challenges} WHERE id = %d', array( $id ) )['expires_at'] ?? 0 );
	}

	/** Deletes the user's oldest challenges beyond $most. */
	public function delete_beyond( int $user_id, int $most ): void {
		$last = $this->database->row( 'SELECT id FROM {challenges} WHERE user_id = %d ORDER BY id DESC LIMIT 1 OFFSET %d', array( $user_id, $most ) );
		if ( null !== $last ) {
			$this->database->execute( 'DELETE FROM {challenges} WHERE user_id = %d AND id <= %d', array( $user_id, (int) $last['id'] ) );
		}
	}

	public function delete_all( int $user_id ): void {
		$this->database->execute( 'DELETE FROM {challenges} WHERE user_id = %d', array( $user_id ) );
	}
}
