<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * User meta in which other plugins keep their second factors. Always read from the database, never from a cache; every
 * change is one conditional UPDATE.
 */
final class ForeignMeta {
	/** Retries when other requests change the same row at the same time. */
	private const TRIES = 20;

	public function __construct(
		private readonly Database $database,
		private readonly Meta $meta,
	) {}

	/**
	 * @return array<string, string> Key => the value of its first row.
	 * @throws \Sallyport\WP\Refusal If the store fails, as all methods do.
	 */
	public function read( int $user_id, string ...$keys ): array {
		$rows = $this->database->rows(
			'SELECT meta_key, meta_value FROM {usermeta} WHERE user_id = %d AND meta_key IN (' . Database::places( $keys ) . ') ORDER BY umeta_id DESC',
			array( $user_id, ...$keys )
		);
		return array_column( $rows, 'meta_value', 'meta_key' );
	}

	/** @return list<string>|null The strings of a list; null if there is none. */
	public function texts( int $user_id, string $key ): ?array {
		return self::list( $this->read( $user_id, $key )[ $key ] ?? null );
	}

	/** Stores a number, unless the stored one is as high or higher. */
	public function raise( int $user_id, string $key, int $to ): void {
		if ( ! $this->raised( $user_id, $key, $to ) && ! isset( $this->read( $user_id, $key )[ $key ] ) ) {
			add_user_meta( $user_id, $key, $to, true );
			$this->raised( $user_id, $key, $to ); // Another request may have added a lower one meanwhile.
		}
		$this->meta->refresh( $user_id );
	}

	private function raised( int $user_id, string $key, int $to ): bool {
		return $this->database->execute(
			'UPDATE {usermeta} SET meta_value = %s WHERE user_id = %d AND meta_key = %s AND CAST(meta_value AS SIGNED) < %d',
			array( (string) $to, $user_id, $key, $to )
		) > 0;
	}

	/** Removes one string from a list; true if this call removed it. */
	public function take( int $user_id, string $key, string $text ): bool {
		for ( $tries = self::TRIES; $tries > 0; $tries-- ) {
			$row  = $this->database->row( 'SELECT umeta_id, meta_value FROM {usermeta} WHERE user_id = %d AND meta_key = %s ORDER BY umeta_id LIMIT 1', array( $user_id, $key ) );
			$list = self::list( $row['meta_value'] ?? null ) ?? array();
			$left = array_values( array_diff( $list, array( $text ) ) );
			if ( $list === $left ) {
				return false;
			}
			if (
				$this->database->decide(
					'UPDATE {usermeta} SET meta_value = %s WHERE umeta_id = %d AND meta_value = %s',
					array( (string) maybe_serialize( $left ), $row['umeta_id'], $row['meta_value'] )
				)
			) {
				$this->meta->refresh( $user_id );
				return true;
			}
		}
		return false;
	}

	/**
	 * Users who have one of these keys.
	 *
	 * @param list<string> $keys
	 * @return list<int> Ascending, with ids after $after, at most $limit.
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
