<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Gate\{Answer, Deactivation, LoginFailure, Presented};
use Sallyport\WP\Login\Sent;
use Sallyport\WP\Rest\Headers;

use function add_action; // By name alone each call would look in our namespace first.
use function add_filter;

/**
 * The hooks that decide who is let in: Acceptance and what it needs to know, the gate, step-up, the second step, our own
 * tokens, and strict mode. They are the first ones registered.
 */
final class GateHooks {
	private const LAST = PHP_INT_MAX;

	public function __construct( private readonly Plugin $plugin ) {}

	public function register(): void {
		$this->register_acceptance();
		$this->register_gate();
		$this->register_step_up();
		$this->register_second_step();
		$this->register_own_tokens();
		$this->register_strict_mode();
	}

	/**
	 * Collects credentials as they are read, and registers Acceptance last in its three places. Most users have nothing to
	 * prove; that is told from user meta and an option, which core has loaded anyway.
	 */
	private function register_acceptance(): void {
		$p = $this->plugin;
		if ( self::has_authorization() ) {
			Headers::keep_uncached(); // A cache that knows users by their cookies takes whoever sends a token for a guest.
			$p->presented()->take_challenge();
		}
		add_action( 'auth_cookie_valid', fn ( $elements, $user ) => $p->presented()->collect_cookie( $elements, $user ), 10, 2 );
		add_action(
			'set_logged_in_cookie',
			fn ( $cookie, $expire, $expiration, $id, $scheme, $token = '' ) => $p->presented()->collect_given( (int) $id, (string) $token ),
			10,
			6
		);
		add_action(
			'application_password_did_authenticate',
			fn ( $user, $item ) => $p->presented()->collect_app_password( $user, $item ),
			10,
			2
		);
		add_filter(
			'determine_current_user',
			fn ( $id ) => $this->must_prove( self::user_id( $id ) ) ? $p->acceptance()->determine( self::user_id( $id ) ) : $id,
			self::LAST
		);
		add_action( 'set_current_user', fn () => $this->concerns_acceptance() && $p->acceptance()->recheck(), self::LAST, 0 );
		// Core checks the nonce at 100.
		add_filter(
			'rest_authentication_errors',
			fn ( $result ) => $p->has( 'acceptance' ) ? $p->acceptance()->ignore_cookie_beside_bearer( $result ) : $result,
			99
		);
		add_filter(
			'rest_authentication_errors',
			fn ( $result ) => $this->concerns_acceptance() ? $p->acceptance()->rest_errors( $result ) : $result,
			self::LAST
		);
		add_filter(
			'attach_session_information',
			fn ( $session, $id ) => $p->acceptance()->attach( (array) $session, (int) $id ),
			self::LAST,
			2
		);
		add_filter(
			'wp_is_application_passwords_available_for_user',
			fn ( $available, $user ) => $this->denies_app_passwords( $user ) ? false : $available,
			self::LAST,
			2
		);
		add_action( 'wp_create_application_password', fn ( $id, $item ) => $p->made_app_password()->remember( (int) $id, (array) $item ), 10, 2 );
	}

