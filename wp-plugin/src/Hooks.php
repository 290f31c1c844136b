<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Accounts\MailedKey;
use Sallyport\WP\Factor\OtherPlugins;
use Sallyport\WP\Gate\{Answer, Deactivation, LoginFailure, Presented};
use Sallyport\WP\Login\Sent;
use Sallyport\WP\Probe\Visitor;
use Sallyport\WP\Rest\{Cors, Headers, Nothing, Written};
use Sallyport\WP\Store\{Clock, OwnOption, Passwords};
use Sallyport\WP\Webhook\Wake;

use function add_action; // By name alone each call would look in our namespace first.
use function add_filter;

/**
 * The hooks, one line each, with the reason for their priority. They are registered while the plugin file loads; what a hook
 * needs is created when it first fires. Callbacks of one hook and priority run in the order in which they are registered.
 *
 * AdminHooks, LoginHooks and BridgeHooks have those of wp-admin, of wp-login.php and of other plugins.
 */
final class Hooks {
	private const LAST = PHP_INT_MAX;

	public function __construct( private readonly Plugin $plugin ) {}

	public function register(): void {
		$this->register_acceptance();
		$this->register_gate();
		$this->register_step_up();
		$this->register_second_step();
		$this->register_own_tokens();
		$this->register_strict_mode();
		add_action( 'plugins_loaded', fn () => ( new BridgeHooks( $this->plugin, $this ) )->register(), self::LAST );
		$this->register_rest();
		$this->register_pages();
		$this->register_revocation();
		$this->register_mails_and_webhooks();
		$this->register_upkeep();
	}

	/**
	 * Collects credentials as they are read, and registers Acceptance last in its three places. Most users have nothing to
	 * prove; that is told from user meta and an option, which core has loaded anyway.
	 */
	private function register_acceptance(): void {
		$p = $this->plugin;
		if ( self::has_authorization() ) {
			$p->presented()->take_challenge();
		}
		add_action( 'auth_cookie_valid', fn ( $elements, $user ) => $p->presented()->collect_cookie( $elements, $user ), 10, 2 );
		add_action( 'set_logged_in_cookie', fn ( $cookie, $expire, $expiration, $id, $scheme, $token = '' ) => $p->presented()->collect_given( (int) $id, (string) $token ), 10, 6 );
		add_action( 'application_password_did_authenticate', fn ( $user, $item ) => $p->presented()->collect_app_password( $user, $item ), 10, 2 );
		add_filter( 'determine_current_user', fn ( $id ) => $this->must_prove( self::user_id( $id ) ) ? $p->acceptance()->determine( self::user_id( $id ) ) : $id, self::LAST );
		add_action( 'set_current_user', fn () => $this->concerns_acceptance() && $p->acceptance()->recheck(), self::LAST, 0 );
		// Core checks the nonce at 100.
		add_filter( 'rest_authentication_errors', fn ( $result ) => $p->has( 'acceptance' ) ? $p->acceptance()->ignore_cookie_beside_bearer( $result ) : $result, 99 );
		add_filter( 'rest_authentication_errors', fn ( $result ) => $this->concerns_acceptance() ? $p->acceptance()->rest_errors( $result ) : $result, self::LAST );
		add_filter( 'attach_session_information', fn ( $session, $id ) => $p->acceptance()->attach( (array) $session, (int) $id ), self::LAST, 2 );
		add_filter( 'wp_is_application_passwords_available_for_user', fn ( $available, $user ) => $this->denies_app_passwords( $user ) ? false : $available, self::LAST, 2 );
		add_action( 'wp_create_application_password', fn ( $id, $item ) => $p->made_app_password()->remember( (int) $id, (array) $item ), 10, 2 );
	}

