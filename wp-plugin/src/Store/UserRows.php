<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * What the tables hold of one user, for who asks for it or wants it gone. A new table is a line here: a test asks for it.
 *
 * Every method throws Refusal (sallyport_unavailable) when the store fails.
 */
final class UserRows {
	/** Table => which of its rows are a user's. What is found through another table comes before that one. */
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
		'webhook_deliveries' => "state <> 'due' AND body LIKE CONCAT('%%\"user\":{\"ID\":', %d, ',%%')", // What is not sent yet is, and goes some days after.
		'activity'           => 'user_id = %d',
	);

	/** Rows at a time. */
	private const BATCH = 500;

	/** What stays when an account is deleted: the log, until its time is over, with an id that is nobody's any more. */
	private const LOG = 'activity';

	public function __construct( private readonly Database $database ) {}

	/** @return list<string> The tables that hold rows of users. */
	public static function tables(): array {
		return array_keys( self::OF );
	}

	public function count( string $table, int $user_id ): int {
		return (int) ( $this->database->row( "SELECT COUNT(*) AS n FROM {{$table}} WHERE " . self::OF[ $table ], array( $user_id ) )['n'] ?? 0 );
	}

	/** @return list<array<string, string>> In the order of their keys, which come first. */
	public function of( string $table, int $user_id, int $limit, int $offset ): array {
		return $this->database->rows( "SELECT * FROM {{$table}} WHERE " . self::OF[ $table ] . ' ORDER BY 1 LIMIT %d OFFSET %d', array( $user_id, $limit, $offset ) );
	}

	/**
	 * Found first and deleted by their keys: a DELETE that asks another table, or the text of a row, looks at every row of its
	 * table on MariaDB, and holds each of them until it is done, so that nobody's token could be refreshed meanwhile.
	 */
	public function delete( string $table, int $user_id ): void {
		do {
			$deleted = $this->database->prune( $table, self::OF[ $table ], array( $user_id ), self::BATCH );
		} while ( $deleted > 0 ); // Not as long as batches are full: the daily job may have taken some of one.
	}

	/**
	 * Who has rows, and neither one in the table of users nor meta, which goes with an account: their accounts were deleted while
	 * nobody heard of it. Nobody, where there are no users at all.
	 *
	 * @return list<int> Ids, the lowest first; $limit at most.
	 */
	public function of_nobody( int $limit ): array {
		if ( null === $this->database->row( 'SELECT ID FROM {users} WHERE ID > %d LIMIT 1', array( 0 ) ) ) {
			return array();
		}
		$found = array();
		foreach ( array_diff( array_keys( self::OF, 'user_id = %d', true ), array( self::LOG ) ) as $table ) {
			$rows   = $this->database->rows(
				"SELECT DISTINCT t.user_id FROM {{$table}} t LEFT JOIN {users} u ON u.ID = t.user_id
				WHERE u.ID IS NULL AND NOT EXISTS (SELECT m.umeta_id FROM {usermeta} m WHERE m.user_id = t.user_id) ORDER BY t.user_id LIMIT %d",
				array( $limit )
			);
			$found += array_column( $rows, 'user_id', 'user_id' );
		}
		ksort( $found );
		return array_map( 'intval', array_slice( array_values( $found ), 0, $limit ) );
	}

	/** Removes what there is of a user who was deleted. */
	public function delete_all( int $user_id ): void {
		foreach ( array_diff( self::tables(), array( self::LOG ) ) as $table ) {
			$this->delete( $table, $user_id );
		}
	}
}
