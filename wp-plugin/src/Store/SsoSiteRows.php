<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The sites that each blog is connected with for single sign-on.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class SsoSiteRows {
	public function __construct( private readonly Database $database ) {}

	/** @return bool False if the blog already has a connection with that key. */
	public function add(
		int $blog_id,
		string $site_key,
		string $name,
		string $url,
		string $sealed,
		string $public_key,
		string $allowed,
		int $now,
	): bool {
		return $this->database->decide(
			'INSERT IGNORE INTO {sso_sites} (blog_id, site_key, name, url, secret, public_key, allowed, created_at) VALUES (%d, %s, %s, %s, %s, %s, %s, %d)',
			array( $blog_id, $site_key, $name, $url, $sealed, $public_key, $allowed, $now )
		);
	}

	/** The connection with exactly that key: the database may ignore case. */
	public function find( int $blog_id, string $site_key ): ?SsoSiteRow {
		$row = $this->database->row( 'SELECT * FROM {sso_sites} WHERE blog_id = %d AND site_key = %s', array( $blog_id, $site_key ) );
		return null === $row || $row['site_key'] !== $site_key ? null : SsoSiteRow::from( $row );
	}

	/** @return list<SsoSiteRow> */
	public function all( int $blog_id ): array {
		return array_map(
			SsoSiteRow::from( ... ),
			$this->database->rows( 'SELECT * FROM {sso_sites} WHERE blog_id = %d ORDER BY id', array( $blog_id ) )
		);
	}

	/** @return list<SsoSiteRow> Those of every blog. */
	public function everywhere(): array {
		return array_map( SsoSiteRow::from( ... ), $this->database->rows( 'SELECT * FROM {sso_sites} WHERE id > %d ORDER BY id', array( 0 ) ) );
	}

	/** Replaces a sealed secret if it is still the same: false if it is gone. */
	public function reseal( int $id, string $before, string $sealed ): bool {
		return $this->database->decide( 'UPDATE {sso_sites} SET secret = %s WHERE id = %d AND secret = %s', array( $sealed, $id, $before ) );
	}

	public function use( int $id, int $now ): void {
		$this->database->execute( 'UPDATE {sso_sites} SET last_used_at = %d WHERE id = %d', array( $now, $id ) );
	}

	public function delete( int $id ): void {
		$this->database->execute( 'DELETE FROM {sso_sites} WHERE id = %d', array( $id ) );
	}
}
