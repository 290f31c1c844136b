<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- a cache decides nothing (docs/adr/0038).

/**
 * Sallyport's tables, under the network's prefix because users are network-wide. The only class but Health that sends a
 * statement to $wpdb.
 *
 * Every failure is a Refusal (sallyport_unavailable): a store that cannot answer is never taken for a "no" or a "yes".
 */
final class Database {
	/** Primary keys of the tables that have no `id`. */
	private const KEYS = array(
		'device_secrets'   => 'digest',
		'inherited_proofs' => 'digest',
		'reset_codes'      => 'user_id',
		'spent'            => 'name',
		'throttle'         => 'name',
	);

	/**
	 * Errors of a statement that lost against another one. The last two are of MariaDB since 11.6, in a transaction, and of
	 * MySQL's group replication.
	 */
	private const LOST = '/deadlock found|lock wait timeout|database is locked|record has changed since last read|rollback the current transaction/i';

	/** How a drop-in that reads from replicas is asked for the primary: LudicrousDB, HyperDB. */
	private const TO_PRIMARY = array( 'send_reads_to_primaries', 'send_reads_to_masters' );

	public function __construct( private readonly Health $health ) {}

	/** Whether what core reads or has cached may be older than the primary database: a persistent object cache, or replicas. */
	public static function is_ahead_of_core(): bool {
		return wp_using_ext_object_cache() || null !== self::to_primary();
	}

	/** The method of the drop-in that asks for the primary; null if it has none. */
	private static function to_primary(): ?string {
		foreach ( self::TO_PRIMARY as $method ) {
			if ( method_exists( $GLOBALS['wpdb'], $method ) ) {
				return $method;
			}
		}
		return null;
	}

	/** The full name of one of our tables, or of a core table such as `users`. */
	public function table( string $name ): string {
		global $wpdb;
		return in_array( $name, array( 'users', 'usermeta', 'options', 'sitemeta', 'blogs' ), true )
			? $wpdb->$name
			: $wpdb->base_prefix . 'sallyport_' . $name;
	}

	/**
	 * @param string           $sql  With %s and %d placeholders; `{name}` stands for the table with that name.
	 * @param list<int|string> $args One per placeholder.
	 * @return list<array<string, string>>
	 * @throws Refusal If the store fails.
	 */
	public function rows( string $sql, array $args ): array {
		return $this->run(
			function ( \wpdb $wpdb ) use ( $sql, $args ) {
				$rows = $wpdb->get_results( $wpdb->prepare( $this->named( $sql ), $this->storable( $args ) ), ARRAY_A ); // phpcs:ignore WordPress.DB.PreparedSQL -- $sql is made of literals.
				return '' === $wpdb->last_error && is_array( $rows ) ? $rows : false;
			}
		);
	}

	/**
	 * @param list<int|string> $args One per placeholder.
	 * @return array<string, string>|null The first row.
	 */
	public function row( string $sql, array $args ): ?array {
		return $this->rows( $sql, $args )[0] ?? null;
	}

	/**
	 * Runs one UPDATE, INSERT or DELETE.
	 *
	 * @param string           $sql  As for rows().
	 * @param list<int|string> $args One per placeholder.
	 * @return int Rows changed.
	 * @throws Refusal If the store fails.
	 */
	public function execute( string $sql, array $args ): int {
		return $this->run( fn ( \wpdb $wpdb ) => $this->sent( $wpdb, $sql, $args ) );
	}

	/**
	 * Runs one conditional UPDATE, INSERT or DELETE that decides, and commits it. A plugin that rolls back its transaction would
	 * make a spent code valid again, and guessing free; so an open transaction ends here (adr/0041).
	 *
	 * @param string           $sql  As for rows().
	 * @param list<int|string> $args One per placeholder.
	 * @return bool True if it changed exactly one row.
	 * @throws Refusal If the store fails.
	 */
	public function decide( string $sql, array $args ): bool {
		return 1 === $this->run(
			function ( \wpdb $wpdb ) use ( $sql, $args ) {
				$rows = $this->sent( $wpdb, $sql, $args );
				return false !== $rows && false !== $wpdb->query( 'COMMIT' ) ? $rows : false;
			}
		);
	}

