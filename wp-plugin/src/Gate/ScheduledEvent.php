<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/** Whether a scheduled event is running, which presents no credential. */
final class ScheduledEvent {
	/**
	 * Anybody may call wp-cron.php, with any credential. What plugins do there while WordPress still loads, they do for that
	 * caller, so it is not a scheduled event. With ALTERNATE_WP_CRON, core runs events at the end of wp_loaded, in a request for
	 * a page.
	 */
	public static function is_running(): bool {
		return wp_doing_cron() && did_action( 'wp_loaded' ) > 0 && ( ! doing_action( 'wp_loaded' ) || Caller::includes( '_wp_cron' ) );
	}
}