	/** The gate: before the 2FA plugins (Two Factor at 31, WP 2FA at 50), and once more at the end. */
	private function register_gate(): void {
		$p    = $this->plugin;
		$veto = fn ( $user, $name = '', $password = '' ) => $user instanceof \WP_User
			? $p->bridged_logins()->veto( $user, empty( $name ) && empty( $password ) )
			: $user;
		add_filter(
			'wp_authenticate_user',
			fn ( $user ) => $user instanceof \WP_User ? $p->passwords()->as_stored( $user ) : $user,
			PHP_INT_MIN
		);
		add_filter( 'authenticate', fn ( $user ) => $user instanceof \WP_User ? $p->bridged_logins()->authenticate( $user ) : $user, 30 );
		add_filter( 'authenticate', $veto, self::LAST, 3 );
		// Other plugins check the password at the last priority, too, and may have registered later.
		add_filter( 'authenticate', fn ( $user ) => self::put_last( $veto, $user ), PHP_INT_MIN );
		// First: before plugins that count failures.
		add_action( 'wp_login_failed', fn ( $name, $error = null ) => LoginFailure::silence( $error ), PHP_INT_MIN, 2 );
		add_filter(
			'rest_request_before_callbacks',
			fn ( $response, $handler, $request ) => $this->concerns_issuers( $handler )
				? $p->bridged_logins()->begin( $response, $handler, $request )
				: $response,
			self::LAST,
			3
		);
		add_filter(
			'rest_request_before_callbacks',
			fn ( $response, $handler, $request ) => isset( $_GET['code'] ) || isset( $_GET['sallyport_code'] ) // phpcs:ignore WordPress.Security.NonceVerification -- it only asks.
				? $this->refuse_code_in_url( $response, $request )
				: $response,
			self::LAST,
			3
		);
		add_filter(
			'rest_dispatch_request',
			fn ( $response, $request, $route, $handler ) => $this->concerns_issuers( $handler )
				? $p->bridged_logins()->complete( $response, $request, $handler )
				: $response,
			self::LAST,
			4
		);
		add_filter(
			'rest_request_after_callbacks',
			fn ( $response, $handler ) => $this->concerns_issuers( $handler ) ? $p->bridged_logins()->end( $response, $handler ) : $response,
			10,
			2
		);
	}

	/** Moves the veto behind everything else at the last priority of `authenticate`. */
	private static function put_last( \Closure $veto, mixed $user ): mixed {
		remove_filter( 'authenticate', $veto, self::LAST );
		add_filter( 'authenticate', $veto, self::LAST, 3 );
		return $user;
	}

	/** Step-up: before a route's permission callback, on forms, and last before an address or a password is stored. */
	private function register_step_up(): void {
		$p = $this->plugin;
		add_filter(
			'rest_request_before_callbacks',
			fn ( $response, $handler, $request ) => $this->may_weaken( $handler ) && $this->is_caller_enrolled()
				? $p->step_up()->check( $response, $handler, $request )
				: $response,
			self::LAST,
			3
		);
		add_action( 'sallyport_require_step_up', fn ( $route, $max_age, $methods ) => $p->step_up()->guard( $route, $max_age, $methods ), 10, 3 );
		add_action( 'personal_options_update', fn ( $id ) => $p->step_up()->before_profile_mail( (int) $id ), 0 ); // Core sends its mail at 10.
		add_action( 'user_profile_update_errors', fn ( $errors, $update, $user ) => $update && $p->step_up()->on_form( $errors, $user ), 10, 3 );
		add_action( 'woocommerce_save_account_details_errors', fn ( $errors, $user ) => $p->step_up()->on_form( $errors, $user ), 10, 2 );
		add_filter(
			'wp_pre_insert_user_data',
			fn ( $row, $update, $id ) => ( is_multisite() ? is_user_logged_in() : $this->is_caller_enrolled() )
				? $p->step_up()->before_update( $row, $id )
				: $row,
			self::LAST,
			3
		);
		add_filter( 'pre_update_option_active_plugins', fn ( $active, $before ) => $p->deactivation()->keep( $active, $before ), self::LAST, 2 );
		add_filter(
			'pre_update_site_option_active_sitewide_plugins',
			fn ( $active, $before ) => $p->deactivation()->keep( $active, $before ),
			self::LAST,
			2
		);
		add_filter( 'pre_update_option', fn ( $value, $option ) => Deactivation::unpaused( $value, (string) $option ), self::LAST, 2 );
		add_filter(
			'upgrader_source_selection',
			fn ( $source, $unpacked = '', $upgrader = null ) => $p->replacement()->begin( $source, $upgrader ),
			self::LAST,
			3
		);
		add_filter(
			'upgrader_install_package_result',
			fn ( $result ) => $p->has( 'replacement' ) ? $p->replacement()->done( $result ) : $result,
			self::LAST
		);
		add_action( 'shutdown', fn () => $p->has( 'replacement' ) && $p->replacement()->end(), self::LAST );
	}

