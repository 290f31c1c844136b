<?php
declare( strict_types=1 );

namespace Sallyport\WP\Activity;

use DateTimeImmutable;
use Sallyport\WP\Fields;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ActivityRows;

/** Reads the log of this blog, the newest entries first. */
final class Log {
	/** Fields of an entry. */
	public const FIELDS = array( 'id', 'time', 'event', 'user', 'ip', 'device', 'issuer', 'outcome', 'detail' );

	/** Columns of an entry in a table. */
	public const COLUMNS = array( 'id', 'time', 'event', 'user_id', 'user_login', 'ip', 'device', 'issuer', 'outcome', 'detail' );

	/** Entries in a file. */
	public const FILE = 10000;

	/** Length of a slot in seconds: a quarter of an hour divides the day boundaries of all time zones. */
	private const SLOT = 900;

	public function __construct( private readonly ActivityRows $rows ) {}

	/**
	 * The filter in a URL.
	 *
	 * @return array<string, int|string> For ActivityRows.
	 * @throws Refusal rest_invalid_param.
	 */
	public static function filter( Fields $fields ): array {
		$filter = array(
			'event'   => $fields->one_of( 'event', array_column( Event::cases(), 'value' ) ),
			'user'    => $fields->whole( 'user', 0, PHP_INT_MAX ),
			'ip'      => $fields->address( 'ip' ),
			'issuer'  => $fields->optional( 'issuer', 64 ),
			'outcome' => $fields->optional( 'outcome', 64 ),
			'after'   => $fields->time( 'after' ),
			'before'  => $fields->time( 'before' ),
		);
		return array_filter( $filter, static fn ( int|string|null $value ): bool => null !== $value );
	}

	/**
	 * Counts of the last days, by this site's calendar.
	 *
	 * @param array<string, list<Event>> $kinds Name => the events counted under it.
	 * @return array<string, array<string, int>> Date (Y-m-d), the oldest first => name => count.
	 * @throws Refusal sallyport_unavailable.
	 */
	public function days( array $kinds, int $days, int $now ): array {
		$zone  = wp_timezone();
		$today = ( new DateTimeImmutable( '@' . $now ) )->setTimezone( $zone )->setTime( 0, 0 );
		$first = $today->modify( '-' . ( $days - 1 ) . ' days midnight' );
		$found = array();
		// A day later may be at another hour: in some zones the day on which summer time begins has no midnight.
		for ( $day = $first; $day <= $today; $day = $day->modify( 'tomorrow' ) ) {
			$found[ $day->format( 'Y-m-d' ) ] = array_fill_keys( array_keys( $kinds ), 0 );
		}
		foreach ( $kinds as $name => $events ) {
			$slots = $this->rows->slots( get_current_blog_id(), array_column( $events, 'value' ), $first->getTimestamp(), self::SLOT );
			foreach ( $slots as $time => $count ) {
				$day = ( new DateTimeImmutable( '@' . $time ) )->setTimezone( $zone )->format( 'Y-m-d' );
				if ( isset( $found[ $day ] ) ) {
					$found[ $day ][ $name ] += $count;
				}
			}
		}
		return $found;
	}

	/** @param array<string, int|string> $filter For ActivityRows. */
	public function count( array $filter ): int {
		return $this->rows->count( get_current_blog_id(), $filter );
	}

	/**
	 * @param array<string, int|string> $filter For ActivityRows.
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
	 * Events of one user on this blog.
	 *
	 * @param list<string> $events Only these.
	 * @return list<array<string, string>> Rows, the newest first.
	 */
	public function of_user( int $user_id, array $events, int $limit ): array {
		return $this->rows->of_user( get_current_blog_id(), $user_id, $events, $limit );
	}

	/**
	 * An entry as table cells. A spreadsheet would run a cell that begins like a formula, and clients can write into the log, so
	 * such cells are turned into text.
	 *
	 * @param array<string, mixed> $entry
	 * @return array<string, string> By column name.
	 */
	public static function cells( array $entry ): array {
		$cells = array(
			'user_id'    => $entry['user']['ID'] ?? '',
			'user_login' => $entry['user']['user_login'] ?? '',
			'detail'     => array() === (array) $entry['detail']
				? ''
				: (string) wp_json_encode( $entry['detail'], JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ),
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
	 * @return array{ID: int, user_login: string}|null A deleted user no longer has a name.
	 */
	private static function user( int $id, array $names ): ?array {
		return 0 === $id ? null : array(
			'ID'         => $id,
			'user_login' => $names[ $id ] ?? '',
		);
	}

	/**
	 * @param list<int> $ids
	 * @return array<int, string> Login names of those that exist, on any blog.
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
