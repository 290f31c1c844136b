<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The throttle table: counters that only ever change by one conditional UPDATE each.
 *
 * In every SET list but one `until` comes before `failures`: MySQL evaluates assignments from left to right with the
 * new values, SQLite all with the old ones; in this order both read the old count.
 */
final class ThrottleRows {
	/** Seconds a count is kept that nobody adds to. */
	private const KEPT = DAY_IN_SECONDS;

	public function __construct( private readonly Database $database ) {}

	/** @return array{failures: int, until: int} */
	public function read( string $name ): array {
		$row = $this->database->row( 'SELECT failures, until FROM {throttle} WHERE name = %s', array( self::id( $name ) ) );
		return array(
			'failures' => (int) ( $row['failures'] ?? 0 ),
			'until'    => (int) ( $row['until'] ?? 0 ),
		);
	}

	/**
	 * Counts a failure before it is known to be one; every $burst-th locks for $seconds.
	 *
	 * @return bool False when locked, or at $limit: nothing may be evaluated.
	 */
	public function reserve( string $name, int $burst, int $limit, int $seconds, int $now ): bool {
		return $this->changed(
			$name,
			'UPDATE {throttle} SET until = CASE WHEN (failures + 1) %% %d = 0 THEN %d ELSE until END, failures = failures + 1
			WHERE name = %s AND until <= %d AND failures < %d',
			array( $burst, $now + $seconds, self::id( $name ), $now, $limit )
		);
	}

	/** Takes a reservation back that turned out to be no failure, and the lock that only it brought about. */
	public function give_back( string $name, int $burst ): void {
		$this->database->execute(
			'UPDATE {throttle} SET until = CASE WHEN failures %% %d = 0 THEN 0 ELSE until END, failures = failures - 1
			WHERE name = %s AND failures > 0',
			array( $burst, self::id( $name ) )
		);
	}

	/**
	 * Counts a failure before it is known to be one, and makes one wait for it at once.
	 *
	 * @param non-empty-array<int, int> $waits Which failure in a row => seconds; those after the last wait as long as that.
	 * @return bool False while one waits: nothing may be evaluated.
	 */
	public function escalate( string $name, array $waits, int $now ): bool {
		return $this->worsen( $name, ' AND until <= %d', $waits, $now, array( $now ) );
	}

	/** Counts a failure that is known to be one, and makes one wait for it. @param non-empty-array<int, int> $waits As for escalate(). */
	public function fail( string $name, array $waits, int $now ): void {
		$this->worsen( $name, '', $waits, $now, array() );
	}

	/** Takes an escalation back that turned out to be no failure, and the wait that only it brought about. */
	public function relent( string $name ): void {
		$this->database->execute( 'UPDATE {throttle} SET until = 0, failures = failures - 1 WHERE name = %s AND failures > 0', array( self::id( $name ) ) );
	}

	/**
	 * Takes a drop out of a bucket that holds $most and refills one in $seconds: `until` is when it is full again. Its time
	 * is the latest that anybody has told: of requests at one moment some began in the second before.
	 *
	 * @return bool False, and nothing taken, when it is empty.
	 */
	public function take( string $name, int $most, int $seconds, int $now ): bool {
		$before_full = $seconds * ( $most - 1 );
		$kept_until  = $now + self::KEPT;
		return $this->changed(
			$name,
			'UPDATE {throttle} SET until = CASE WHEN until < %d THEN %d ELSE until + %d END, failures = failures + 1, expires_at = CASE WHEN expires_at < %d THEN %d ELSE expires_at END
			WHERE name = %s AND (until <= %d OR until + %d <= expires_at)',
			array( $now, $now + $seconds, $seconds, $kept_until, $kept_until, self::id( $name ), $now + $before_full, self::KEPT - $before_full )
		);
	}

	/** Seconds until a bucket that take() found empty holds a drop again; 1 at least. */
	public function refills_in( string $name, int $most, int $seconds, int $now ): int {
		return max( 1, $this->read( $name )['until'] - $seconds * ( $most - 1 ) - $now );
	}

	/** Lets a name be tried from now on until then, as often as try() says. */
	public function permit( string $name, int $until ): void {
		$this->database->execute( 'REPLACE INTO {throttle} (name, failures, until, expires_at) VALUES (%s, 0, %d, %d)', array( self::id( $name ), $until, $until ) );
	}

