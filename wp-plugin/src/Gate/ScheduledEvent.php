<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/** Whether what runs is a scheduled event, which presents no credential. */
final class ScheduledEvent {
	/**
	 * Anybody may call wp-cron.php, with what credentials they like: what plugins do there while WordPress loads, they do for
	 * the caller. With ALTERNATE_WP_CRON core runs events at the end of wp_loaded, in a request for a page.
	 */
	public static function is_running(): bool {
		return wp_doing_cron() && did_action( 'wp_loaded' ) > 0 && ( ! doing_action( 'wp_loaded' ) || Caller::includes( '_wp_cron' ) );
	}
}
