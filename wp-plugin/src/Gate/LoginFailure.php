<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use WP_Error;
use WP_Hook;

/**
 * Keeps Sallyport's refusals out of the counts of lock-out plugins.
 *
 * Core fires wp_login_failed for any error of `authenticate`, and plugins that limit logins count it. A right password
 * that only lacks the second factor would lock out its owner, or everybody who shares their address. So nobody hears of
 * our refusals there; `sallyport_activity` reports them.
 */
final class LoginFailure {
	/**
	 * Action wp_login_failed, first: if the refusal is ours, the callbacks after this one are skipped.
	 *
	 * @param mixed $error The error that `authenticate` ended in.
	 */
	public static function silence( mixed $error ): void {
		$hook = $GLOBALS['wp_filter']['wp_login_failed'] ?? null;
		if (
			! $error instanceof WP_Error
			|| ! str_starts_with( (string) $error->get_error_code(), 'sallyport_' )
			|| ! $hook instanceof WP_Hook
		) {
			return;
		}
		$kept = $hook->callbacks;
		$hook->remove_all_filters(); // Ends the current run; the callbacks added again run from the next one on.
		foreach ( $kept as $priority => $callbacks ) {
			foreach ( $callbacks as $callback ) {
				$hook->add_filter( 'wp_login_failed', $callback['function'], $priority, $callback['accepted_args'] );
			}
		}
	}
}
