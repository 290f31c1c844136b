<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** The activity table. */
final class ActivityRows {
	/** Filter => its condition. With the blog, each is backed by an index. */
	private const FILTERS = array(
		'event'   => 'event = %s',
		'user'    => 'user_id = %d',
		'ip'      => 'ip = %s',
		'issuer'  => 'issuer = %s',
		'outcome' => 'outcome = %s',
		'after'   => 'time >= %d',
		'before'  => 'time < %d',
	);

	/** Replaces the name of an actor who wanted to be forgotten, as core writes it. */
	private const SOMEBODY = '[deleted]';

	/**
	 * Detail of events of a probe's visitor. Nothing a client wrote into a detail can look like it: JSON escapes quotation
	 * marks.
	 */
	public const PROBE      = array( 'probe' => 'yes' );
	private const IS_PROBED = '"probe":"yes"';

	/** Event at the end of a probe; its detail holds the id of the `visitor`. */
	private const PROBE_RUN = 'probe_run';

	public function __construct( private readonly Database $database ) {}

	/**
	 * Whether the event happened to a probe's visitor, so that nobody has to be told.
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
	 * One page of the log. An index finds the keys of its rows first, and only those rows are read. A plain LIMIT would read
	 * every row before the page: for the last page of three million rows, all of them.
	 *
	 * @param array{event?: string, user?: int, ip?: string, issuer?: string, outcome?: string, after?: int, before?: int} $filter Times are Unix seconds; `after` is inclusive, `before` is exclusive.
	 * @return list<array<string, string>> The newest first.
	 */
	public function find( int $blog_id, array $filter, int $limit, int $offset ): array {
		return $this->database->rows(
			'SELECT a.* FROM {activity} a JOIN (SELECT id FROM {activity} WHERE ' . self::where( $filter )
				. ' ORDER BY time DESC, id DESC LIMIT %d OFFSET %d) p ON p.id = a.id ORDER BY a.time DESC, a.id DESC',
			array( $blog_id, ...array_values( $filter ), $limit, $offset )
		);
	}

	/**
	 * @param list<string> $events Only these.
	 * @return list<array<string, string>> The newest first.
	 */
	public function of_user( int $blog_id, int $user_id, array $events, int $limit ): array {
		$is_one = 'event IN (' . Database::places( $events ) . ')';
		return $this->database->rows(
			"SELECT * FROM {activity} WHERE blog_id = %d AND user_id = %d AND $is_one ORDER BY time DESC, id DESC LIMIT %d",
			array( $blog_id, $user_id, ...$events, $limit )
		);
	}

	/** @param array<string, int|string> $filter As for find(). */
	public function count( int $blog_id, array $filter ): int {
		$row = $this->database->row(
			'SELECT COUNT(*) AS n FROM {activity} WHERE ' . self::where( $filter ),
			array( $blog_id, ...array_values( $filter ) )
		);
		return (int) ( $row['n'] ?? 0 );
	}

	/**
	 * Counts these events since a time, in slots of equal length, without those of probes' visitors.
	 *
	 * An index answers it alone. Checking the detail of each row for a visitor would read a month of rows, so the visitors'
	 * events are counted separately and subtracted.
	 *
	 * @param list<string> $events
	 * @param int          $seconds Length of a slot.
	 * @return array<int, int> Start of a slot, Unix seconds => count; slots without events are left out.
	 */
	public function slots( int $blog_id, array $events, int $after, int $seconds ): array {
		$slots    = $this->counted( $blog_id, $events, $after, $seconds );
		$visitors = $this->visitors( $blog_id, $after );
		foreach ( array() === $visitors ? array() : $this->counted( $blog_id, $events, $after, $seconds, $visitors ) as $time => $probed ) {
			$slots[ $time ] = max( 0, ( $slots[ $time ] ?? 0 ) - $probed ); // The log may have grown between the two queries.
		}
		return array_filter( $slots );
	}