	/** Takes one of the $most tries that are permitted; false when there is none. */
	public function try( string $name, int $most, int $now ): bool {
		return $this->database->decide( 'UPDATE {throttle} SET failures = failures + 1 WHERE name = %s AND until > %d AND failures < %d', array( self::id( $name ), $now, $most ) );
	}

	/** Whether try() would find one. */
	public function may_try( string $name, int $most, int $now ): bool {
		$row = $this->read( $name );
		return $row['until'] > $now && $row['failures'] < $most;
	}

	/** Puts a drop back. */
	public function put_back( string $name, int $seconds ): void {
		$this->database->execute( 'UPDATE {throttle} SET until = until - %d, failures = failures - 1 WHERE name = %s AND failures > 0', array( $seconds, self::id( $name ) ) );
	}

	/**
	 * Counts one of $most in $seconds, from the first on; the one beyond them is not counted, and begins a wait of as long.
	 *
	 * `failures` comes first here: it asks whether the time is over, which `until` no longer tells once it is set anew.
	 *
	 * @return int Seconds to wait; 0 when it was counted.
	 */
	public function count_in( string $name, int $most, int $seconds, int $now ): int {
		$counted = $this->changed(
			$name,
			'UPDATE {throttle} SET failures = CASE WHEN until <= %d THEN 1 ELSE failures + 1 END, until = CASE WHEN until <= %d THEN %d ELSE until END, expires_at = %d
			WHERE name = %s AND (until <= %d OR failures < %d)',
			array( $now, $now, $now + $seconds, $now + self::KEPT, self::id( $name ), $now, $most )
		);
		if ( $counted ) {
			return 0;
		}
		$this->database->execute( 'UPDATE {throttle} SET until = %d, failures = failures + 1 WHERE name = %s AND failures = %d', array( $now + $seconds, self::id( $name ), $most ) );
		return max( 1, $this->read( $name )['until'] - $now );
	}

	/** Makes a name one request's until it clears it, or dies and $seconds are over; false when it is another's. */
	public function claim( string $name, int $seconds, int $now ): bool {
		return $this->changed(
			$name,
			'UPDATE {throttle} SET until = %d, failures = failures + 1, expires_at = %d WHERE name = %s AND until <= %d',
			array( $now + $seconds, $now + self::KEPT, self::id( $name ), $now )
		);
	}

	/** Whether nobody was told yes for this name in the last $seconds: of several that ask, one is. Most find it told, by one read. */
	public function is_first( string $name, int $seconds, int $now ): bool {
		return $this->read( $name )['until'] <= $now && $this->claim( $name, $seconds, $now );
	}

	public function clear( string $name ): void {
		$this->database->execute( 'UPDATE {throttle} SET until = 0, failures = 0 WHERE name = %s', array( self::id( $name ) ) );
	}

	/**
	 * Deletes counts nobody has added to in a while; those towards an account's limit, only a success of its own ends.
	 *
	 * @return int Rows deleted, $limit at most.
	 */
	public function delete_expired( int $now, int $limit ): int {
		return $this->database->prune( 'throttle', 'expires_at > 0 AND expires_at <= %d AND until <= %d', array( $now, $now ), $limit );
	}

	/**
	 * @param non-empty-array<int, int> $waits
	 * @param list<int>                 $args  Of $where.
	 */
	private function worsen( string $name, string $where, array $waits, int $now, array $args ): bool {
		$cases = '';
		$until = array();
		foreach ( $waits as $nth => $seconds ) {
			$cases .= ' WHEN failures + 1 = %d THEN %d';
			array_push( $until, $nth, $now + $seconds );
		}
		return $this->changed(
			$name,
			"UPDATE {throttle} SET until = CASE WHEN failures + 1 < %d THEN until$cases ELSE %d END, failures = failures + 1, expires_at = %d
			WHERE name = %s$where",
			array( array_key_first( $waits ), ...$until, $now + end( $waits ), $now + self::KEPT, self::id( $name ), ...$args )
		);
	}

	/**
	 * Runs one conditional UPDATE on a row that may have to be made first.
	 *
	 * @param list<int|string> $args
	 */
	private function changed( string $name, string $update, array $args ): bool {
		if ( $this->database->decide( $update, $args ) ) {
			return true;
		}
		$this->database->execute( 'INSERT IGNORE INTO {throttle} (name, failures, until) VALUES (%s, 0, 0)', array( self::id( $name ) ) );
		return $this->database->decide( $update, $args );
	}

	/** Names hold addresses and log-ins: stored as digests, of one length. */
	private static function id( string $name ): string {
		return hash( 'sha256', $name );
	}
}
