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
	 * @param string ...$methods GET, POST, PUT, PATCH, DELETE, or WP_REST_Server::EDITABLE and its like; none: all of them.
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

if ( ! function_exists( 'sallyport_verify_code' ) ) {
	/**
	 * Checks a code of a user's second factor, for a plugin that asks for it in its own place (docs/step-up.md). The code is spent,
	 * a wrong one counts against the user's budget over all doors. Nothing is read from the request, nothing printed, and nobody
	 * signed in or stepped up: what was asked for is the caller's to do, or not.
	 *
	 * Security: for a user whom the caller knows to be there. A stranger who may guess here can lock the user's second step.
	 *
	 * @param int         $user_id Whose.
	 * @param string      $code    As it was typed.
	 * @param string|null $factor  `totp`, `backup_code`, …; null: the one that takes codes of this form.
	 * @return \Sallyport\WP\Challenge\Proof|WP_Error With `amr`, `at` (Unix seconds) and is_strong(); or why not: sallyport_invalid_code,
	 *                                               _locked, _factor_unavailable (also of a user without a factor), _unavailable.
	 */
	function sallyport_verify_code(
		int $user_id,
		#[\SensitiveParameter] string $code,
		?string $factor = null,
	): \Sallyport\WP\Challenge\Proof|WP_Error {
		return \Sallyport\WP\Plugin::verify_code( $user_id, $code, $factor );
	}
}
