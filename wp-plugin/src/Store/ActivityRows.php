<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** The activity table. */
final class ActivityRows {
	/** What rows are looked for by => its condition. A blog's own are found by an index each. */
	private const FILTERS = array(
		'event'   => 'event = %s',
		'user'    => 'user_id = %d',
		'ip'      => 'ip = %s',
		'issuer'  => 'issuer = %s',
		'outcome' => 'outcome = %s',
		'after'   => 'time >= %d',
		'before'  => 'time < %d',
	);

	/** Stands for who acted and wanted to be forgotten, as core writes it. */
	private const SOMEBODY = '[deleted]';

	/** In the detail of what happened to a probe's visitor. What others wrote into a detail cannot look like it: JSON escapes their quotation marks. */
	public const PROBE      = array( 'probe' => 'yes' );
	private const IS_PROBED = '"probe":"yes"';

	/** What says that one ended: its detail has the id of the `visitor`. */
	private const PROBE_RUN = 'probe_run';

	public function __construct( private readonly Database $database ) {}

	/**
	 * Whether it happened to a probe's visitor, and to nobody that anybody has to be told of.
	 *
	 * @param array<string, int|string> $row
	 */
	public static function is_probed( array $row ): bool {
		return str_contains( (string) ( $row['detail'] ?? '' ), self::IS_PROBED );
	}

	/**
	 * @param array<string, int|string> $row
	 * @return int Its id.
	 */
	public function add( array $row ): int {
		return $this->database->insert( 'activity', $row );
	}

	/**
	 * The page is found in an index, by the keys of its rows, and no row is read that is not of it: the last page of three
	 * million rows would read all of them, and days in the middle all that are between.
	 *
	 * @param array{event?: string, user?: int, ip?: string, issuer?: string, outcome?: string, after?: int, before?: int} $filter Times are Unix seconds; `after` is one of them, `before` is not.
	 * @return list<array<string, string>> The newest first.
	 */
	public function find( int $blog_id, array $filter, int $limit, int $offset ): array {
		return $this->database->rows(
			'SELECT a.* FROM {activity} a JOIN (SELECT id FROM {activity} WHERE ' . self::where( $filter ) . ' ORDER BY time DESC, id DESC LIMIT %d OFFSET %d) p ON p.id = a.id ORDER BY a.time DESC, a.id DESC',
			array( $blog_id, ...array_values( $filter ), $limit, $offset )
		);
	}

	/**
	 * @param list<string> $events Of these alone.
	 * @return list<array<string, string>> The newest first.
	 */
	public function of_user( int $blog_id, int $user_id, array $events, int $limit ): array {
		$is_one = 'event IN (' . Database::places( $events ) . ')';
		return $this->database->rows( "SELECT * FROM {activity} WHERE blog_id = %d AND user_id = %d AND $is_one ORDER BY time DESC, id DESC LIMIT %d", array( $blog_id, $user_id, ...$events, $limit ) );
	}

	/** @param array<string, int|string> $filter As for find(). */
	public function count( int $blog_id, array $filter ): int {
		return (int) ( $this->database->row( 'SELECT COUNT(*) AS n FROM {activity} WHERE ' . self::where( $filter ), array( $blog_id, ...array_values( $filter ) ) )['n'] ?? 0 );
	}

	/**
	 * How often any of these happened, the visitors of probes aside, in equal parts of the time since then.
	 *
	 * An index alone answers it: to look into the detail of each row for a visitor's would read a month of them. So what
	 * visitors did is counted by itself, and taken off.
	 *
	 * @param list<string> $events
	 * @param int          $seconds Of a part.
	 * @return array<int, int> A part's beginning, Unix seconds => how often; parts in which nothing did are not there.
	 */
	public function slots( int $blog_id, array $events, int $after, int $seconds ): array {
		$slots    = $this->counted( $blog_id, $events, $after, $seconds );
		$visitors = $this->visitors( $blog_id, $after );
		foreach ( array() === $visitors ? array() : $this->counted( $blog_id, $events, $after, $seconds, $visitors ) as $time => $probed ) {
			$slots[ $time ] = max( 0, ( $slots[ $time ] ?? 0 ) - $probed ); // The log goes on between the two.
		}
		return array_filter( $slots );
	}

