<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The throttle table: counters, each changed by one conditional UPDATE.
 *
 * In every SET list but one, `until` comes before `failures`. MySQL evaluates assignments from left to right with the new
 * values, SQLite evaluates all with the old ones; in this order both use the old count.
 */
final class ThrottleRows {
	/** Seconds after which a count that did not change is deleted. */
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
	 * @return bool False if locked, or at $limit: nothing may be checked.
	 */
	public function reserve( string $name, int $burst, int $limit, int $seconds, int $now ): bool {
		return $this->changed(
			$name,
			'UPDATE {throttle} SET until = CASE WHEN (failures + 1) %% %d = 0 THEN %d ELSE until END, failures = failures + 1
			WHERE name = %s AND until <= %d AND failures < %d',
			array( $burst, $now + $seconds, self::id( $name ), $now, $limit )
		);
	}

	/** Takes back a reservation that was no failure, and the lock if it alone caused it. */
	public function give_back( string $name, int $burst ): void {
		$this->database->execute(
			'UPDATE {throttle} SET until = CASE WHEN failures %% %d = 0 THEN 0 ELSE until END, failures = failures - 1
			WHERE name = %s AND failures > 0',
			array( $burst, self::id( $name ) )
		);
	}

	/**
	 * Counts a failure before it is known to be one, and imposes its wait at once.
	 *
	 * @param non-empty-array<int, int> $waits Number of the failure in a row => seconds; later ones wait as long as the last.
	 * @return bool False during a wait: nothing may be checked.
	 */
	public function escalate( string $name, array $waits, int $now ): bool {
		return $this->worsen( $name, ' AND until <= %d', $waits, $now, array( $now ) );
	}

	/**
	 * Counts a known failure, and imposes its wait.
	 *
	 * @param non-empty-array<int, int> $waits As for escalate().
	 */
	public function fail( string $name, array $waits, int $now ): void {
		$this->worsen( $name, '', $waits, $now, array() );
	}

	/** Takes back an escalation that was no failure, and the wait if it alone caused it. */
	public function relent( string $name ): void {
		$this->database->execute( 'UPDATE {throttle} SET until = 0, failures = failures - 1 WHERE name = %s AND failures > 0', array( self::id( $name ) ) );
	}

	/**
	 * Takes one from a bucket that holds $most and refills one every $seconds. `until` is when it is full again. The row's clock
	 * is the latest time any request has told, since requests at the same moment may have begun a second apart.
	 *
	 * @return bool False, with nothing taken, if it is empty.
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

	/** Seconds until a bucket that take() found empty holds one again; at least 1. */
	public function refills_in( string $name, int $most, int $seconds, int $now ): int {
		return max( 1, $this->read( $name )['until'] - $seconds * ( $most - 1 ) - $now );
	}

	/** Permits tries for a name until a given time; try() says how many. */
	public function permit( string $name, int $until ): void {
		$this->database->execute( 'REPLACE INTO {throttle} (name, failures, until, expires_at) VALUES (%s, 0, %d, %d)', array( self::id( $name ), $until, $until ) );
	}

	/** Takes one of the $most permitted tries; false if there is none. */
	public function try( string $name, int $most, int $now ): bool {
		return $this->database->decide( 'UPDATE {throttle} SET failures = failures + 1 WHERE name = %s AND until > %d AND failures < %d', array( self::id( $name ), $now, $most ) );
	}

	/** Whether try() would find one. */
	public function may_try( string $name, int $most, int $now ): bool {
		$row = $this->read( $name );
		return $row['until'] > $now && $row['failures'] < $most;
	}

	/** Puts one back into a bucket. */
	public function put_back( string $name, int $seconds ): void {
		$this->database->execute( 'UPDATE {throttle} SET until = until - %d, failures = failures - 1 WHERE name = %s AND failures > 0', array( $seconds, self::id( $name ) ) );
	}

	/**
	 * Counts one of $most in $seconds, beginning with the first. The one beyond the limit is not counted; it begins a wait of
	 * the same length.
	 *
	 * Here `failures` comes first: it depends on whether the time is over, which `until` no longer tells once it is set anew.
	 *
	 * @return int Seconds to wait; 0 if it was counted.
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
		$this->database->execute(
			'UPDATE {throttle} SET until = %d, failures = failures + 1 WHERE name = %s AND failures = %d',
			array( $now + $seconds, self::id( $name ), $most )
		);
		return max( 1, $this->read( $name )['until'] - $now );
	}

	/** Claims a name for one request, until it clears it, or dies and $seconds pass; false if another request holds it. */
	public function claim( string $name, int $seconds, int $now ): bool {
		return $this->changed(
			$name,
			'UPDATE {throttle} SET until = %d, failures = failures + 1, expires_at = %d WHERE name = %s AND until <= %d',
			array( $now + $seconds, $now + self::KEPT, self::id( $name ), $now )
		);
	}

	/** Whether this is the first call for this name in $seconds; of several at once, one is. Usually costs a single read. */
	public function is_first( string $name, int $seconds, int $now ): bool {
		return $this->read( $name )['until'] <= $now && $this->claim( $name, $seconds, $now );
	}

	public function clear( string $name ): void {
		$this->database->execute( 'UPDATE {throttle} SET until = 0, failures = 0 WHERE name = %s', array( self::id( $name ) ) );
	}

	/**
	 * Deletes counts that have not changed for a while. Counts towards an account's limit end only by the account's success.
	 *
	 * @return int Rows deleted, at most $limit.
	 */
	public function delete_expired( int $now, int $limit ): int {
		return $this->database->prune( 'throttle', 'expires_at > 0 AND expires_at <= %d AND until <= %d', array( $now, $now ), $limit );
	}

	/**
	 * @param non-empty-array<int, int> $waits
	 * @param list<int>                 $args  For $where.
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
	 * Runs one conditional UPDATE on a row, and creates the row first if needed.
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

	/** Names contain addresses and logins, so digests of equal length are stored. */
	private static function id( string $name ): string {
		return hash( 'sha256', $name );
	}
}
