<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The links table: what a one-time link is for and bound to, by the digest of its secret.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class LinkRows {
	public function __construct( private readonly Database $database ) {}

	/** @param array<string, int|string> $row */
	public function add( array $row ): void {
		$this->database->insert( 'links', $row );
	}

	/** @return array{id: int, user_id: int, epoch: string}|null A live link. */
	public function find( string $digest, string $purpose, int $blog_id, int $now ): ?array {
		$row = $this->database->row(
			'SELECT id, user_id, epoch FROM {links} WHERE digest = %s AND purpose = %s AND blog_id = %d AND spent_at = 0 AND expires_at > %d',
			array( $digest, $purpose, $blog_id, $now )
		);
		return null === $row ? null : array(
			'id'      => (int) $row['id'],
			'user_id' => (int) $row['user_id'],
			'epoch'   => $row['epoch'],
		);
	}

	/** Once only: false for every call but the first. */
	public function spend( int $id, int $now ): bool {
		return $this->database->decide(
			'UPDATE {links} SET spent_at = %d WHERE id = %d AND spent_at = 0 AND expires_at > %d',
			array( $now, $id, $now )
		);
	}

	/** Deletes the user's links for one purpose, or all of them. */
	public function delete_all( int $user_id, ?string $purpose = null ): void {
		$this->database->execute(
			'DELETE FROM {links} WHERE user_id = %d' . ( null === $purpose ? '' : ' AND purpose = %s' ),
			null === $purpose ? array( $user_id ) : array( $user_id, $purpose )
		);
	}
}