	/** The second step on wp-login.php: our own, or that of Two Factor or WP 2FA. Their forms verify; Sallyport counts attempts. */
	private function register_second_step(): void {
		$p = $this->plugin;
		// Without cookies, core's form says that they are blocked.
		add_action( 'sallyport_second_step', fn ( $challenge ) => Sent::lacks_cookies() || $p->second_step()->begin( $challenge ) );
		add_action( 'sallyport_enrolment_step', fn ( $id, $first ) => Sent::lacks_cookies() || $p->enrol_page()->begin( $id, $first ), 10, 2 );
		add_filter(
			'wp_redirect',
			fn ( $location ) => $p->has( 'presented' ) && 0 !== $p->presented()->given_to()
				? $p->plugin_sign_in()->lead_on( (string) $location )
				: $location,
			self::LAST
		);
		add_filter(
			'login_redirect',
			fn ( $location ) => $p->has( 'presented' ) && 0 !== $p->presented()->given_to()
				? $p->plugin_sign_in()->led_on( (string) $location )
				: $location,
			self::LAST
		);
		add_action(
			'wp_login',
			fn ( $name, $user = null ) => $p->has( 'trusted_devices' ) && $user instanceof \WP_User && $p->second_step()->keep_device( $user ),
			10,
			2
		);
		if ( isset( $_REQUEST['wp-auth-id'], $_REQUEST['wp-auth-nonce'] ) ) { // phpcs:ignore WordPress.Security.NonceVerification -- one of their forms; they check it.
			( new LoginHooks( $p ) )->register_other_forms();
		}
	}

	/** Sallyport's own tokens: around core's cookie check and the plugins that read a Bearer, all at 10. */
	private function register_own_tokens(): void {
		$p = $this->plugin;
		// A nested call finds the header hidden already, and must count as well.
		add_filter(
			'determine_current_user',
			fn ( $id ) => $this->has_bearer() || $p->has( 'own_issuer' ) ? $p->own_issuer()->hide( $id ) : $id,
			9
		);
		add_filter( 'determine_current_user', fn ( $id ) => $p->has( 'own_issuer' ) ? $p->own_issuer()->determine( $id ) : $id, 11 );
		add_filter(
			'rest_authentication_errors',
			fn ( $result ) => $p->has( 'own_issuer' ) ? $p->own_issuer()->rest_errors( $result ) : $result,
			self::LAST
		);
	}

	/** Strict mode: inspects what is sent. */
	private function register_strict_mode(): void {
		$p = $this->plugin;
		// First: no route is registered before it.
		add_action( 'rest_api_init', fn () => $p->settings()->get( 'strict' ) && $this->register_strict_rest(), PHP_INT_MIN );
		if ( wp_doing_ajax() ) {
			// First: plugins may answer from here on.
			add_action( 'init', fn () => $p->settings()->get( 'strict' ) && $p->outgoing()->watch_ajax(), PHP_INT_MIN );
		}
	}

	/** Strict mode, over REST. */
	private function register_strict_rest(): void {
		$p = $this->plugin;
		add_filter(
			'rest_pre_echo_response',
			fn ( $answer, $server, $request ) => $this->is_ours( $request ) ? $answer : $p->outgoing()->rest( $answer, $request->get_route() ),
			self::LAST,
			3
		);
		add_filter(
			'rest_request_before_callbacks',
			fn ( $response, $handler, $request ) => $this->is_ours( $request )
				? $response
				: $p->outgoing()->watch( $response, $request->get_route() ),
			PHP_INT_MIN,
			3
		);
	}

