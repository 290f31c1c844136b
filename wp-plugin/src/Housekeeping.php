<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Throwable;

/**
 * The daily job, run by WP-Cron: deletes what has expired, and compares what is stored in two places. Tables and users are
 * network-wide, so it runs once, on the main site.
 */
final class Housekeeping {
	public const EVENT = 'sallyport_housekeeping';

	/** Rows that a part handles at a time. */
	private const BATCH = 500;

	/**
	 * Seconds after which a run begins no further batch. The rest is left to another run a minute later, or to the next one of
	 * the system's cron. If that comes once an hour, a run must still keep up with what a large site produces in that time.
	 */
	private const SECONDS = 20;

	/** @param array<string, Closure(int, int): int> $parts Name => given the time and a limit, handles that many rows at most, and returns how many. */
	public function __construct(
		private readonly array $parts,
		private readonly Activity $activity,
	) {}

	/** Schedules the daily event on the main site, if it is not scheduled. */
	public function schedule(): void {
		Blog::on( get_main_site_id(), static fn () => wp_next_scheduled( self::EVENT ) || wp_schedule_event( time(), 'daily', self::EVENT ) );
	}

	public function unschedule(): void {
		Blog::on( get_main_site_id(), static fn () => wp_clear_scheduled_hook( self::EVENT ) );
	}

	/** Action sallyport_housekeeping. The parts take turns, so that none waits for one with much to do, or one that fails. */
	public function run( int $now ): void {
		$parts = $this->parts;
		while ( array() !== $parts && time() < $now + self::SECONDS ) {
			$parts = array_filter(
				$parts,
				fn ( Closure $part, string $name ): bool => $this->has_more( $name, $part, $now ),
				ARRAY_FILTER_USE_BOTH
			);
		}
		if ( array() !== $parts ) {
			wp_schedule_single_event( $now + MINUTE_IN_SECONDS, self::EVENT );
		}
	}

	/** @param Closure(int, int): int $part */
	private function has_more( string $name, Closure $part, int $now ): bool {
		try {
			return $part( $now, self::BATCH ) >= self::BATCH;
		} catch ( Throwable $failure ) {
			$this->activity->record(
				Event::HousekeepingFailed,
				0,
				'',
				Code::Unavailable->value,
				array( 'part' => $name, 'failure' => $failure::class )
			);
			return false;
		}
	}
}