	/**
	 * @param list<string> $events
	 * @param list<int>    $visitors Unless empty: of these alone.
	 * @return array<int, int> As slots() answers.
	 */
	private function counted( int $blog_id, array $events, int $after, int $seconds, array $visitors = array() ): array {
		$of   = array() === $visitors ? '' : ' AND user_id IN (' . Database::places( $visitors, '%d' ) . ') AND INSTR(detail, %s) > 0';
		$rows = $this->database->rows(
			'SELECT p.slot, COUNT(*) AS n FROM (SELECT time - time %% %d AS slot FROM {activity} WHERE blog_id = %d AND time >= %d AND event IN (' . Database::places( $events ) . ")$of) p GROUP BY p.slot",
			array( $seconds, $blog_id, $after, ...$events, ...( array() === $visitors ? array() : array( ...$visitors, self::IS_PROBED ) ) )
		);
		return array_map( 'intval', array_column( $rows, 'n', 'slot' ) );
	}

	/** @return list<int> The visitors of the probes that ended since then: an index has those, and few there are. */
	private function visitors( int $blog_id, int $after ): array {
		$rows = $this->database->rows( 'SELECT detail FROM {activity} WHERE blog_id = %d AND event = %s AND time >= %d', array( $blog_id, self::PROBE_RUN, $after ) );
		return array_values( array_filter( array_map( static fn ( array $row ): int => (int) ( json_decode( $row['detail'], true )['visitor'] ?? 0 ), $rows ) ) );
	}

	/** @param array<string, int|string> $filter */
	private static function where( array $filter ): string {
		return implode( ' AND ', array( 'blog_id = %d', ...array_map( static fn ( string $name ): string => self::FILTERS[ $name ], array_keys( $filter ) ) ) );
	}

	/** @return list<int> The blogs there are rows of: each is one look into an index. */
	public function blogs(): array {
		return array_map( 'intval', array_column( $this->database->rows( 'SELECT DISTINCT blog_id FROM {activity} WHERE blog_id > %d', array( 0 ) ), 'blog_id' ) );
	}

	/**
	 * Takes out of rows, on every blog, whom they are about and what that user brought.
	 *
	 * @return int Rows changed, $limit at most.
	 */
	public function forget_user( int $user_id, int $limit ): int {
		$ids  = array_column( $this->database->rows( 'SELECT id FROM {activity} WHERE user_id = %d LIMIT %d', array( $user_id, $limit ) ), 'id' );
		$list = Database::places( $ids, '%d' );
		return array() === $ids ? 0 : $this->database->execute( "UPDATE {activity} SET user_id = 0, ip = '', device = '', detail = '' WHERE user_id = %d AND id IN ($list)", array( $user_id, ...$ids ) );
	}

	/**
	 * Takes out of rows that are about others, on every blog, who acted: the name, and what they brought.
	 *
	 * @param list<string> $events Those whose rows say so.
	 * @return int Rows changed, $limit at most.
	 */
	public function forget_actor( string $login, array $events, int $limit ): int {
		$ids  = array_column( $this->of_actor( $login, $events, $limit, 0 ), 'id' );
		$list = Database::places( $ids, '%d' );
		return array() === $ids ? 0 : $this->database->execute( "UPDATE {activity} SET ip = '', device = '', detail = REPLACE(detail, %s, %s) WHERE " . self::acted( $events ) . " AND id IN ($list)", array( self::by( $login ), self::by( self::SOMEBODY ), ...$events, self::by( $login ), ...$ids ) );
	}

	/**
	 * What somebody did to others, on every blog.
	 *
	 * @param list<string> $events Those whose rows say so.
	 * @return list<array<string, string>>
	 */
	public function of_actor( string $login, array $events, int $limit, int $offset ): array {
		// Blog and event are an index, and so is the order: what administrators do is little, in however long a log.
		$blogs = $this->blogs() ?: array( 0 );
		return $this->database->rows( 'SELECT * FROM {activity} WHERE blog_id IN (' . Database::places( $blogs, '%d' ) . ') AND ' . self::acted( $events ) . ' ORDER BY blog_id, event, time, id LIMIT %d OFFSET %d', array( ...$blogs, ...$events, self::by( $login ), $limit, $offset ) );
	}

	/** @param list<string> $events */
	private static function acted( array $events ): string {
		return 'event IN (' . Database::places( $events ) . ') AND INSTR(detail, %s) > 0';
	}

	/** How the detail says who acted. */
	private static function by( string $login ): string {
		return '"by":' . wp_json_encode( $login );
	}

	/** @return int Rows deleted, $limit at most. */
	public function delete_before( int $blog_id, int $time, int $limit ): int {
		return $this->database->prune( 'activity', 'blog_id = %d AND time < %d', array( $blog_id, $time ), $limit );
	}
}