	/** The gate: before the 2FA plugins (Two Factor at 31, WP 2FA at 50), and once more at the end. */
	private function register_gate(): void {
		$p    = $this->plugin;
		$veto = fn ( $user, $name = '', $password = '' ) => $user instanceof \WP_User ? $p->bridged_logins()->veto( $user, empty( $name ) && empty( $password ) ) : $user;
		add_filter( 'wp_authenticate_user', fn ( $user ) => $user instanceof \WP_User ? $p->passwords()->as_stored( $user ) : $user, PHP_INT_MIN );
		add_filter( 'authenticate', fn ( $user ) => $user instanceof \WP_User ? $p->bridged_logins()->authenticate( $user ) : $user, 30 );
		add_filter( 'authenticate', $veto, self::LAST, 3 );
		add_filter( 'authenticate', fn ( $user ) => self::put_last( $veto, $user ), PHP_INT_MIN ); // Other plugins check the password at the last priority, too, and may have registered later.
		add_action( 'wp_login_failed', fn ( $name, $error = null ) => LoginFailure::silence( $error ), PHP_INT_MIN, 2 ); // First: before plugins that count failures.
		add_filter( 'rest_request_before_callbacks', fn ( $response, $handler, $request ) => $this->concerns_issuers( $handler ) ? $p->bridged_logins()->begin( $response, $handler, $request ) : $response, self::LAST, 3 );
		add_filter( 'rest_request_before_callbacks', fn ( $response, $handler, $request ) => isset( $_GET['code'] ) || isset( $_GET['sallyport_code'] ) ? $this->refuse_code_in_url( $response, $request ) : $response, self::LAST, 3 ); // phpcs:ignore WordPress.Security.NonceVerification
		add_filter( 'rest_dispatch_request', fn ( $response, $request, $route, $handler ) => $this->concerns_issuers( $handler ) ? $p->bridged_logins()->complete( $response, $request, $handler ) : $response, self::LAST, 4 );
		add_filter( 'rest_request_after_callbacks', fn ( $response, $handler ) => $this->concerns_issuers( $handler ) ? $p->bridged_logins()->end( $response, $handler ) : $response, 10, 2 );
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
		add_filter( 'rest_request_before_callbacks', fn ( $response, $handler, $request ) => $this->may_weaken( $handler ) && $this->is_caller_enrolled() ? $p->step_up()->check( $response, $handler, $request ) : $response, self::LAST, 3 );
		add_action( 'sallyport_require_step_up', fn ( $route, $max_age, $methods ) => $p->step_up()->guard( $route, $max_age, $methods ), 10, 3 );
		add_action( 'personal_options_update', fn ( $id ) => $p->step_up()->before_profile_mail( (int) $id ), 0 ); // Core sends its mail at 10.
		add_action( 'user_profile_update_errors', fn ( $errors, $update, $user ) => $update && $p->step_up()->on_form( $errors, $user ), 10, 3 );
		add_action( 'woocommerce_save_account_details_errors', fn ( $errors, $user ) => $p->step_up()->on_form( $errors, $user ), 10, 2 );
		add_filter( 'wp_pre_insert_user_data', fn ( $row, $update, $id ) => ( is_multisite() ? is_user_logged_in() : $this->is_caller_enrolled() ) ? $p->step_up()->before_update( $row, $id ) : $row, self::LAST, 3 );
		add_filter( 'pre_update_option_active_plugins', fn ( $active, $before ) => $p->deactivation()->keep( $active, $before ), self::LAST, 2 );
		add_filter( 'pre_update_site_option_active_sitewide_plugins', fn ( $active, $before ) => $p->deactivation()->keep( $active, $before ), self::LAST, 2 );
		add_filter( 'pre_update_option', fn ( $value, $option ) => Deactivation::unpaused( $value, (string) $option ), self::LAST, 2 );
		add_filter( 'upgrader_source_selection', fn ( $source, $unpacked = '', $upgrader = null ) => $p->replacement()->begin( $source, $upgrader ), self::LAST, 3 );
		add_filter( 'upgrader_install_package_result', fn ( $result ) => $p->has( 'replacement' ) ? $p->replacement()->done( $result ) : $result, self::LAST );
		add_action( 'shutdown', fn () => $p->has( 'replacement' ) && $p->replacement()->end(), self::LAST );
	}

