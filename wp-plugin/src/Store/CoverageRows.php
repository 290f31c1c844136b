<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** Who has which factors, counted or by name: one query over the users of this site, whatever their number. */
final class CoverageRows {
	public function __construct( private readonly Database $database ) {}

	/**
	 * Users of this site that are alike: of the same capabilities, with the same kinds of factors.
	 *
	 * @param list<int>             $alone Users who are counted each by themselves.
	 * @param array<string, string> $kept  Factor that another plugin keeps => the user meta that enables it.
	 * @param bool                  $marks Whether it is asked who is marked for a factor and has no row of one.
	 * @return list<array{capabilities: array<string, bool>, factors: list<string>, marked: bool, user_id: int, users: int}>
	 *         `user_id`: 0, or who is alone. `marked`: such a user, with a factor that a third party keeps.
	 * @throws \Sallyport\WP\Refusal When the store fails.
	 */
	public function groups( array $alone, array $kept, bool $marks = false ): array {
		$alike = 'g.capabilities, g.factors, g.marked, g.alone' . self::named( $kept );
		return $this->read( "SELECT $alike, COUNT(*) AS users FROM", "GROUP BY $alike", $alone, $kept, $marks );
	}

	/**
	 * The same, of each user by themselves.
	 *
	 * @param list<int>             $alone
	 * @param array<string, string> $kept
	 * @return list<array{id: int, capabilities: array<string, bool>, factors: list<string>, marked: bool, user_id: int, users: int}>
	 * @throws \Sallyport\WP\Refusal When the store fails.
	 */
	public function users( array $alone, array $kept, bool $marks = false ): array {
		return $this->read( 'SELECT g.*, 1 AS users FROM', '', $alone, $kept, $marks );
	}

	/**
	 * @param list<int>             $alone
	 * @param array<string, string> $kept
	 * @return list<array<string, mixed>>
	 */
	private function read( string $select, string $group, array $alone, array $kept, bool $marks ): array {
		global $wpdb;
		$joins   = $marks ? ' LEFT JOIN (SELECT DISTINCT user_id FROM {usermeta} WHERE meta_key = %s AND meta_value NOT LIKE %s) s ON s.user_id = c.user_id' : '';
		$columns = ', ' . ( $marks ? 'CASE WHEN f.user_id IS NULL AND s.user_id IS NOT NULL THEN 1 ELSE 0 END' : '0' ) . ' AS marked';
		foreach ( array_keys( $kept ) as $i => $factor ) {
			$columns .= ", CASE WHEN k$i.user_id IS NULL THEN 0 ELSE 1 END AS kept$i";
			$joins   .= " LEFT JOIN (SELECT DISTINCT user_id FROM {usermeta} WHERE meta_key = %s AND meta_value NOT IN ('', 'a:0:{}')) k$i ON k$i.user_id = c.user_id";
		}
		$places = implode( ', ', array_fill( 0, max( 1, count( $alone ) ), '%d' ) );
		$rows   = $this->database->rows(
			"$select (
				SELECT c.user_id AS id, c.meta_value AS capabilities, COALESCE(f.types, '') AS factors, CASE WHEN c.user_id IN ($places) THEN c.user_id ELSE 0 END AS alone$columns
				FROM {usermeta} c JOIN {users} u ON u.ID = c.user_id
				LEFT JOIN (SELECT user_id, GROUP_CONCAT(DISTINCT type) AS types FROM {factors} WHERE status = 'active' GROUP BY user_id) f ON f.user_id = c.user_id
				$joins WHERE c.meta_key = %s
			) g $group",
			array( ...( array() === $alone ? array( 0 ) : $alone ), ...( $marks ? array( Meta::STATE, FactorRows::NOT_ENROLLED ) : array() ), ...array_values( $kept ), $wpdb->get_blog_prefix() . 'capabilities' )
		);
		return array_map( static fn ( array $row ): array => self::group( $row, array_keys( $kept ) ), $rows );
	}

	/** @param array<string, string> $kept */
	private static function named( array $kept ): string {
		return implode( '', array_map( static fn ( int $i ): string => ", g.kept$i", array_keys( array_values( $kept ) ) ) );
	}

	/**
	 * @param array<string, string> $row
	 * @param list<string>          $kept
	 * @return array{id?: int, capabilities: array<string, bool>, factors: list<string>, marked: bool, user_id: int, users: int}
	 */
	private static function group( array $row, array $kept ): array {
		$capabilities = maybe_unserialize( $row['capabilities'] );
		$factors      = '' === $row['factors'] ? array() : explode( ',', $row['factors'] );
		foreach ( $kept as $i => $factor ) {
			if ( '1' === (string) $row[ "kept$i" ] ) {
				$factors[] = $factor;
			}
		}
		return ( isset( $row['id'] ) ? array( 'id' => (int) $row['id'] ) : array() ) + array(
			'capabilities' => is_array( $capabilities ) ? $capabilities : array(),
			'factors'      => $factors,
			'marked'       => '1' === (string) $row['marked'],
			'user_id'      => (int) $row['alone'],
			'users'        => (int) $row['users'],
		);
	}
}