	/** Whether there is a header that may hold a token. Runs in every request. */
	public static function has_authorization(): bool {
		return isset( $_SERVER['HTTP_AUTHORIZATION'] ) || isset( $_SERVER['REDIRECT_HTTP_AUTHORIZATION'] );
	}

	private function has_bearer(): bool {
		return ( self::has_authorization() || $this->plugin->has( 'presented' ) ) && $this->plugin->presented()->has_bearer();
	}

	/** Whether Acceptance has something to decide: it has begun in this request, or the current user must prove a factor. */
	private function concerns_acceptance(): bool {
		return $this->plugin->has( 'acceptance' ) || $this->must_prove( get_current_user_id() );
	}

	private function is_caller_enrolled(): bool {
		return is_user_logged_in() && $this->plugin->state()->is_enrolled( get_current_user_id() );
	}

	private function denies_app_passwords( mixed $user ): bool {
		return $user instanceof \WP_User && Presented::are_denied( $this->plugin->settings()->get( 'app_passwords_denied' ), $user );
	}

	/** Refuses a code in the URL even where no code is asked for, because it is in access logs now. */
	private function refuse_code_in_url( mixed $response, \WP_REST_Request $request ): mixed {
		$is_refused = ! is_wp_error( $response ) && Answer::is_code_in_url( $request, $this->is_ours( $request ) ) && $this->is_caller_enrolled();
		return $is_refused ? ( new Refusal( Code::CodeInUrl ) )->to_error() : $response;
	}

	/** A cheap test whether a route may be ours. Most routes are core's, and none of our namespaces can begin like core's. */
	public static function may_be_ours( string $route ): bool {
		return ! str_starts_with( strtolower( $route ), '/wp/' );
	}

	public function is_ours( \WP_REST_Request $request ): bool {
		return self::may_be_ours( $request->get_route() ) && null !== $this->plugin->namespaces()->path( $request->get_route() );
	}

	/** Whether another plugin's issuer answers this REST handler, or the request has a bearer of ours that few routes accept. */
	private function concerns_issuers( mixed $handler ): bool {
		return ( $this->plugin->has( 'presented' ) && $this->plugin->presented()->has_taken() )
			|| ( ! self::is_cores( $handler ) && $this->plugin->issuers()->answer( (array) $handler ) );
	}

	/** A cheap test for core's own REST controllers, which sign nobody in. Plugins' class names may begin with WP_REST_, too. */
	private static function is_cores( mixed $handler ): bool {
		$controller = is_array( $handler ) && is_array( $handler['callback'] ?? null ) ? $handler['callback'][0] ?? null : null;
		return $controller instanceof \WP_REST_Controller
			&& str_starts_with( (string) ( new \ReflectionClass( $controller ) )->getFileName(), ABSPATH . WPINC . '/' );
	}

	/**
	 * A cheap test whether step-up may be demanded at a REST handler: at core's only if it writes, at any once a plugin has
	 * guarded a route. Most handlers read.
	 */
	private function may_weaken( mixed $handler ): bool {
		$method = is_array( $handler ) && is_array( $handler['callback'] ?? null ) ? $handler['callback'][1] ?? '' : '';
		return $this->plugin->has( 'step_up' ) || ! is_string( $method ) || ! str_starts_with( $method, 'get_' );
	}

	/** Whether the user has a factor, or must have one by now. False for a guest, at no cost. */
	public function must_prove( int $user_id ): bool {
		return 0 !== $user_id && ( $this->plugin->state()->is_enrolled( $user_id ) || $this->plugin->policies()->is_due( $user_id, time() ) );
	}

	/** The user id a filter of determine_current_user returned: core accepts a WP_User as well. */
	public static function user_id( mixed $found ): int {
		return $found instanceof \WP_User ? $found->ID : ( is_scalar( $found ) ? (int) $found : 0 );
	}
}