	/**
	 * @param list<string> $events
	 * @param list<int>    $visitors If not empty: only theirs.
	 * @return array<int, int> As slots().
	 */
	private function counted( int $blog_id, array $events, int $after, int $seconds, array $visitors = array() ): array {
		$of   = array() === $visitors ? '' : ' AND user_id IN (' . Database::places( $visitors, '%d' ) . ') AND INSTR(detail, %s) > 0';
		$rows = $this->database->rows(
			'SELECT p.slot, COUNT(*) AS n FROM (SELECT time - time %% %d AS slot FROM {activity} WHERE blog_id = %d AND time >= %d AND event IN (' . Database::places( $events ) . ")$of) p GROUP BY p.slot",
			array( $seconds, $blog_id, $after, ...$events, ...( array() === $visitors ? array() : array( ...$visitors, self::IS_PROBED ) ) )
		);
		return array_map( 'intval', array_column( $rows, 'n', 'slot' ) );
	}

	/** @return list<int> Visitors of the probes that ended since then. They are few, and found by an index. */
	private function visitors( int $blog_id, int $after ): array {
		$rows = $this->database->rows( 'SELECT detail FROM {activity} WHERE blog_id = %d AND event = %s AND time >= %d', array( $blog_id, self::PROBE_RUN, $after ) );
		return array_values(
			array_filter( array_map( static fn ( array $row ): int => (int) ( json_decode( $row['detail'], true )['visitor'] ?? 0 ), $rows ) )
		);
	}

	/** @param array<string, int|string> $filter */
	private static function where( array $filter ): string {
		return implode(
			' AND ',
			array( 'blog_id = %d', ...array_map( static fn ( string $name ): string => self::FILTERS[ $name ], array_keys( $filter ) ) )
		);
	}

	/** @return list<int> The blogs with rows; each costs one index lookup. */
	public function blogs(): array {
		return array_map(
			'intval',
			array_column( $this->database->rows( 'SELECT DISTINCT blog_id FROM {activity} WHERE blog_id > %d', array( 0 ) ), 'blog_id' )
		);
	}

	/**
	 * Anonymises rows about a user, on every blog: the user, and what their client sent.
	 *
	 * @return int Rows changed, at most $limit.
	 */
	public function forget_user( int $user_id, int $limit ): int {
		$ids  = array_column( $this->database->rows( 'SELECT id FROM {activity} WHERE user_id = %d LIMIT %d', array( $user_id, $limit ) ), 'id' );
		$list = Database::places( $ids, '%d' );
		return array() === $ids
			? 0
			: $this->database->execute( "UPDATE {activity} SET user_id = 0, ip = '', device = '', detail = '' WHERE user_id = %d AND id IN ($list)", array( $user_id, ...$ids ) );
	}

	/**
	 * Anonymises the actor in rows about others, on every blog: the name, and what their client sent.
	 *
	 * @param list<string> $events The events whose rows name an actor.
	 * @return int Rows changed, at most $limit.
	 */
	public function forget_actor( string $login, array $events, int $limit ): int {
		$ids  = array_column( $this->of_actor( $login, $events, $limit, 0 ), 'id' );
		$list = Database::places( $ids, '%d' );
		return array() === $ids
			? 0
			: $this->database->execute(
				"UPDATE {activity} SET ip = '', device = '', detail = REPLACE(detail, %s, %s) WHERE " . self::acted( $events ) . " AND id IN ($list)",
				array( self::by( $login ), self::by( self::SOMEBODY ), ...$events, self::by( $login ), ...$ids )
			);
	}

	/**
	 * What a user did to others, on every blog.
	 *
	 * @param list<string> $events The events whose rows name an actor.
	 * @return list<array<string, string>>
	 */
	public function of_actor( string $login, array $events, int $limit, int $offset ): array {
		// An index covers blog, event and order. Administrators do little, however long the log is.
		$blogs = $this->blogs() ?: array( 0 );
		return $this->database->rows(
			'SELECT * FROM {activity} WHERE blog_id IN (' . Database::places( $blogs, '%d' ) . ') AND ' . self::acted( $events )
				. ' ORDER BY blog_id, event, time, id LIMIT %d OFFSET %d',
			array( ...$blogs, ...$events, self::by( $login ), $limit, $offset )
		);
	}

	/** @param list<string> $events */
	private static function acted( array $events ): string {
		return 'event IN (' . Database::places( $events ) . ') AND INSTR(detail, %s) > 0';
	}

	/** How the detail names an actor. */
	private static function by( string $login ): string {
		return '"by":' . wp_json_encode( $login );
	}

	/** @return int Rows deleted, at most $limit. */
	public function delete_before( int $blog_id, int $time, int $limit ): int {
		return $this->database->prune( 'activity', 'blog_id = %d AND time < %d', array( $blog_id, $time ), $limit );
	}
}
