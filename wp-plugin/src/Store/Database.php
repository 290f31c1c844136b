<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/**
 * Sallyport's tables on the network's prefix (users are network-wide), and the only place that sends a statement to $wpdb.
 *
 * Every failure is a Refusal (sallyport_unavailable): a store that cannot answer is never a "no" nor a "yes".
 */
final class Database {
	/** The primary keys that are none of `id`. */
	private const KEYS = array(
		'device_secrets'   => 'digest',
		'inherited_proofs' => 'digest',
		'reset_codes'      => 'user_id',
		'spent'            => 'name',
		'throttle'         => 'name',
	);

	/** What a database says to whoever lost to another: the last two MariaDB since 11.6, in a transaction, and MySQL's group replication. */
	private const LOST = '/deadlock found|lock wait timeout|database is locked|record has changed since last read|rollback the current transaction/i';

	public function __construct( private readonly Health $health ) {}

	/** The full name of one of our tables, or of a core table such as `users`. */
	public function table( string $name ): string {
		global $wpdb;
		return in_array( $name, array( 'users', 'usermeta', 'options', 'sitemeta', 'blogs' ), true ) ? $wpdb->$name : $wpdb->base_prefix . 'sallyport_' . $name;
	}

	/**
	 * @param string           $sql  With %s and %d placeholders; `{name}` stands for the table of that name.
	 * @param list<int|string> $args One per placeholder.
	 * @return list<array<string, string>>
	 * @throws Refusal When the store fails.
	 */
	public function rows( string $sql, array $args ): array {
		return $this->run(
			function ( \wpdb $wpdb ) use ( $sql, $args ) {
				$rows = $wpdb->get_results( $wpdb->prepare( $this->named( $sql ), $this->storable( $args ) ), ARRAY_A ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
				return '' === $wpdb->last_error && is_array( $rows ) ? $rows : false;
			}
		);
	}

	/** @return array<string, string>|null The first row. */
	public function row( string $sql, array $args ): ?array {
		return $this->rows( $sql, $args )[0] ?? null;
	}

	/**
	 * Runs one UPDATE, INSERT or DELETE.
	 *
	 * @param string           $sql  As for rows().
	 * @param list<int|string> $args One per placeholder.
	 * @return int Rows changed.
	 * @throws Refusal When the store fails.
	 */
	public function execute( string $sql, array $args ): int {
		return $this->run( fn ( \wpdb $wpdb ) => $this->sent( $wpdb, $sql, $args ) );
	}

	/**
	 * Runs one conditional UPDATE, INSERT or DELETE that decides: "once only" is that it changed one row. What is decided stays so. A
	 * plugin that undoes a transaction would make a spent code good again, and guessing free: one that is open ends here.
	 *
	 * @param string           $sql  As for rows().
	 * @param list<int|string> $args One per placeholder.
	 * @throws Refusal When the store fails.
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
		$rows = $wpdb->query( $wpdb->prepare( $this->named( $sql ), $this->storable( $args ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
		return is_int( $rows ) ? $rows : false;
	}

	/**
	 * @param array<string, int|string> $row Column => value.
	 * @return int The new row's id.
	 * @throws Refusal When the store fails.
	 */
	public function insert( string $table, array $row ): int {
		return $this->run(
			fn ( \wpdb $wpdb ) => 1 === $wpdb->insert( $this->table( $table ), $this->storable( $row ) ) ? (int) $wpdb->insert_id : false
		);
	}

	/** The placeholders of a list of values: of text, or with %d of numbers. */
	public static function places( array $values, string $kind = '%s' ): string {
		return implode( ', ', array_fill( 0, count( $values ), $kind ) );
	}

	/**
	 * A part of a statement that core sends: of its list of users.
	 *
	 * @param string           $sql  As for rows().
	 * @param list<int|string> $args One per placeholder.
	 */
	public function prepared( string $sql, array $args ): string {
		global $wpdb;
		return (string) $wpdb->prepare( $this->named( $sql ), $args ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
	}

	/**
	 * Deletes a few rows, in two statements: SQLite knows no DELETE with a LIMIT.
	 *
	 * @param string           $where As for rows(); asked again of each row found.
	 * @param list<int|string> $args  One per placeholder.
	 * @return int Rows deleted, $limit at most.
	 * @throws Refusal When the store fails.
	 */
	public function prune( string $table, string $where, array $args, int $limit ): int {
		$key  = self::KEYS[ $table ] ?? 'id';
		$keys = array_column( $this->rows( "SELECT $key FROM {{$table}} WHERE $where LIMIT %d", array( ...$args, $limit ) ), $key );
		$list = self::places( $keys );
		return array() === $keys ? 0 : $this->execute( "DELETE FROM {{$table}} WHERE $key IN ($list) AND $where", array( ...$keys, ...$args ) );
	}

	/** @return int Rows deleted of a table whose rows are over at `expires_at`, $limit at most. */
	public function delete_expired( string $table, int $now, int $limit ): int {
		return $this->prune( $table, 'expires_at <= %d', array( $now ), $limit );
	}

	/**
	 * Creates or alters the tables to what $definitions say. Whether they are so then is for who asked to see: several
	 * processes do the same at once after an update, and what one finds done already is no error.
	 */
	public function define( string $definitions ): void {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$quiet = $wpdb->suppress_errors( true );
		dbDelta( $this->named( $definitions ) . ' ' . $wpdb->get_charset_collate() . ';' );
		$wpdb->suppress_errors( $quiet );
	}

	/**
	 * Deletes one of our tables, if it is there.
	 *
	 * @throws Refusal When the store fails.
	 */
	public function drop( string $table ): void {
		$this->run( fn ( \wpdb $wpdb ) => $wpdb->query( $this->named( "DROP TABLE IF EXISTS {{$table}}" ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
	}

	/**
	 * Takes all rows out of one of our tables at once: to delete three million of them took minutes.
	 *
	 * @throws Refusal When the store fails.
	 */
	public function truncate( string $table ): void {
		$this->run( fn ( \wpdb $wpdb ) => $wpdb->query( $this->named( "TRUNCATE TABLE {{$table}}" ) ) ); // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared
	}

	/**
	 * Emoji and the like become "\u{FFFD}" where the tables are of utf8mb3, which holds none: core would store nothing at all,
	 * so that by its name a device could keep what it does out of the log.
	 *
	 * @param array<int|string, int|string> $values
	 * @return array<int|string, int|string>
	 */
	private function storable( array $values ): array {
		global $wpdb;
		$wide = '/[\x{10000}-\x{10FFFF}]/u';
		return array() !== preg_grep( $wide, $values ) && in_array( $wpdb->get_col_charset( $this->table( 'activity' ), 'device' ), array( 'utf8', 'utf8mb3' ), true )
			? array_map( static fn ( int|string $value ): int|string => is_int( $value ) ? $value : (string) preg_replace( $wide, "\u{FFFD}", $value ), $values )
			: $values;
	}

	/** Replaces `{name}` by the table's full name. */
	private function named( string $sql ): string {
		return (string) preg_replace_callback( '/\{(\w+)\}/', fn ( array $m ): string => $this->table( $m[1] ), $sql );
	}

	/**
	 * @param callable(\wpdb): mixed $query Answers false when the store failed.
	 * @return mixed What $query answered.
	 */
	private function run( callable $query ): mixed {
		global $wpdb;
		$quiet = $wpdb->suppress_errors( true );
		$tries = 3;
		do {
			$answer = $query( $wpdb );
			// One that lost a deadlock has done nothing, as what another plugin's transaction held before it, and may be sent again.
		} while ( false === $answer && --$tries > 0 && 1 === preg_match( self::LOST, $wpdb->last_error ) );
		$wpdb->suppress_errors( $quiet );
		if ( false === $answer ) {
			$this->health->down( 'database' );
			// What the database says may quote the values of the statement: it stays unsaid.
			throw Refusal::unavailable( Problem::Database );
		}
		return $answer;
	}
}
