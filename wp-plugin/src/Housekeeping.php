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

	/** Batches a part does in one run; the rest is left to another run, a minute later. */
	private const BATCHES = 20;

	/** @param array<string, Closure(int, int): int> $parts Name => given the time and a number of rows, does so many at most, and answers how many. */
	public function __construct(
		private readonly array $parts,
		private readonly Activity $activity,
	) {}

	/** Sees to it that there is a daily event, on the main site. */
	public function schedule(): void {
		self::on_main_site( static fn () => wp_next_scheduled( self::EVENT ) || wp_schedule_event( time(), 'daily', self::EVENT ) );
	}

	public function unschedule(): void {
		self::on_main_site( static fn () => wp_clear_scheduled_hook( self::EVENT ) );
	}

	/** Action sallyport_housekeeping. A part that fails stops no other. */
	public function run( int $now ): void {
		$left = false;
		foreach ( $this->parts as $name => $part ) {
			try {
				$left = ! self::is_done( $part, $now ) || $left;
			} catch ( Throwable $failure ) {
				$this->activity->record( Event::HousekeepingFailed, 0, '', Code::Unavailable->value, array( 'part' => $name, 'failure' => $failure::class ) );
			}
		}
		if ( $left ) {
			wp_schedule_single_event( $now + MINUTE_IN_SECONDS, self::EVENT );
		}
	}

	/** @param Closure(int, int): int $part */
	private static function is_done( Closure $part, int $now ): bool {
		for ( $i = 0; $i < self::BATCHES; $i++ ) {
			if ( $part( $now, self::BATCH ) < self::BATCH ) {
				return true;
			}
		}
		return false;
	}

	/** @param callable(): mixed $what */
	private static function on_main_site( callable $what ): void {
		$elsewhere = ! is_main_site();
		if ( $elsewhere ) {
			switch_to_blog( get_main_site_id() );
		}
		$what();
		if ( $elsewhere ) {
			restore_current_blog();
		}
	}
}