	/** @return int|false Rows changed. */
	private function sent( \wpdb $wpdb, string $sql, array $args ): int|false {
		$rows = $wpdb->query( $wpdb->prepare( $this->named( $sql ), $this->storable( $args ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL -- as above.
		return is_int( $rows ) ? $rows : false;
	}

	/**
	 * @param array<string, int|string> $row Column => value.
	 * @return int The new row's id.
	 * @throws Refusal If the store fails.
	 */
	public function insert( string $table, array $row ): int {
		return $this->run(
			fn ( \wpdb $wpdb ) => 1 === $wpdb->insert( $this->table( $table ), $this->storable( $row ) ) ? (int) $wpdb->insert_id : false
		);
	}

	/**
	 * Placeholders for a list of values: strings, or numbers with %d.
	 *
	 * @param array<int|string> $values
	 */
	public static function places( array $values, string $kind = '%s' ): string {
		return implode( ', ', array_fill( 0, count( $values ), $kind ) );
	}

	/**
	 * Prepares a part of a statement that core sends, for its list of users.
	 *
	 * @param string           $sql  As for rows().
	 * @param list<int|string> $args One per placeholder.
	 */
	public function prepared( string $sql, array $args ): string {
		global $wpdb;
		return (string) $wpdb->prepare( $this->named( $sql ), $args ); // phpcs:ignore WordPress.DB.PreparedSQL -- as above.
	}

	/**
	 * Deletes a limited number of rows, in two statements, since SQLite has no DELETE with a LIMIT.
	 *
	 * @param string           $where As for rows(); checked again for each row found.
	 * @param list<int|string> $args  One per placeholder.
	 * @return int Rows deleted, at most $limit.
	 * @throws Refusal If the store fails.
	 */
	public function prune( string $table, string $where, array $args, int $limit ): int {
		$key  = self::KEYS[ $table ] ?? 'id';
		$keys = array_column( $this->rows( "SELECT $key FROM {{$table}} WHERE $where LIMIT %d", array( ...$args, $limit ) ), $key );
		$list = self::places( $keys );
		return array() === $keys ? 0 : $this->execute( "DELETE FROM {{$table}} WHERE $key IN ($list) AND $where", array( ...$keys, ...$args ) );
	}

	/** @return int Rows deleted from a table whose rows end at `expires_at`, at most $limit. */
	public function delete_expired( string $table, int $now, int $limit ): int {
		return $this->prune( $table, 'expires_at <= %d', array( $now ), $limit );
	}

	/**
	 * Creates or alters the tables as $definitions say. Errors are ignored, since several processes do this at once after an
	 * update and find parts of it done. The caller checks the result.
	 */
	public function define( string $definitions ): void {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$quiet = $wpdb->suppress_errors( true );
		dbDelta( $this->named( $definitions ) . ' ' . $wpdb->get_charset_collate() . ';' );
		$wpdb->suppress_errors( $quiet );
	}

	/**
	 * Drops one of our tables, if it exists.
	 *
	 * @throws Refusal If the store fails.
	 */
	public function drop( string $table ): void {
		$this->run( fn ( \wpdb $wpdb ) => $wpdb->query( $this->named( "DROP TABLE IF EXISTS {{$table}}" ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL -- a name of Schema::TABLES.
	}

	/**
	 * Empties one of our tables. Deleting three million rows one by one took minutes.
	 *
	 * @throws Refusal If the store fails.
	 */
	public function truncate( string $table ): void {
		$this->run( fn ( \wpdb $wpdb ) => $wpdb->query( $this->named( "TRUNCATE TABLE {{$table}}" ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL -- a name of Schema::TABLES.
	}

	/**
	 * Replaces characters such as emoji by "\u{FFFD}" if the tables use utf8mb3, which cannot store them. Core would store
	 * nothing at all: with an emoji in its name, a device could keep its events out of the log.
	 *
	 * @param array<int|string, int|string> $values
	 * @return array<int|string, int|string>
	 */
	private function storable( array $values ): array {
		global $wpdb;
		$wide = '/[\x{10000}-\x{10FFFF}]/u';
		$charsets = array( 'utf8', 'utf8mb3' );
		if (
			array() === preg_grep( $wide, $values )
			|| ! in_array( $wpdb->get_col_charset( $this->table( 'activity' ), 'device' ), $charsets, true )
		) {
			return $values;
		}
		return array_map(
			static fn ( int|string $value ): int|string => is_int( $value ) ? $value : (string) preg_replace( $wide, "\u{FFFD}", $value ),
			$values
		);
	}

	/** Replaces `{name}` by the table's full name. */
	private function named( string $sql ): string {
		return (string) preg_replace_callback( '/\{(\w+)\}/', fn ( array $m ): string => $this->table( $m[1] ), $sql );
	}

	/**
	 * @param callable(\wpdb): mixed $query Returns false if the store failed.
	 * @return mixed The query's result.
	 */
	private function run( callable $query ): mixed {
		global $wpdb;
		$to_primary = self::to_primary();
		if ( null !== $to_primary ) {
			$wpdb->$to_primary(); // A replica that lags does not know of the factor yet. Core's reads from here on go there as well.
		}
		$quiet = $wpdb->suppress_errors( true );
		$tries = 3;
		do {
			$answer = $query( $wpdb );
			// A statement that lost a deadlock did nothing, and undid what another plugin's transaction held before it: it may be sent again.
		} while ( false === $answer && --$tries > 0 && 1 === preg_match( self::LOST, $wpdb->last_error ) );
		$wpdb->suppress_errors( $quiet );
		if ( false === $answer ) {
			$this->health->down( 'database' );
			// The database's message may quote values of the statement, so it is not passed on.
			throw Refusal::unavailable( Problem::Database );
		}
		return $answer;
	}
}