	/** The second step on wp-login.php: our own, or that of Two Factor or WP 2FA. Their forms verify; Sallyport counts attempts. */
	private function register_second_step(): void {
		$p = $this->plugin;
		// Without cookies, core's form says that they are blocked.
		add_action( 'sallyport_second_step', fn ( $challenge ) => Sent::lacks_cookies() || $p->second_step()->begin( $challenge ) );
		add_action( 'sallyport_enrolment_step', fn ( $id, $first ) => Sent::lacks_cookies() || $p->enrol_page()->begin( $id, $first ), 10, 2 );
		add_filter( 'wp_redirect', fn ( $location ) => $p->has( 'presented' ) && 0 !== $p->presented()->given_to() ? $p->plugin_sign_in()->lead_on( (string) $location ) : $location, self::LAST );
		add_filter( 'login_redirect', fn ( $location ) => $p->has( 'presented' ) && 0 !== $p->presented()->given_to() ? $p->plugin_sign_in()->led_on( (string) $location ) : $location, self::LAST );
		add_action( 'wp_login', fn ( $name, $user = null ) => $p->has( 'trusted_devices' ) && $user instanceof \WP_User && $p->second_step()->keep_device( $user ), 10, 2 );
		if ( isset( $_REQUEST['wp-auth-id'], $_REQUEST['wp-auth-nonce'] ) ) { // phpcs:ignore WordPress.Security.NonceVerification -- one of their forms; they check it.
			( new LoginHooks( $p ) )->register_other_forms();
		}
	}

	/** Sallyport's own tokens: around core's cookie check and the plugins that read a Bearer, all at 10. */
	private function register_own_tokens(): void {
		$p = $this->plugin;
		// A nested call finds the header hidden already, and must count as well.
		add_filter( 'determine_current_user', fn ( $id ) => $this->has_bearer() || $p->has( 'own_issuer' ) ? $p->own_issuer()->hide( $id ) : $id, 9 );
		add_filter( 'determine_current_user', fn ( $id ) => $p->has( 'own_issuer' ) ? $p->own_issuer()->determine( $id ) : $id, 11 );
		add_filter( 'rest_authentication_errors', fn ( $result ) => $p->has( 'own_issuer' ) ? $p->own_issuer()->rest_errors( $result ) : $result, self::LAST );
	}

	/** Strict mode: inspects what is sent. */
	private function register_strict_mode(): void {
		$p = $this->plugin;
		add_action( 'rest_api_init', fn () => $p->settings()->get( 'strict' ) && $this->register_strict_rest(), PHP_INT_MIN ); // First: no route is registered before it.
		if ( wp_doing_ajax() ) {
			add_action( 'init', fn () => $p->settings()->get( 'strict' ) && $p->outgoing()->watch_ajax(), PHP_INT_MIN ); // First: plugins may answer from here on.
		}
	}

	/** Our routes, and the headers of their answers. */
	private function register_rest(): void {
		$p = $this->plugin;
		// Requests to the REST API register them in the next hook (adr/0007).
		add_action( 'rest_api_init', fn () => ( defined( 'REST_REQUEST' ) && REST_REQUEST ) || $p->routes()->register() );
		// First: core answers OPTIONS at 10, and matches the route afterwards.
		add_filter( 'rest_pre_dispatch', fn ( $result, $server, $request ) => self::may_be_ours( $request->get_route() ) ? $p->routes()->before_dispatch( $result, $request ) : $result, PHP_INT_MIN, 3 );
		add_filter( 'rest_post_dispatch', fn ( $response, $server, $request ) => self::may_need_headers( $response, $request ) ? $p->headers()->add( $response, $request ) : $response, self::LAST, 3 );
		add_filter( 'rest_post_dispatch', fn ( $response ) => $p->has( 'trusted_devices' ) ? $p->headers()->give_device( $response, $p->trusted_devices()->given() ) : $response, self::LAST );
		// Core's own headers come after ours, and before 6.8 lack no-store for anonymous requests.
		add_filter( 'nocache_headers', fn ( $headers ) => $p->has( 'headers' ) || 'wp-login.php' === ( $GLOBALS['pagenow'] ?? '' ) ? Headers::unstored( $headers ) : $headers, self::LAST );
		// Answers of other plugins' routes are left alone, except to a preflight, whose route is unknown.
		add_filter( 'rest_allowed_cors_headers', fn ( $names, $request ) => 'OPTIONS' === $request->get_method() || $this->is_ours( $request ) ? Cors::allowed( $names ) : $names, 10, 2 );
		add_filter( 'rest_exposed_cors_headers', fn ( $names, $request ) => $this->is_ours( $request ) ? Cors::exposed( $names ) : $names, 10, 2 );
		// Core sends its own headers at 10.
		add_filter( 'rest_pre_serve_request', fn ( $served, $result, $request ) => $this->is_ours( $request ) ? $p->cors()->send( $served, $request ) : $served, self::LAST, 3 );
		add_filter( 'rest_pre_serve_request', fn ( $served ) => $p->has( 'after_answer' ) ? $p->after_answer()->hold( $served ) : $served, self::LAST );
		// Last: it prints, so everything that sends headers comes first.
		add_filter( 'rest_pre_serve_request', fn ( $served, $response ) => $response instanceof Written ? $response->serve( $served ) : $served, self::LAST, 2 );
		// For the parameter `_envelope`.
		add_filter( 'rest_envelope_response', fn ( $envelope, $response ) => $response instanceof Nothing ? Nothing::in( $envelope ) : $envelope, self::LAST, 2 );
		add_action( 'shutdown', fn () => $p->has( 'after_answer' ) && $p->after_answer()->measure(), 0 ); // Core flushes its buffers at 1.
		add_action( 'shutdown', fn () => $p->has( 'after_answer' ) && $p->after_answer()->run(), self::LAST );
	}

