<?php
declare( strict_types=1 );

defined( 'ABSPATH' ) || exit;

if ( ! function_exists( 'sallyport_require_step_up' ) ) {
	/**
	 * Has a REST route ask a user with a second factor for a fresh proof of it (docs/step-up.md). Call it at any time
	 * after the plugin is loaded, such as at plugins_loaded or rest_api_init.
	 *
	 * @param string $route   As it is registered, with its namespace: `/shop/v1/payouts/(?P<id>\d+)`.
	 * @param int    $max_age Seconds the proof may be old.
	 * @param string ...$methods GET, POST, …; none: all of them.
	 * @throws InvalidArgumentException For what would guard nothing.
	 */
	function sallyport_require_step_up( string $route, int $max_age, string ...$methods ): void {
		/**
		 * What sallyport_require_step_up() does; call that.
		 *
		 * @param string       $route
		 * @param int          $max_age
		 * @param list<string> $methods
		 */
		do_action( 'sallyport_require_step_up', $route, $max_age, $methods );
	}
}
