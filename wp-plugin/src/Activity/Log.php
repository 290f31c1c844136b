<?php
declare( strict_types=1 );

namespace Sallyport\WP\Activity;

use Sallyport\WP\Store\ActivityRows;

/** The log as it is read: what happened on this blog, the newest first. */
final class Log {
	/** What an entry holds. */
	public const FIELDS = array( 'id', 'time', 'event', 'user', 'ip', 'device', 'issuer', 'outcome', 'detail' );

	/** The same in columns. */
	public const COLUMNS = array( 'id', 'time', 'event', 'user_id', 'user_login', 'ip', 'device', 'issuer', 'outcome', 'detail' );

	public function __construct( private readonly ActivityRows $rows ) {}

	/** @param array<string, int|string> $filter As ActivityRows has it. */
	public function count( array $filter ): int {
		return $this->rows->count( get_current_blog_id(), $filter );
	}

	/**
	 * @param array<string, int|string> $filter As ActivityRows has it.
	 * @return list<array{id: int, time: string, event: string, user: array{ID: int, user_login: string}|null, ip: string, device: string, issuer: string, outcome: string, detail: object}>
	 */
	public function entries( array $filter, int $limit, int $offset = 0 ): array {
		$rows  = $this->rows->find( get_current_blog_id(), $filter, $limit, $offset );
		$names = self::names( array_values( array_unique( array_map( 'intval', array_column( $rows, 'user_id' ) ) ) ) );
		return array_map(
			static fn ( array $row ): array => array(
				'id'      => (int) $row['id'],
				'time'    => gmdate( 'c', (int) $row['time'] ),
				'event'   => $row['event'],
				'user'    => self::user( (int) $row['user_id'], $names ),
				'ip'      => $row['ip'],
				'device'  => $row['device'],
				'issuer'  => $row['issuer'],
				'outcome' => $row['outcome'],
				'detail'  => (object) json_decode( $row['detail'], true ),
			),
			$rows
		);
	}

	/**
	 * What happened to one user, on this blog.
	 *
	 * @param list<string> $events Of these alone.
	 * @return list<array<string, string>> Rows, the newest first.
	 */
	public function of_user( int $user_id, array $events, int $limit ): array {
		return $this->rows->of_user( get_current_blog_id(), $user_id, $events, $limit );
	}

	/**
	 * An entry as cells of a table, which may be opened in a spreadsheet: that takes what begins like a formula for
	 * one, and would run what somebody wrote into it.
	 *
	 * @param array<string, mixed> $entry
	 * @return array<string, string> Under the names of the columns.
	 */
	public static function cells( array $entry ): array {
		$cells = array(
			'user_id'    => $entry['user']['ID'] ?? '',
			'user_login' => $entry['user']['user_login'] ?? '',
			'detail'     => array() === (array) $entry['detail'] ? '' : (string) wp_json_encode( $entry['detail'], JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ),
		) + $entry;
		$safe  = array();
		foreach ( self::COLUMNS as $column ) {
			$cell            = (string) $cells[ $column ];
			$safe[ $column ] = 1 === preg_match( '/^[=+\-@\t\r\n]/', $cell ) ? "'" . $cell : $cell;
		}
		return $safe;
	}

	/**
	 * @param array<int, string> $names
	 * @return array{ID: int, user_login: string}|null A user who was deleted has no name any more.
	 */
	private static function user( int $id, array $names ): ?array {
		return 0 === $id ? null : array(
			'ID'         => $id,
			'user_login' => $names[ $id ] ?? '',
		);
	}

	/**
	 * @param list<int> $ids
	 * @return array<int, string> Of those that there are, on any blog.
	 */
	private static function names( array $ids ): array {
		$users = array() === $ids ? array() : get_users(
			array(
				'include' => $ids,
				'fields'  => array( 'ID', 'user_login' ),
				'blog_id' => 0,
				'orderby' => 'ID',
			)
		);
		return array_column( $users, 'user_login', 'ID' );
	}
}
