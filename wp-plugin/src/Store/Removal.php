<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Refusal;

/**
 * Removes Sallyport's data from the database when the plugin is deleted.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class Removal {
	/** Prefix of our options' names. */
	private const PREFIX = 'sallyport_';

	/** Users per batch. */
	private const BATCH = 500;

	/** Tables that guard accounts: factors, counts of wrong codes, used codes, and sites that may sign users in. */
	private const GUARDING = array( 'factors', 'backup_codes', 'throttle', 'spent', 'sso_sites' );

	public function __construct( private readonly Database $database ) {}

	/** @return list<string> The other tables: sign-ins, and the log. */
	public static function of_sign_ins(): array {
		return array_values( array_diff( Schema::TABLES, self::GUARDING ) );
	}

	public function empty( string $table ): void {
		try {
			$this->database->truncate( $table );
		} catch ( Refusal ) {
			// A database user may have the right to delete rows but not to truncate, which takes the right to drop tables.
			$this->database->execute( "DELETE FROM {{$table}} WHERE 1 = %d", array( 1 ) );
		}
	}

	public function drop( string $table ): void {
		$this->database->drop( $table );
	}

	/** Deletes our options of this blog. */
	public function options(): void {
		$names = array_column(
			$this->database->rows( 'SELECT option_name FROM {options} WHERE option_name LIKE %s', array( self::PREFIX . '%' ) ),
			'option_name'
		);
		array_map( 'delete_option', self::ours( $names ) );
	}

	public function network_options(): void {
		if ( is_multisite() ) {
			foreach ( $this->database->rows( 'SELECT site_id, meta_key FROM {sitemeta} WHERE meta_key LIKE %s', array( self::PREFIX . '%' ) ) as $row ) {
				array_map(
					static fn ( string $name ): bool => delete_network_option( (int) $row['site_id'], $name ),
					self::ours( array( $row['meta_key'] ) )
				);
			}
		}
	}

	/**
	 * Bypasses the hooks that protect the meta: they are still there if the plugin was active a moment ago.
	 *
	 * @param list<string> $keys Of user meta.
	 */
	public function meta( array $keys ): void {
		$is_key = 'meta_key IN (' . Database::places( $keys ) . ')';
		do {
			$users = array_column(
				$this->database->rows( "SELECT DISTINCT user_id FROM {usermeta} WHERE $is_key LIMIT %d", array( ...$keys, self::BATCH ) ),
				'user_id'
			);
			$list  = Database::places( $users, '%d' );
			if ( array() !== $users ) {
				$this->database->execute( "DELETE FROM {usermeta} WHERE $is_key AND user_id IN ($list)", array( ...$keys, ...$users ) );
				wp_cache_delete_multiple( $users, 'user_meta' );
			}
		} while ( count( $users ) === self::BATCH );
	}

	/** @param Closure(array<string, mixed>): array<string, mixed> $clean Removes our mark from a WordPress session record. */
	public function sessions( Closure $clean ): void {
		$after = 0;
		do {
			$rows = $this->database->rows(
				"SELECT umeta_id, user_id FROM {usermeta} WHERE meta_key = 'session_tokens' AND meta_value LIKE %s AND umeta_id > %d ORDER BY umeta_id LIMIT %d",
				array( '%"sallyport"%', $after, self::BATCH )
			);
			foreach ( $rows as $row ) {
				$after    = (int) $row['umeta_id'];
				$sessions = get_user_meta( (int) $row['user_id'], 'session_tokens', true );
				if ( is_array( $sessions ) ) {
					update_user_meta(
						(int) $row['user_id'],
						'session_tokens',
						wp_slash( array_map( static fn ( mixed $session ): mixed => is_array( $session ) ? $clean( $session ) : $session, $sessions ) )
					);
				}
			}
		} while ( count( $rows ) === self::BATCH );
	}

	/**
	 * The names that really begin with our prefix: in LIKE, `_` stands for any character.
	 *
	 * @param list<string> $names
	 * @return list<string>
	 */
	private static function ours( array $names ): array {
		return array_values( array_filter( $names, static fn ( string $name ): bool => str_starts_with( $name, self::PREFIX ) ) );
	}
}