	/** Our pages, our parts of core's pages, and the JWK set. */
	private function register_pages(): void {
		$p = $this->plugin;
		// Before canonical redirects, and before plugins' page caches.
		add_action( 'init', fn () => self::asks_for( '/.well-known/jwks.json' ) && $p->key_set()->serve(), 0 );
		if ( defined( 'WP_CLI' ) ) {
			add_action( 'cli_init', fn () => $p->commands()->register() );
		}
		if ( isset( $_REQUEST['action'] ) ) { // phpcs:ignore WordPress.Security.NonceVerification -- wp-login.php looks for its pages before it fires anything.
			( new LoginHooks( $p ) )->register_pages();
		}
		if ( is_admin() ) {
			( new AdminHooks( $p ) )->register();
		}
		add_action( 'init', fn () => $this->register_sign_in_security(), 0 ); // WooCommerce collects its account pages at 10.
		add_filter( 'site_status_tests', fn ( $tests ) => $p->site_health()->tests( $tests ) );
		add_filter( 'debug_information', fn ( $sections ) => $p->debug_section()->add( $sections ) );
		add_filter( 'wp_privacy_personal_data_exporters', fn ( $exporters ) => $p->personal_exporter()->add( $exporters ) );
		add_filter( 'wp_privacy_personal_data_erasers', fn ( $erasers ) => $p->personal_eraser()->add( $erasers ) );
	}

	/** Changes of an account that end tokens and proofs, and what is left of deleted users and sites. */
	private function register_revocation(): void {
		$p = $this->plugin;
		add_action( 'wp_set_password', fn ( $password, $id, $before = null ) => $p->revocation()->password_set( (string) $password, (int) $id, $before ), 10, 3 );
		add_filter( 'wp_pre_insert_user_data', fn ( $row, $update, $id ) => $update && is_array( $row ) && get_userdata( (int) $id ) ? Passwords::without_unchanged( $row, get_userdata( (int) $id ) ) : $row, self::LAST, 3 );
		add_action( 'profile_update', fn ( $id, $before = null ) => $p->revocation()->profile_updated( (int) $id, $before ), 10, 2 );
		add_action( 'after_password_reset', fn ( $user ) => $user instanceof \WP_User && $p->revocation()->password_reset( $user ) );
		// Before core clears the reset key.
		add_action( 'password_reset', fn ( $user ) => $user instanceof \WP_User && MailedKey::is_sent() && $p->mailed_key()->prove( $user ) );
		add_action( 'add_user_role', fn ( $id ) => $p->revocation()->role_gained( (int) $id ) );
		add_action( 'remove_user_role', fn ( $id ) => $p->revocation()->role_lost( (int) $id ) );
		if ( is_multisite() ) {
			add_action( 'granted_super_admin', fn ( $id ) => $p->revocation()->role_gained( (int) $id ) );
			add_action( 'remove_user_from_blog', fn ( $id ) => $p->revocation()->role_lost( (int) $id ) );
			add_action( 'revoked_super_admin', fn ( $id ) => $p->revocation()->barred( (int) $id ) );
			add_action( 'make_spam_user', fn ( $id ) => $p->revocation()->barred( (int) $id ) );
			add_action( 'wpmu_delete_user', fn ( $id ) => $p->leftovers()->before_deletion( (int) $id ) );
			add_action( 'wp_uninitialize_site', fn ( $site ) => $p->leftovers()->site_changed_hands( (int) $site->blog_id ), self::LAST ); // Core removes the site's users at 10, and the webhook queue records that.
			add_action( 'wp_insert_site', fn ( $site ) => $p->leftovers()->site_changed_hands( (int) $site->blog_id ), PHP_INT_MIN );
		}
		add_action( 'sallyport_factors_changed', fn ( $event, $id ) => $p->revocation()->factors_changed( $event, $id ), 1, 2 );
		$is_factor = static fn ( $key, $id ): bool => OtherPlugins::are_changed_by( (string) $key, (int) $id ); // Another plugin's.
		foreach ( array( 'added', 'updated', 'deleted' ) as $changed ) {
			add_action( $changed . '_user_meta', fn ( $row, $id, $key ) => $is_factor( $key, $id ) && $p->revocation()->factor_changed_elsewhere( (int) $id ), 10, 3 );
		}
		add_action( 'deleted_user', fn ( $id ) => $p->leftovers()->user_deleted( (int) $id ) );
		add_filter( 'insert_user_meta', fn ( $meta, $user = null, $update = true ) => $update ? $meta : $p->leftovers()->user_created( $meta, (int) $user->ID ), PHP_INT_MIN, 3 ); // Right after the row, before any meta.
		foreach ( array( 'add', 'update', 'delete' ) as $change ) {
			add_filter( $change . '_user_metadata', fn ( $check, $id, $key ) => $is_factor( $key, $id ) && is_user_logged_in() && $p->state()->is_marked( get_current_user_id() ) ? $p->step_up()->before_factor_elsewhere( $check ) : $check, self::LAST, 3 );
			is_multisite() && add_filter( $change . '_user_metadata', fn ( $check, $id, $key ) => $is_factor( $key, $id ) && get_current_user_id() === (int) $id ? $p->step_up()->before_first_factor_elsewhere( $check, (int) $id ) : $check, self::LAST, 3 );
			add_filter( $change . '_user_metadata', fn ( $check, $id, $key ) => $p->meta()->guard( $check, $key ), self::LAST, 3 );
		}
	}

