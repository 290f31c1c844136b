<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The user meta other plugins keep their second factors in: read from the database and not from a cache, changed by one
 * conditional UPDATE each.
 */
final class ForeignMeta {
	/** Others that change the same row at the same moment make us try again; so many do not. */
	private const TRIES = 20;

	public function __construct(
		private readonly Database $database,
		private readonly Meta $meta,
	) {}

	/**
	 * @return array<string, string> Key => what is stored under it, in its first row.
	 * @throws \Sallyport\WP\Refusal When the store fails; so do the others.
	 */
	public function read( int $user_id, string ...$keys ): array {
		$rows = $this->database->rows(
			'SELECT meta_key, meta_value FROM {usermeta} WHERE user_id = %d AND meta_key IN (' . Database::places( $keys ) . ') ORDER BY umeta_id DESC',
			array( $user_id, ...$keys )
		);
		return array_column( $rows, 'meta_value', 'meta_key' );
	}

	/** @return list<string>|null The texts of a list; null where there is none. */
	public function texts( int $user_id, string $key ): ?array {
		return self::list( $this->read( $user_id, $key )[ $key ] ?? null );
	}

	/** Stores a number where there is none, or a lower one. */
	public function raise( int $user_id, string $key, int $to ): void {
		if ( ! $this->raised( $user_id, $key, $to ) && ! isset( $this->read( $user_id, $key )[ $key ] ) ) {
			add_user_meta( $user_id, $key, $to, true );
			$this->raised( $user_id, $key, $to ); // Somebody else may have added a lower one.
		}
		$this->meta->refresh( $user_id );
	}

	private function raised( int $user_id, string $key, int $to ): bool {
		return $this->database->execute(
			'UPDATE {usermeta} SET meta_value = %s WHERE user_id = %d AND meta_key = %s AND CAST(meta_value AS SIGNED) < %d',
			array( (string) $to, $user_id, $key, $to )
		) > 0;
	}

	/** Takes one text out of a list; true if this call did. */
	public function take( int $user_id, string $key, string $text ): bool {
		for ( $tries = self::TRIES; $tries > 0; $tries-- ) {
			$row  = $this->database->row( 'SELECT umeta_id, meta_value FROM {usermeta} WHERE user_id = %d AND meta_key = %s ORDER BY umeta_id LIMIT 1', array( $user_id, $key ) );
			$list = self::list( $row['meta_value'] ?? null ) ?? array();
			$left = array_values( array_diff( $list, array( $text ) ) );
			if ( $list === $left ) {
				return false;
			}
			if ( $this->database->decide( 'UPDATE {usermeta} SET meta_value = %s WHERE umeta_id = %d AND meta_value = %s', array( (string) maybe_serialize( $left ), $row['umeta_id'], $row['meta_value'] ) ) ) {
				$this->meta->refresh( $user_id );
				return true;
			}
		}
		return false;
	}

	/**
	 * Users that have something under one of the keys, a few at a time.
	 *
	 * @param list<string> $keys
	 * @return list<int> In ascending order, after $after, $limit at most.
	 */
	public function users( array $keys, int $after, int $limit ): array {
		$rows = $this->database->rows(
			'SELECT DISTINCT m.user_id FROM {usermeta} m JOIN {users} u ON u.ID = m.user_id
			WHERE m.meta_key IN (' . Database::places( $keys ) . ") AND m.meta_value <> '' AND m.user_id > %d ORDER BY m.user_id LIMIT %d",
			array( ...$keys, $after, $limit )
		);
		return array_map( 'intval', array_column( $rows, 'user_id' ) );
	}

	/** @return list<string>|null */
	private static function list( ?string $stored ): ?array {
		$list = null === $stored ? null : maybe_unserialize( $stored );
		return is_array( $list ) ? array_values( array_filter( $list, 'is_string' ) ) : null;
	}
}
