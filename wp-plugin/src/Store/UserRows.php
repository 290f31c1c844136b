<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * All rows of one user, for export and deletion. A test makes sure that every new table is listed here.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class UserRows {
	/** Table => the condition for a user's rows. A table that is found through another one comes before it. */
	private const OF = array(
		'email_codes'        => 'factor_id IN (SELECT id FROM {factors} WHERE user_id = %d)',
		'refresh_tokens'     => 'family_id IN (SELECT id FROM {families} WHERE user_id = %d)',
		'device_secrets'     => 'device_id IN (SELECT id FROM {devices} WHERE user_id = %d)',
		'factors'            => 'user_id = %d',
		'backup_codes'       => 'user_id = %d',
		'challenges'         => 'user_id = %d',
		'families'           => 'user_id = %d',
		'inherited_proofs'   => 'user_id = %d',
		'devices'            => 'user_id = %d',
		'reset_codes'        => 'user_id = %d',
		'links'              => 'user_id = %d',
		'enrolment_tokens'   => 'user_id = %d',
		// A delivery that is still due will be sent, and is deleted some days later.
		'webhook_deliveries' => "state <> 'due' AND body LIKE CONCAT('%%\"user\":{\"ID\":', %d, ',%%')",
		'activity'           => 'user_id = %d',
	);

	/** Rows per batch. */
	private const BATCH = 500;

	/** The log stays when an account is deleted, until its rows expire; their user id belongs to nobody then. */
	private const LOG = 'activity';

	public function __construct( private readonly Database $database ) {}

	/** @return list<string> The tables with rows of users. */
	public static function tables(): array {
		return array_keys( self::OF );
	}

	public function count( string $table, int $user_id ): int {
		return (int) ( $this->database->row( "SELECT COUNT(*) AS n FROM {{$table}} WHERE " . self::OF[ $table ], array( $user_id ) )['n'] ?? 0 );
	}

	/** @return list<array<string, string>> Ordered by their keys, which come first. */
	public function of( string $table, int $user_id, int $limit, int $offset ): array {
		return $this->database->rows(
			"SELECT * FROM {{$table}} WHERE " . self::OF[ $table ] . ' ORDER BY 1 LIMIT %d OFFSET %d',
			array( $user_id, $limit, $offset )
		);
	}

	/**
	 * Finds the rows first, and deletes them by key. On MariaDB, a DELETE that joins another table or searches a text scans the
	 * whole table and locks every row until it is done. Meanwhile nobody's token could be refreshed.
	 */
	public function delete( string $table, int $user_id ): void {
		do {
			$deleted = $this->database->prune( $table, self::OF[ $table ], array( $user_id ), self::BATCH );
		} while ( $deleted > 0 ); // Not "while batches are full": the daily job may have deleted part of a batch.
	}

	/**
	 * User ids with rows, but without a row in the users table, or in user meta but ours: the account was deleted without a
	 * hook, or while a request of theirs was running. Empty if there are no users at all.
	 *
	 * @return list<int> Ascending, at most $limit.
	 */
	public function of_nobody( int $limit ): array {
		if ( null === $this->database->row( 'SELECT ID FROM {users} WHERE ID > %d LIMIT 1', array( 0 ) ) ) {
			return array();
		}
		$found = array();
		$ours  = Database::places( Meta::ALL );
		foreach ( array_diff( array_keys( self::OF, 'user_id = %d', true ), array( self::LOG ) ) as $table ) {
			$rows   = $this->database->rows(
				"SELECT DISTINCT t.user_id FROM {{$table}} t LEFT JOIN {users} u ON u.ID = t.user_id
				WHERE u.ID IS NULL AND NOT EXISTS (SELECT m.umeta_id FROM {usermeta} m WHERE m.user_id = t.user_id AND m.meta_key NOT IN ($ours)) ORDER BY t.user_id LIMIT %d",
				array( ...Meta::ALL, $limit )
			);
			$found += array_column( $rows, 'user_id', 'user_id' );
		}
		ksort( $found );
		return array_map( 'intval', array_slice( array_values( $found ), 0, $limit ) );
	}

	/**
	 * Deletes what a new user would inherit of a deleted one with the same id, and takes the id out of the log. Rows of sent
	 * webhooks are left, because they are found only by reading the whole table, and nobody reads them by user.
	 */
	public function delete_inheritable( int $user_id ): void {
		foreach ( array_diff( self::tables(), array( self::LOG, 'webhook_deliveries' ) ) as $table ) {
			$this->delete( $table, $user_id );
		}
		$this->database->execute( 'UPDATE {activity} SET user_id = 0 WHERE user_id = %d', array( $user_id ) );
	}

	/** Deletes everything of a user whose account was deleted. */
	public function delete_all( int $user_id ): void {
		foreach ( array_diff( self::tables(), array( self::LOG ) ) as $table ) {
			$this->delete( $table, $user_id );
		}
	}
}