	/** Tells about logged events. Webhooks are queued with the log row, and sent by a request of their own. */
	private function register_mails_and_webhooks(): void {
		$p = $this->plugin;
		add_filter( 'send_password_change_email', fn ( $send, $user = null ) => $p->notice_mail()->leave_to_core( $send, $user ), self::LAST, 2 );
		add_action( 'sallyport_activity', fn ( $row ) => $p->notice_mail()->logged( $row ) );
		// A probe must not mail anybody, whichever plugin tries.
		add_filter( 'pre_wp_mail', fn ( $sent, $mail = array() ) => Visitor::is_addressed( $mail['to'] ?? '' ) ? true : $sent, PHP_INT_MIN, 2 );
		add_action( 'phpmailer_init', fn ( $mail ) => $p->has( 'mailer' ) && $p->mailer()->add_text( $mail ), self::LAST ); // Also for mails that another plugin delivers.
		add_action( 'sallyport_activity', fn ( $row ) => $p->webhook_queue()->add( $row ) && $p->after_answer()->then( fn () => $p->webhook_wake()->wake( (int) $row['blog_id'] ), 'webhooks of ' . $row['blog_id'] ) );
		add_action( 'sallyport_webhooks', fn () => $p->webhook_worker()->tick() );
		add_filter( 'cron_schedules', fn ( $schedules ) => Wake::add_interval( (array) $schedules ) );
		add_action( 'http_api_curl', fn ( $handle ) => $p->has( 'webhook_sender' ) && $p->webhook_sender()->pin( $handle ), self::LAST );
	}

	/** Set-up on activation and on a version mismatch (deploys skip activation); the daily job; protection of our options. */
	private function register_upkeep(): void {
		$p = $this->plugin;
		add_action( 'activate_plugin', fn ( $which ) => self::is_this( $which ) && $p->setup()->try() );
		add_action( 'deactivated_plugin', fn ( $which ) => self::is_this( $which ) && $p->housekeeping()->unschedule() );
		add_action( 'deactivated_plugin', fn ( $which, $everywhere = false ) => self::is_this( $which ) && $p->webhook_wake()->unschedule( (bool) $everywhere ), 10, 2 );
		add_action( 'plugins_loaded', fn () => Setup::is_needed() && $p->setup()->try(), 1 );
		add_action( 'sallyport_housekeeping', fn () => $p->housekeeping()->run( time() ) );
		// The main site's wp-admin may never be visited. Core schedules its own version check in every request there.
		add_action( 'wp_version_check', fn () => $p->housekeeping()->schedule() );
		add_action( 'http_api_debug', fn ( $response, $context, $class, $arguments, $url ) => Clock::may_be_told_by( (string) $url ) && $p->clock()->hear( $response, time() ), 10, 5 );
		add_action( 'init', fn () => Plugin::load_translations(), 0 );
		add_filter( 'pre_update_option', fn ( $new, $name, $old ) => OwnOption::keep( $new, (string) $name, $old, $p->database( ... ) ), self::LAST, 3 );
	}

