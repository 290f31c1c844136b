<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * Which factors users have, in groups of users who are alike. One query over this site's users returns one row per group,
 * however many users there are. The users of some groups can then be selected by an SQL condition, without listing ids.
 */
final class CoverageRows {
	public function __construct( private readonly Database $database ) {}

	/**
	 * Groups of this site's users who have the same capabilities and the same kinds of factors.
	 *
	 * @param list<int>             $alone Users who form a group of their own.
	 * @param list<string>          $own   Factors with rows in our table.
	 * @param array<string, string> $kept  Factor that another plugin keeps => the user meta that enables it.
	 * @param bool                  $marks Whether to look for users who are marked and have no row in our table.
	 * @return list<array{capabilities: array<string, bool>, factors: list<string>, marked: bool, user_id: int, users: int, key: string}>
	 *         `user_id`: the user of a group of one, else 0. `marked`: users marked without a row, so a third party keeps their
	 *         factor. `key`: for among().
	 * @throws \Sallyport\WP\Refusal If the store fails.
	 */
	public function groups( array $alone, array $own, array $kept, bool $marks = false ): array {
		[ $users, $args ] = self::users( $alone, $own, $kept, $marks );
		$flags            = array( 'alone', 'marked', ...self::flags( $own, $kept ) );
		$alike            = 'g.' . implode( ', g.', array( ...$flags, 'capabilities' ) );
		$rows             = $this->database->rows( "SELECT $alike, COUNT(*) AS users FROM ($users) g GROUP BY $alike", $args );
		return array_map( static fn ( array $row ): array => self::group( $row, $flags, array( ...$own, ...array_keys( $kept ) ) ), $rows );
	}

	/**
	 * An SQL condition on {users} that selects the users of these groups. A list of their ids might not fit into memory.
	 *
	 * @param list<string>          $keys  Of groups that groups() returned for the same arguments.
	 * @param list<int>             $alone
	 * @param list<string>          $own
	 * @param array<string, string> $kept
	 */
	public function among( array $keys, array $alone, array $own, array $kept, bool $marks = false ): string {
		if ( array() === $keys ) {
			return '1 = 0';
		}
		[ $users, $args ] = self::users( $alone, $own, $kept, $marks );
		$key              = 'CONCAT(g.' . implode( ", ' ', g.", array( 'alone', 'marked', ...self::flags( $own, $kept ), 'capabilities' ) ) . ')';
		$places           = Database::places( $keys );
		return $this->database->prepared( "{users}.ID IN (SELECT g.id FROM ($users) g WHERE $key IN ($places))", array( ...$args, ...$keys ) );
	}

	/**
	 * A SELECT of each user with the columns that are compared. All but the capabilities are numbers, which databases group
	 * fast. With the factors as text, the join used a temporary table on disk that was searched once per user.
	 *
	 * @param list<int>             $alone
	 * @param list<string>          $own
	 * @param array<string, string> $kept
	 * @return array{0: string, 1: list<int|string>} The SELECT and its arguments.
	 */
	private static function users( array $alone, array $own, array $kept, bool $marks ): array {
		global $wpdb;
		$alone   = array() === $alone ? array( 0 ) : $alone;
		$places  = Database::places( $alone, '%d' );
		$columns = "c.user_id AS id, c.meta_value AS capabilities, CASE WHEN c.user_id IN ($places) THEN c.user_id ELSE 0 END AS alone, "
			. ( $marks ? 'CASE WHEN f.user_id IS NULL AND s.user_id IS NOT NULL THEN 1 ELSE 0 END' : '0' ) . ' AS marked';
		$types   = '';
		foreach ( array_keys( $own ) as $i ) {
			$columns .= ", COALESCE(f.is$i, 0) AS own$i";
			$types   .= ", MAX(CASE WHEN type = %s THEN 1 ELSE 0 END) AS is$i";
		}
		$joins = $marks ? ' LEFT JOIN (SELECT DISTINCT user_id FROM {usermeta} WHERE meta_key = %s AND meta_value NOT LIKE %s) s ON s.user_id = c.user_id' : '';
		foreach ( array_keys( array_values( $kept ) ) as $i ) {
			$columns .= ", CASE WHEN k$i.user_id IS NULL THEN 0 ELSE 1 END AS kept$i";
			$joins   .= " LEFT JOIN (SELECT DISTINCT user_id FROM {usermeta} WHERE meta_key = %s AND meta_value NOT IN ('', 'a:0:{}')) k$i ON k$i.user_id = c.user_id";
		}
		return array(
			"SELECT $columns FROM {usermeta} c JOIN {users} u ON u.ID = c.user_id
			LEFT JOIN (SELECT user_id$types FROM {factors} WHERE status = 'active' GROUP BY user_id) f ON f.user_id = c.user_id
			$joins WHERE c.meta_key = %s",
			array(
				...$alone,
				...$own,
				...( $marks ? array( Meta::STATE, FactorRows::NOT_ENROLLED ) : array() ),
				...array_values( $kept ),
				$wpdb->get_blog_prefix() . 'capabilities',
			),
		);
	}

	/**
	 * @param list<string>          $own
	 * @param array<string, string> $kept
	 * @return list<string> The columns that tell which factors a user has.
	 */
	private static function flags( array $own, array $kept ): array {
		return array(
			...array_map( static fn ( int $i ): string => "own$i", array_keys( $own ) ),
			...array_map( static fn ( int $i ): string => "kept$i", array_keys( array_values( $kept ) ) ),
		);
	}

	/**
	 * @param array<string, string> $row
	 * @param list<string>          $flags   `alone`, `marked`, and one for each factor.
	 * @param list<string>          $factors
	 * @return array{capabilities: array<string, bool>, factors: list<string>, marked: bool, user_id: int, users: int, key: string}
	 */
	private static function group( array $row, array $flags, array $factors ): array {
		$capabilities = maybe_unserialize( $row['capabilities'] );
		$has          = array_filter(
			array_combine( $factors, array_slice( $flags, 2 ) ),
			static fn ( string $flag ): bool => 1 === (int) $row[ $flag ]
		);
		return array(
			'capabilities' => is_array( $capabilities ) ? $capabilities : array(),
			'factors'      => array_keys( $has ),
			'marked'       => 1 === (int) $row['marked'],
			'user_id'      => (int) $row['alone'],
			'users'        => (int) $row['users'],
			'key'          => implode(
				' ',
				array_map( static fn ( string $column ): string => (string) $row[ $column ], array( ...$flags, 'capabilities' ) )
			),
		);
	}
}
