<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Throwable;

/**
 * What is done once a day, by WP-Cron: what has expired is deleted, and what two places say is compared. Tables and
 * users are the network's, so it runs on the main site, once for all.
 */
final class Housekeeping {
	public const EVENT = 'sallyport_housekeeping';

	/** Rows a part does at a time. */
	private const BATCH = 500;

	/**
	 * Seconds after which no other batch is begun: what is left is done by another run, a minute later, or when a system's cron
	 * next comes. So a run does what there is time for: one an hour must keep up with all that a large site makes in it.
	 */
	private const SECONDS = 20;

	/** @param array<string, Closure(int, int): int> $parts Name => given the time and a number of rows, does so many at most, and answers how many. */
	public function __construct(
		private readonly array $parts,
		private readonly Activity $activity,
	) {}

	/** Sees to it that there is a daily event, on the main site. */
	public function schedule(): void {
		Blog::on( get_main_site_id(), static fn () => wp_next_scheduled( self::EVENT ) || wp_schedule_event( time(), 'daily', self::EVENT ) );
	}

	public function unschedule(): void {
		Blog::on( get_main_site_id(), static fn () => wp_clear_scheduled_hook( self::EVENT ) );
	}

	/** Action sallyport_housekeeping. The parts take turns, so that none waits for one with much to do, or for one that fails. */
	public function run( int $now ): void {
		$parts = $this->parts;
		while ( array() !== $parts && time() < $now + self::SECONDS ) {
			$parts = array_filter( $parts, fn ( Closure $part, string $name ): bool => $this->has_more( $name, $part, $now ), ARRAY_FILTER_USE_BOTH );
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
			$this->activity->record( Event::HousekeepingFailed, 0, '', Code::Unavailable->value, array( 'part' => $name, 'failure' => $failure::class ) );
			return false;
		}
	}
}
