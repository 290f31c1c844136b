<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The throttle table: counters that only ever change by one conditional UPDATE each.
 *
 * In every SET list `until` comes before `failures`: MySQL evaluates assignments from left to right with the
 * new values, SQLite all with the old ones; in this order both read the old count.
 */
final class ThrottleRows {
	/** In expires_at: a count that only its own success ends, such as that towards an account's limit. */
	private const KEPT = 0;

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
		$this->ensure( $name, self::KEPT );
		return 1 === $this->database->execute(
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

	/** Adds a failure that makes one wait until $until. */
	public function fail( string $name, int $until, int $now ): void {
		$this->ensure( $name, $now + DAY_IN_SECONDS );
		$this->database->execute(
			'UPDATE {throttle} SET until = CASE WHEN until < %d THEN %d ELSE until END, failures = failures + 1, expires_at = %d WHERE name = %s',
			array( $until, $until, $now + DAY_IN_SECONDS, self::id( $name ) )
		);
	}

	/** Drains a bucket that empties at $cost a drop and refills with time: `until` is when it is full again. */
	public function drain( string $name, int $cost, int $now ): void {
		$this->ensure( $name, $now + DAY_IN_SECONDS );
		$this->database->execute(
			'UPDATE {throttle} SET until = CASE WHEN until < %d THEN %d ELSE until + %d END, failures = failures + 1, expires_at = %d WHERE name = %s',
			array( $now, $now + $cost, $cost, $now + DAY_IN_SECONDS, self::id( $name ) )
		);
	}

	/**
	 * Takes a drop out of a bucket that holds $most and refills one in $seconds: `until` is when it is full again.
	 *
	 * @return bool False, and nothing taken, when it is empty.
	 */
	public function take( string $name, int $most, int $seconds, int $now ): bool {
		$this->ensure( $name, $now + DAY_IN_SECONDS );
		return 1 === $this->database->execute(
			'UPDATE {throttle} SET until = CASE WHEN until < %d THEN %d ELSE until + %d END, failures = failures + 1, expires_at = %d WHERE name = %s AND until <= %d',
			array( $now, $now + $seconds, $seconds, $now + DAY_IN_SECONDS, self::id( $name ), $now + $seconds * ( $most - 1 ) )
		);
	}

	/** Makes a name one request's until it clears it, or dies and $seconds are over; false when it is another's. */
	public function claim( string $name, int $seconds, int $now ): bool {
		$this->ensure( $name, $now + DAY_IN_SECONDS );
		return 1 === $this->database->execute(
			'UPDATE {throttle} SET until = %d, failures = failures + 1 WHERE name = %s AND until <= %d',
			array( $now + $seconds, self::id( $name ), $now )
		);
	}

	public function clear( string $name ): void {
		$this->database->execute( 'UPDATE {throttle} SET until = 0, failures = 0 WHERE name = %s', array( self::id( $name ) ) );
	}

	/** @return int Rows deleted, $limit at most. */
	public function delete_expired( int $now, int $limit ): int {
		return $this->database->prune( 'throttle', 'expires_at > 0 AND expires_at <= %d AND until <= %d', array( $now, $now ), $limit, 'name' );
	}

	private function ensure( string $name, int $expires_at ): void {
		$this->database->execute( 'INSERT IGNORE INTO {throttle} (name, failures, until, expires_at) VALUES (%s, 0, 0, %d)', array( self::id( $name ), $expires_at ) );
	}

	/** Names hold addresses and log-ins: stored as digests, of one length. */
	private static function id( string $name ): string {
		return hash( 'sha256', $name );
	}
}