	/** Strict mode, over REST. */
	private function register_strict_rest(): void {
		$p = $this->plugin;
		add_filter( 'rest_pre_echo_response', fn ( $answer, $server, $request ) => $this->is_ours( $request ) ? $answer : $p->outgoing()->rest( $answer, $request->get_route() ), self::LAST, 3 );
		add_filter( 'rest_request_before_callbacks', fn ( $response, $handler, $request ) => $this->is_ours( $request ) ? $response : $p->outgoing()->watch( $response, $request->get_route() ), PHP_INT_MIN, 3 );
	}

	/** Sign-in security: in wp-admin a page and a row of the profile; in the front end a shortcode, a block and an account page. */
	private function register_sign_in_security(): void {
		$p = $this->plugin;
		add_shortcode( 'sallyport_security', fn () => $p->security_front_end()->html() );
		add_filter( 'render_block_sallyport/security', fn () => $p->security_front_end()->html() ); // The editor registers the block itself (assets/block.js).
		if ( is_admin() ) {
			( new AdminHooks( $p ) )->register_sign_in_security();
		} else {
			add_action( 'template_redirect', fn () => $p->security_front_end()->begin(), 1 ); // Before redirects that would lose a submitted form.
			add_filter( 'document_title_parts', fn ( $parts ) => $p->security_front_end()->title( $parts ) );
		}
		if ( class_exists( 'WooCommerce', false ) ) {
			( new BridgeHooks( $p, $this ) )->register_account_page();
		}
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

	/** Whether an answer may need our headers: it is one of our routes', or a refusal of ours, which any route may answer. */
	private static function may_need_headers( mixed $response, \WP_REST_Request $request ): bool {
		return $response instanceof \WP_REST_Response && ( $response->get_status() >= 400 || self::may_be_ours( $request->get_route() ) );
	}

	/** Refuses a code in the URL even where no code is asked for, because it is in access logs now. */
	private function refuse_code_in_url( mixed $response, \WP_REST_Request $request ): mixed {
		$is_refused = ! is_wp_error( $response ) && Answer::is_code_in_url( $request, $this->is_ours( $request ) ) && $this->is_caller_enrolled();
		return $is_refused ? ( new Refusal( Code::CodeInUrl ) )->to_error() : $response;
	}

	/** Whether a plugin file is this plugin's. */
	public static function is_this( mixed $which ): bool {
		return plugin_basename( PLUGIN_FILE ) === $which;
	}

	private static function asks_for( string $path ): bool {
		$uri = $_SERVER['REQUEST_URI'] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- looked into, never printed.
		return is_string( $uri ) && str_contains( $uri, $path );
	}

	/** A cheap test whether a route may be ours. Most routes are core's, and none of our namespaces can begin like core's. */
	private static function may_be_ours( string $route ): bool {
		return ! str_starts_with( strtolower( $route ), '/wp/' );
	}

	private function is_ours( \WP_REST_Request $request ): bool {
		return self::may_be_ours( $request->get_route() ) && null !== $this->plugin->namespaces()->path( $request->get_route() );
	}

	/** Whether another plugin's issuer answers this REST handler, or the request has a bearer of ours that few routes accept. */
	private function concerns_issuers( mixed $handler ): bool {
		return ( $this->plugin->has( 'presented' ) && $this->plugin->presented()->has_taken() ) || ( ! self::is_cores( $handler ) && $this->plugin->issuers()->answer( (array) $handler ) );
	}

	/** A cheap test for core's own REST controllers, which sign nobody in. Plugins' class names may begin with WP_REST_, too. */
	private static function is_cores( mixed $handler ): bool {
		$controller = is_array( $handler ) && is_array( $handler['callback'] ?? null ) ? $handler['callback'][0] ?? null : null;
		return $controller instanceof \WP_REST_Controller && str_starts_with( (string) ( new \ReflectionClass( $controller ) )->getFileName(), ABSPATH . WPINC . '/' );
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
