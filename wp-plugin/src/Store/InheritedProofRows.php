<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The inherited_proofs table: the proof under which another plugin's opaque refresh token was issued, by the token's digest.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class InheritedProofRows {
	public function __construct( private readonly Database $database ) {}

	/** @param array{digest: string, user_id: int, blog_id: int, issuer: string, amr: string, proven_at: int, epoch: string, expires_at: int} $row */
	public function add( array $row ): void {
		$this->database->insert( 'inherited_proofs', $row );
	}

	/** @return array{user_id: int, blog_id: int, issuer: string, amr: string, proven_at: int, epoch: string, expires_at: int}|null */
	public function find( string $digest ): ?array {
		$row = $this->database->row( 'SELECT * FROM {inherited_proofs} WHERE digest = %s', array( $digest ) );
		return null === $row ? null : array(
			'user_id'    => (int) $row['user_id'],
			'blog_id'    => (int) $row['blog_id'],
			'issuer'     => $row['issuer'],
			'amr'        => $row['amr'],
			'proven_at'  => (int) $row['proven_at'],
			'epoch'      => $row['epoch'],
			'expires_at' => (int) $row['expires_at'],
		);
	}

	/** Once only: false for every call but the first. */
	public function spend( string $digest ): bool {
		return $this->database->decide( 'DELETE FROM {inherited_proofs} WHERE digest = %s', array( $digest ) );
	}
}
