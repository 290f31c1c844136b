<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use WP_Error;
use WP_Hook;

/**
 * Core fires wp_login_failed for whatever error `authenticate` ends in, and plugins that limit log-ins count it: a right
 * password that only lacks the second factor would lock its owner, or everybody behind one address, out. Nobody is told of
 * those; `sallyport_activity` tells.
 */
final class LoginFailure {
	/**
	 * Action wp_login_failed, first: where the refusal is ours, those that come after are not asked.
	 *
	 * @param mixed $error What `authenticate` ended in.
	 */
	public static function silence( mixed $error ): void {
		$hook = $GLOBALS['wp_filter']['wp_login_failed'] ?? null;
		if ( ! $error instanceof WP_Error || ! str_starts_with( (string) $error->get_error_code(), 'sallyport_' ) || ! $hook instanceof WP_Hook ) {
			return;
		}
		$kept = $hook->callbacks;
		$hook->remove_all_filters(); // Ends what is being run; those put back run from the next time on.
		foreach ( $kept as $priority => $callbacks ) {
			foreach ( $callbacks as $callback ) {
				$hook->add_filter( 'wp_login_failed', $callback['function'], $priority, $callback['accepted_args'] );
			}
		}
	}
}
