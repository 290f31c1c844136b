<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Accounts\MailedKey;
use Sallyport\WP\Admin\Notices;
use Sallyport\WP\Challenge\MailedUnlock;
use Sallyport\WP\Enrolment\Invitation;
use Sallyport\WP\Factor\OtherPlugins;
use Sallyport\WP\Gate\{Answer, Deactivation, Enrolling, LastWord, LoginFailure, Presented, StepUp};
use Sallyport\WP\Login\{KeyedPage, SecondStep, Sent, Wrong};
use Sallyport\WP\Probe\Visitor;
use Sallyport\WP\Rest\{Cors, Headers, Nothing, Written};
use Sallyport\WP\Security\{AdminPage, FrontEnd};
use Sallyport\WP\Settings\Page;
use Sallyport\WP\Store\{Clock, OwnOption};
use Sallyport\WP\Webhook\Wake;

use function add_action; // By name alone each call would look in our namespace first.
use function add_filter;

/**
 * Every hook, one line each, with its priority and why. Registered while the plugin file loads; what a hook
 * needs is made when it first fires. Of one hook and priority, whatever is registered first runs first.
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

	/** Credentials, as they are read; and acceptance, last in its three places. Users whom nothing is asked of are told apart by a meta row, and an option, that core has loaded. */
	private function register_acceptance(): void {
		if ( self::has_authorization() ) {
			$this->plugin->presented()->take_challenge();
		}
		add_action( 'auth_cookie_valid', fn ( $elements, $user ) => $this->plugin->presented()->collect_cookie( $elements, $user ), 10, 2 );
		add_action( 'set_logged_in_cookie', fn ( $cookie, $expire, $expiration, $id, $scheme, $token = '' ) => $this->plugin->presented()->collect_given( (int) $id, (string) $token ), 10, 6 );
		add_action( 'application_password_did_authenticate', fn ( $user, $item ) => $this->plugin->presented()->collect_app_password( $user, $item ), 10, 2 );
		add_filter( 'determine_current_user', fn ( $id ) => $this->must_prove( self::user_id( $id ) ) ? $this->plugin->acceptance()->determine( self::user_id( $id ) ) : $id, self::LAST );
		add_action( 'set_current_user', fn () => ( $this->plugin->has( 'acceptance' ) || $this->must_prove( get_current_user_id() ) ) && $this->plugin->acceptance()->recheck(), self::LAST, 0 );
		add_filter( 'rest_authentication_errors', fn ( $result ) => $this->plugin->has( 'acceptance' ) ? $this->plugin->acceptance()->ignore_cookie_beside_bearer( $result ) : $result, 99 ); // Core asks for the nonce at 100.
		add_filter( 'rest_authentication_errors', fn ( $result ) => $this->plugin->has( 'acceptance' ) || $this->must_prove( get_current_user_id() ) ? $this->plugin->acceptance()->rest_errors( $result ) : $result, self::LAST );
		add_filter( 'attach_session_information', fn ( $session, $id ) => $this->plugin->acceptance()->attach( (array) $session, (int) $id ), self::LAST, 2 );
		add_filter( 'wp_is_application_passwords_available_for_user', fn ( $available, $user ) => $user instanceof \WP_User && Presented::are_denied( $this->plugin->settings()->get( 'app_passwords_denied' ), $user ) ? false : $available, self::LAST, 2 );
		add_action( 'wp_create_application_password', fn ( $id, $item ) => $this->plugin->made_app_password()->remember( (int) $id, (array) $item ), 10, 2 );
	}

	/** The gate: before the 2FA plugins (Two Factor 31, WP 2FA 50), and as the last word. */
	private function register_gate(): void {
		add_filter( 'wp_authenticate_user', fn ( $user ) => $user instanceof \WP_User ? $this->plugin->passwords()->as_stored( $user ) : $user, PHP_INT_MIN );
		add_filter( 'authenticate', fn ( $user ) => $user instanceof \WP_User ? $this->plugin->bridged_logins()->authenticate( $user ) : $user, 30 );
		LastWord::on( 'authenticate', fn ( $user, $name = '', $password = '' ) => $user instanceof \WP_User ? $this->plugin->bridged_logins()->veto( $user, empty( $name ) && empty( $password ) ) : $user, 3 );
		add_action( 'wp_login_failed', fn ( $name, $error = null ) => LoginFailure::silence( $error ), PHP_INT_MIN, 2 ); // Before whoever counts.
		add_filter( 'rest_request_before_callbacks', fn ( $response, $handler, $request ) => $this->concerns_issuers( $handler ) ? $this->plugin->bridged_logins()->begin( $response, $handler, $request ) : $response, self::LAST, 3 );
		add_filter( 'rest_request_before_callbacks', fn ( $response, $handler, $request ) => isset( $_GET['code'] ) || isset( $_GET['sallyport_code'] ) ? $this->refuse_code_in_url( $response, $request ) : $response, self::LAST, 3 ); // phpcs:ignore WordPress.Security.NonceVerification
		add_filter( 'rest_dispatch_request', fn ( $response, $request, $route, $handler ) => $this->concerns_issuers( $handler ) ? $this->plugin->bridged_logins()->complete( $response, $request, $handler ) : $response, self::LAST, 4 );
		add_filter( 'rest_request_after_callbacks', fn ( $response, $handler ) => $this->concerns_issuers( $handler ) ? $this->plugin->bridged_logins()->end( $response, $handler ) : $response, 10, 2 );
	}

	/** Step-up: before a route's own questions, on the forms, and as the last word on an address or a password. */
	private function register_step_up(): void {
		add_filter( 'rest_request_before_callbacks', fn ( $response, $handler, $request ) => $this->may_weaken( $handler ) && is_user_logged_in() && $this->plugin->state()->is_enrolled( get_current_user_id() ) ? $this->plugin->step_up()->check( $response, $handler, $request ) : $response, self::LAST, 3 );
		add_action( 'sallyport_require_step_up', fn ( $route, $max_age, $methods ) => $this->plugin->step_up()->guard( $route, $max_age, $methods ), 10, 3 );
		add_action( 'personal_options_update', fn ( $id ) => $this->plugin->step_up()->before_profile_mail( (int) $id ), 0 ); // Core mails at 10.
		add_action( 'user_profile_update_errors', fn ( $errors, $update, $user ) => $update && $this->plugin->step_up()->on_form( $errors, $user ), 10, 3 );
		add_action( 'woocommerce_save_account_details_errors', fn ( $errors, $user ) => $this->plugin->step_up()->on_form( $errors, $user ), 10, 2 );
		add_filter( 'wp_pre_insert_user_data', fn ( $row, $update, $id ) => is_user_logged_in() && ( is_multisite() || $this->plugin->state()->is_enrolled( get_current_user_id() ) ) ? $this->plugin->step_up()->before_update( $row, $id ) : $row, self::LAST, 3 );
		add_filter( 'pre_update_option_active_plugins', fn ( $active, $before ) => $this->plugin->deactivation()->keep( $active, $before ), self::LAST, 2 );
		add_filter( 'pre_update_site_option_active_sitewide_plugins', fn ( $active, $before ) => $this->plugin->deactivation()->keep( $active, $before ), self::LAST, 2 );
		add_filter( 'pre_update_option', fn ( $value, $option ) => Deactivation::unpaused( $value, (string) $option ), self::LAST, 2 );
		add_filter( 'upgrader_source_selection', fn ( $source, $unpacked = '', $upgrader = null ) => $this->plugin->replacement()->begin( $source, $upgrader ), self::LAST, 3 );
		add_filter( 'upgrader_install_package_result', fn ( $result ) => $this->plugin->has( 'replacement' ) ? $this->plugin->replacement()->done( $result ) : $result, self::LAST );
		add_action( 'shutdown', fn () => $this->plugin->has( 'replacement' ) && $this->plugin->replacement()->end(), self::LAST );
	}

	/** The second step on wp-login.php: ours; or that of Two Factor or WP 2FA, whose forms verify, and we count. */
	private function register_second_step(): void {
		add_action( 'sallyport_second_step', fn ( $challenge ) => Sent::lacks_cookies() || $this->plugin->second_step()->begin( $challenge ) ); // Core's form says then that cookies are blocked.
		add_action( 'sallyport_enrolment_step', fn ( $id ) => Sent::lacks_cookies() || $this->plugin->enrol_page()->begin( $id ) );
		add_filter( 'wp_redirect', fn ( $location ) => $this->plugin->has( 'presented' ) && 0 !== $this->plugin->presented()->given_to() ? $this->plugin->plugin_sign_in()->lead_on( (string) $location ) : $location, self::LAST );
		add_filter( 'login_redirect', fn ( $location ) => $this->plugin->has( 'presented' ) && 0 !== $this->plugin->presented()->given_to() ? $this->plugin->plugin_sign_in()->led_on( (string) $location ) : $location, self::LAST );
		add_action( 'wp_login', fn ( $name, $user = null ) => $this->plugin->has( 'trusted_devices' ) && $user instanceof \WP_User && $this->plugin->second_step()->keep_device( $user ), 10, 2 );
		if ( isset( $_REQUEST['wp-auth-id'], $_REQUEST['wp-auth-nonce'] ) ) { // phpcs:ignore WordPress.Security.NonceVerification -- one of their forms; they check it.
			add_action( 'set_logged_in_cookie', fn ( $cookie, $expire, $expiration, $id, $scheme, $token = '' ) => $this->plugin->other_forms()->collect( (int) $id, (string) $token ), 10, 6 );
			add_filter( 'get_user_metadata', fn ( $value, $id, $key ) => $this->plugin->other_forms()->read( $value, (int) $id, (string) $key ), 10, 3 );
			add_filter( 'update_user_metadata', fn ( $check, $id, $key, $value ) => $this->plugin->other_forms()->taken( $check, (int) $id, (string) $key, $value ), 10, 4 );
		}
	}

	/** Sallyport's own tokens: around core's cookie check and the plugins that read a Bearer, all at 10. */
	private function register_own_tokens(): void {
		add_filter( 'determine_current_user', fn ( $id ) => $this->has_bearer() || $this->plugin->has( 'own_issuer' ) ? $this->plugin->own_issuer()->hide( $id ) : $id, 9 ); // An inner question finds the header hidden already, and counts all the same.
		add_filter( 'determine_current_user', fn ( $id ) => $this->plugin->has( 'own_issuer' ) ? $this->plugin->own_issuer()->determine( $id ) : $id, 11 );
		add_filter( 'rest_authentication_errors', fn ( $result ) => $this->plugin->has( 'own_issuer' ) ? $this->plugin->own_issuer()->rest_errors( $result ) : $result, self::LAST );
	}

	/** Strict mode: what leaves. */
	private function register_strict_mode(): void {
		add_action( 'rest_api_init', fn () => $this->plugin->settings()->get( 'strict' ) && $this->register_strict_rest(), PHP_INT_MIN ); // There is no route before it.
		if ( wp_doing_ajax() ) {
			add_action( 'init', fn () => $this->plugin->settings()->get( 'strict' ) && $this->plugin->outgoing()->watch_ajax(), PHP_INT_MIN ); // Plugins answer from here on.
		}
	}

	/** Our routes, and what goes out with their answers. */
	private function register_rest(): void {
		add_action( 'rest_api_init', fn () => ( defined( 'REST_REQUEST' ) && REST_REQUEST ) || $this->plugin->routes()->register() ); // A request to the REST API waits for the next line: adr/0007.
		add_filter( 'rest_pre_dispatch', fn ( $result, $server, $request ) => self::may_be_ours( $request->get_route() ) ? $this->plugin->routes()->before_dispatch( $result, $request ) : $result, PHP_INT_MIN, 3 ); // Core matches the route after it, and at 10 answers OPTIONS.
		add_filter( 'rest_post_dispatch', fn ( $response, $server, $request ) => $response instanceof \WP_REST_Response && ( $response->get_status() >= 400 || self::may_be_ours( $request->get_route() ) ) ? $this->plugin->headers()->add( $response, $request ) : $response, self::LAST, 3 ); // A refusal of ours may answer any route.
		add_filter( 'rest_post_dispatch', fn ( $response ) => $this->plugin->has( 'trusted_devices' ) ? $this->plugin->headers()->give_device( $response, $this->plugin->trusted_devices()->given() ) : $response, self::LAST );
		add_filter( 'nocache_headers', fn ( $headers ) => $this->plugin->has( 'headers' ) || 'wp-login.php' === ( $GLOBALS['pagenow'] ?? '' ) ? Headers::unstored( $headers ) : $headers, self::LAST ); // Core's come after ours; before 6.8 they leave it out for who is not signed in.
		add_filter( 'rest_allowed_cors_headers', fn ( $names, $request ) => 'OPTIONS' === $request->get_method() || $this->is_ours( $request ) ? Cors::allowed( $names ) : $names, 10, 2 ); // Others' answers stay what they were, but to a preflight.
		add_filter( 'rest_exposed_cors_headers', fn ( $names, $request ) => $this->is_ours( $request ) ? Cors::exposed( $names ) : $names, 10, 2 );
		add_filter( 'rest_pre_serve_request', fn ( $served, $result, $request ) => $this->is_ours( $request ) ? $this->plugin->cors()->send( $served, $request ) : $served, self::LAST, 3 ); // Core sends its own at 10.
		add_filter( 'rest_pre_serve_request', fn ( $served ) => $this->plugin->has( 'after_answer' ) ? $this->plugin->after_answer()->hold( $served ) : $served, self::LAST );
		add_filter( 'rest_pre_serve_request', fn ( $served, $response ) => $response instanceof Written ? $response->serve( $served ) : $served, self::LAST, 2 ); // It writes: after whatever sends headers.
		add_filter( 'rest_envelope_response', fn ( $envelope, $response ) => $response instanceof Nothing ? Nothing::in( $envelope ) : $envelope, self::LAST, 2 ); // By `_envelope`.
		add_action( 'shutdown', fn () => $this->plugin->has( 'after_answer' ) && $this->plugin->after_answer()->measure(), 0 ); // Core flushes its buffers at 1.
		add_action( 'shutdown', fn () => $this->plugin->has( 'after_answer' ) && $this->plugin->after_answer()->run(), self::LAST );
	}

	/** What people see of us, on pages of ours and of core, and the key set. */
	private function register_pages(): void {
		add_action( 'init', fn () => self::asks_for( '/.well-known/jwks.json' ) && $this->plugin->key_set()->serve(), 0 ); // Before canonical redirects and page caches of plugins.
		if ( defined( 'WP_CLI' ) ) {
			add_action( 'cli_init', fn () => $this->plugin->commands()->register() );
		}
		if ( isset( $_REQUEST['action'] ) ) { // phpcs:ignore WordPress.Security.NonceVerification -- wp-login.php looks for its pages before it fires anything.
			add_action( 'login_form_' . SecondStep::ACTION, fn () => $this->plugin->second_step()->complete() );
			add_action( 'login_form_' . StepUp::ACTION, fn () => $this->plugin->step_up_page()->show() );
			add_action( 'login_form_' . Enrolling::ACTION, fn () => $this->plugin->enrolment_confirmation()->answer() );
			add_action( 'login_form_' . Invitation::ACTION, fn () => $this->plugin->enrol_page()->answer() );
			add_action( 'login_form_' . MailedUnlock::ACTION, fn () => $this->plugin->unlock_page()->show() );
			add_action( 'login_head', fn () => KeyedPage::keep_to_header(), 0 );
			add_filter( 'login_title', fn ( $title ) => Wrong::title( $title ) );
		}
		if ( is_admin() ) {
			$this->register_in_admin();
		}
		add_action( 'init', fn () => $this->register_sign_in_security(), 0 ); // WooCommerce asks for its pages at 10.
		add_filter( 'site_status_tests', fn ( $tests ) => $this->plugin->site_health()->tests( $tests ) );
		add_filter( 'debug_information', fn ( $sections ) => $this->plugin->debug_section()->add( $sections ) );
		add_filter( 'wp_privacy_personal_data_exporters', fn ( $exporters ) => $this->plugin->personal_exporter()->add( $exporters ) );
		add_filter( 'wp_privacy_personal_data_erasers', fn ( $erasers ) => $this->plugin->personal_eraser()->add( $erasers ) );
	}

	/** Changes to an account that end what was issued and proven before. */
	private function register_revocation(): void {
		add_action( 'wp_set_password', fn ( $password, $id, $before = null ) => $this->plugin->revocation()->password_set( (string) $password, (int) $id, $before ), 10, 3 );
		add_action( 'profile_update', fn ( $id, $before = null ) => $this->plugin->revocation()->profile_updated( (int) $id, $before ), 10, 2 );
		add_action( 'after_password_reset', fn ( $user ) => $user instanceof \WP_User && $this->plugin->revocation()->password_reset( $user ) );
		add_action( 'password_reset', fn ( $user ) => $user instanceof \WP_User && MailedKey::is_sent() && $this->plugin->mailed_key()->prove( $user ) ); // While the key still fits.
		add_action( 'add_user_role', fn ( $id ) => $this->plugin->revocation()->role_gained( (int) $id ) );
		add_action( 'remove_user_role', fn ( $id ) => $this->plugin->revocation()->role_lost( (int) $id ) );
		if ( is_multisite() ) {
			add_action( 'granted_super_admin', fn ( $id ) => $this->plugin->revocation()->role_gained( (int) $id ) );
			add_action( 'remove_user_from_blog', fn ( $id ) => $this->plugin->revocation()->role_lost( (int) $id ) );
			add_action( 'revoked_super_admin', fn ( $id ) => $this->plugin->revocation()->barred( (int) $id ) );
			add_action( 'wp_uninitialize_site', fn ( $site ) => $this->plugin->revocation()->site_deleted( (int) $site->blog_id ), self::LAST ); // Core takes its users out at 10, of which the webhooks' queue hears.
			add_action( 'make_spam_user', fn ( $id ) => $this->plugin->revocation()->barred( (int) $id ) );
		}
		add_action( 'sallyport_factors_changed', fn ( $event, $id ) => $this->plugin->revocation()->factors_changed( $event, $id ), 1, 2 );
		foreach ( array( 'added', 'updated', 'deleted' ) as $changed ) {
			add_action( $changed . '_user_meta', fn ( $row, $id, $key ) => OtherPlugins::are_changed_by( (string) $key, (int) $id ) && $this->plugin->revocation()->factor_changed_elsewhere( (int) $id ), 10, 3 );
		}
		add_action( 'deleted_user', fn ( $id ) => $this->plugin->revocation()->deleted( (int) $id ) );
		foreach ( array( 'add', 'update', 'delete' ) as $change ) {
			add_filter( $change . '_user_metadata', fn ( $check, $id, $key ) => OtherPlugins::are_changed_by( (string) $key, (int) $id ) && is_user_logged_in() && $this->plugin->state()->is_marked( get_current_user_id() ) ? $this->plugin->step_up()->before_factor_elsewhere( $check ) : $check, self::LAST, 3 );
			is_multisite() && add_filter( $change . '_user_metadata', fn ( $check, $id, $key ) => OtherPlugins::are_changed_by( (string) $key, (int) $id ) && get_current_user_id() === (int) $id ? $this->plugin->step_up()->before_first_factor_elsewhere( $check, (int) $id ) : $check, self::LAST, 3 );
			add_filter( $change . '_user_metadata', fn ( $check, $id, $key ) => $this->plugin->meta()->guard( $check, $key ), self::LAST, 3 );
		}
	}

	/** What is told of what the log records: by mail, and by webhooks, which are queued with its row and sent by a request of their own. */
	private function register_mails_and_webhooks(): void {
		add_filter( 'send_password_change_email', fn ( $send, $user = null ) => $this->plugin->notice_mail()->leave_to_core( $send, $user ), self::LAST, 2 );
		add_action( 'sallyport_activity', fn ( $row ) => $this->plugin->notice_mail()->logged( $row ) );
		add_filter( 'pre_wp_mail', fn ( $sent, $mail = array() ) => Visitor::is_addressed( $mail['to'] ?? '' ) ? true : $sent, PHP_INT_MIN, 2 ); // A probe mails nobody, whatever plugin would.
		add_action( 'phpmailer_init', fn ( $mail ) => $this->plugin->has( 'mailer' ) && $this->plugin->mailer()->add_text( $mail ), self::LAST ); // Mails that are sent by wp_mail(), whatever plugin sends them.
		add_action( 'sallyport_activity', fn ( $row ) => $this->plugin->webhook_queue()->add( $row ) && $this->plugin->after_answer()->then( fn () => $this->plugin->webhook_wake()->wake( (int) $row['blog_id'] ), 'webhooks of ' . $row['blog_id'] ) );
		add_action( 'sallyport_webhooks', fn () => $this->plugin->webhook_worker()->tick() );
		add_filter( 'cron_schedules', fn ( $schedules ) => Wake::add_interval( (array) $schedules ) );
		add_action( 'http_api_curl', fn ( $handle ) => $this->plugin->has( 'webhook_sender' ) && $this->plugin->webhook_sender()->pin( $handle ), self::LAST );
	}

	/** Setting up, on activation and on a version mismatch, since deploys skip activation; the daily job; and what is ours in core's keeping. */
	private function register_upkeep(): void {
		add_action( 'activate_plugin', fn ( $which ) => self::is_this( $which ) && $this->plugin->setup()->try() );
		add_action( 'deactivated_plugin', fn ( $which ) => self::is_this( $which ) && $this->plugin->housekeeping()->unschedule() );
		add_action( 'deactivated_plugin', fn ( $which, $everywhere = false ) => self::is_this( $which ) && $this->plugin->webhook_wake()->unschedule( (bool) $everywhere ), 10, 2 );
		add_action( 'plugins_loaded', fn () => Setup::is_needed() && $this->plugin->setup()->try(), 1 );
		add_action( 'sallyport_housekeeping', fn () => $this->plugin->housekeeping()->run( time() ) );
		add_action( 'wp_version_check', fn () => $this->plugin->housekeeping()->schedule() ); // Nobody may visit the wp-admin of a network's main site. Core sees to this event of its own in every request there.
		add_action( 'http_api_debug', fn ( $response, $context, $class, $arguments, $url ) => Clock::may_be_told_by( (string) $url ) && $this->plugin->clock()->hear( $response, time() ), 10, 5 );
		add_action( 'init', fn () => ( ! is_multisite() && version_compare( $GLOBALS['wp_version'], '6.8', '>=' ) ) || load_plugin_textdomain( 'sallyport', false, dirname( plugin_basename( PLUGIN_FILE ) ) . '/languages' ), 0 ); // From 6.8 on core goes by the header, but not of a network's plugins; nothing is read before a text is asked for.
		add_filter( 'pre_update_option', fn ( $new, $name, $old ) => OwnOption::keep( $new, (string) $name, $old, $this->plugin->database( ... ) ), self::LAST, 3 );
	}

	/** Strict mode, over REST. */
	private function register_strict_rest(): void {
		add_filter( 'rest_pre_echo_response', fn ( $answer, $server, $request ) => $this->is_ours( $request ) ? $answer : $this->plugin->outgoing()->rest( $answer, $request->get_route() ), self::LAST, 3 );
		add_filter( 'rest_request_before_callbacks', fn ( $response, $handler, $request ) => $this->is_ours( $request ) ? $response : $this->plugin->outgoing()->watch( $response, $request->get_route() ), PHP_INT_MIN, 3 );
	}

	/** What only wp-admin fires, admin-ajax.php among it. */
	private function register_in_admin(): void {
		add_action( 'admin_menu', fn () => $this->plugin->settings_page()->add() );
		add_action( 'network_admin_menu', fn () => $this->plugin->network_settings_page()->add() );
		add_action( 'load-settings_page_' . Page::PAGE, fn () => ( is_network_admin() ? $this->plugin->network_settings_page() : $this->plugin->settings_page() )->load() );
		foreach ( array( 'plugin_action_links_', 'network_admin_plugin_action_links_' ) as $links ) {
			add_filter( $links . plugin_basename( PLUGIN_FILE ), fn ( $links ) => $this->plugin->plugin_row()->links( $links ) );
		}
		add_filter( 'plugin_row_meta', fn ( $meta, $which ) => self::is_this( $which ) ? $this->plugin->plugin_row()->meta( $meta ) : $meta, 10, 2 );
		add_filter( 'manage_users_columns', fn ( $columns ) => $this->plugin->users_list()->columns( $columns ) );
		add_filter( 'manage_users_custom_column', fn ( $output, $column, $id ) => $this->plugin->users_list()->cell( $output, (string) $column, (int) $id ), 10, 3 );
		add_filter( 'views_users', fn ( $views ) => $this->plugin->users_list()->views( $views ) );
		add_filter( 'users_list_table_query_args', fn ( $query ) => $this->plugin->users_list()->narrow( $query ) );
		add_action( 'pre_user_query', fn ( \WP_User_Query $query ) => $this->plugin->users_list()->ask( $query ) );
		add_action( 'restrict_manage_users', fn ( $which ) => $this->plugin->users_list()->keep( (string) $which ) );
		foreach ( array( 'load-profile.php', 'load-user-edit.php' ) as $screen ) { // With one's own id the second is the first.
			add_action( $screen, fn () => $this->plugin->step_up()->before_screen( isset( $_GET['newuseremail'] ) ) ); // phpcs:ignore WordPress.Security.NonceVerification
		}
		add_action( 'load-plugins.php', fn () => $this->plugin->deactivation()->before_screen() );
		add_action( 'load-authorize-application.php', fn () => $this->plugin->step_up()->before_screen( true ) );
		add_action( 'admin_notices', fn () => Notices::may_be_seen() && $this->plugin->notices()->show() );
		add_action( 'network_admin_notices', fn () => Notices::may_be_seen() && $this->plugin->notices()->show() );
		add_action( 'admin_init', fn () => wp_doing_ajax() || $this->plugin->privacy_policy_text()->suggest() ); // Core compares at 100.
		add_action( 'wp_ajax_destroy-sessions', fn () => $this->plugin->revocation()->log_out_everywhere(), 0 ); // Core's own, at 1, ends the request.
		foreach ( array( 'wp_ajax_nopriv_', 'wp_ajax_' ) as $ajax ) {
			add_action( $ajax . Wake::ACTION, fn () => $this->plugin->webhook_worker()->serve() );
		}
		add_action( 'admin_init', fn () => ! is_main_site() || wp_next_scheduled( Housekeeping::EVENT ) || $this->plugin->housekeeping()->schedule(), 0 ); // Events get lost; looking costs no query, but from another site of a network.
	}

	/** Sign-in security: a page of wp-admin and a row of the profile, or the front end's shortcode, block and account page. */
	private function register_sign_in_security(): void {
		add_shortcode( 'sallyport_security', fn () => $this->plugin->security_front_end()->html() );
		add_filter( 'render_block_sallyport/security', fn () => $this->plugin->security_front_end()->html() ); // The editor makes the block known to itself (assets/block.js).
		if ( is_admin() ) {
			foreach ( array( 'admin_menu', 'user_admin_menu' ) as $menu ) {
				add_action( $menu, fn () => $this->plugin->security_page()->add() );
			}
			foreach ( array( 'load-users_page_', 'load-profile_page_' ) as $load ) { // As core names it for who may edit users, and for others.
				add_action( $load . AdminPage::PAGE, fn () => $this->plugin->security_page()->load() );
			}
			foreach ( array( 'show_user_profile', 'edit_user_profile' ) as $profile ) {
				add_action( $profile, fn ( $user ) => $user instanceof \WP_User && $this->plugin->security_page()->row( $user ) );
			}
			add_action( 'all_admin_notices', fn () => $this->plugin->security_page()->remind() );
			add_action( 'enqueue_block_editor_assets', fn () => $this->plugin->security_front_end()->load_editor() );
		} else {
			add_action( 'template_redirect', fn () => $this->plugin->security_front_end()->begin(), 1 ); // Before redirects that lose what a form sent.
			add_filter( 'document_title_parts', fn ( $parts ) => $this->plugin->security_front_end()->title( $parts ) );
		}
		if ( class_exists( 'WooCommerce', false ) ) {
			add_filter( 'woocommerce_get_query_vars', fn ( $vars ) => $this->plugin->security_front_end()->endpoint( $vars ) );
			add_filter( 'woocommerce_account_menu_items', fn ( $items ) => $this->plugin->security_front_end()->menu( $items ) );
			add_filter( 'woocommerce_account_menu_item_classes', fn ( $classes, $endpoint ) => $this->plugin->security_front_end()->menu_classes( $classes, $endpoint ), 10, 2 );
			add_filter( 'woocommerce_get_endpoint_url', fn ( $url, $endpoint, $value, $permalink ) => $this->plugin->security_front_end()->endpoint_url( $url, $endpoint, $permalink ), 10, 4 );
			add_filter( 'woocommerce_prevent_admin_access', fn ( $prevented ) => $this->plugin->security_front_end()->instead_of_admin( $prevented ), self::LAST );
			add_action( 'woocommerce_account_' . FrontEnd::ENDPOINT . '_endpoint', fn () => print $this->plugin->security_front_end()->html() ); // phpcs:ignore WordPress.Security.EscapeOutput -- the templates escape.
		}
	}

	/** Whether there is a header that may hold a token; asked in every request. */
	public static function has_authorization(): bool {
		return isset( $_SERVER['HTTP_AUTHORIZATION'] ) || isset( $_SERVER['REDIRECT_HTTP_AUTHORIZATION'] );
	}

	private function has_bearer(): bool {
		return ( self::has_authorization() || $this->plugin->has( 'presented' ) ) && $this->plugin->presented()->has_bearer();
	}

	/** Also where nobody asks for a code: it is in logs now. */
	private function refuse_code_in_url( mixed $response, \WP_REST_Request $request ): mixed {
		$is_refused = ! is_wp_error( $response ) && is_user_logged_in() && Answer::is_code_in_url( $request, $this->is_ours( $request ) ) && $this->plugin->state()->is_enrolled( get_current_user_id() );
		return $is_refused ? ( new Refusal( Code::CodeInUrl ) )->to_error() : $response;
	}

	/** Whether a plugin that is turned on or off is this one. */
	private static function is_this( mixed $which ): bool {
		return plugin_basename( PLUGIN_FILE ) === $which;
	}

	private static function asks_for( string $path ): bool {
		$uri = $_SERVER['REQUEST_URI'] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- looked into, never printed.
		return is_string( $uri ) && str_contains( $uri, $path );
	}

	/** Whether a route may be one of ours: most are core's, which no name of ours begins like, and need not be looked at closely. */
	private static function may_be_ours( string $route ): bool {
		return ! str_starts_with( strtolower( $route ), '/wp/' );
	}

	private function is_ours( \WP_REST_Request $request ): bool {
		return self::may_be_ours( $request->get_route() ) && null !== $this->plugin->namespaces()->path( $request->get_route() );
	}

	/**
	 * Whether a REST handler is one where another plugin's issuer answers, or a bearer of ours came that few routes take.
	 *
	 * @param mixed $handler As WP_REST_Server matched it.
	 */
	private function concerns_issuers( mixed $handler ): bool {
		return ( $this->plugin->has( 'presented' ) && $this->plugin->presented()->has_taken() ) || ( ! self::is_cores( $handler ) && $this->plugin->issuers()->answer( (array) $handler ) );
	}

	/** Whether a REST handler is a controller of core, which signs nobody in: most are, and need not be looked at closely. */
	private static function is_cores( mixed $handler ): bool {
		$controller = is_array( $handler ) && is_array( $handler['callback'] ?? null ) ? $handler['callback'][0] ?? null : null;
		return $controller instanceof \WP_REST_Controller && str_starts_with( (string) ( new \ReflectionClass( $controller ) )->getFileName(), ABSPATH . WPINC . '/' ); // Plugins' names begin with WP_REST_, too.
	}

	/**
	 * Whether step-up may stand before a REST handler: of core's, before what writes, and before any once a plugin has named a
	 * route. Most read, and need not be looked at closely.
	 *
	 * @param mixed $handler As WP_REST_Server matched it.
	 */
	private function may_weaken( mixed $handler ): bool {
		$method = is_array( $handler ) && is_array( $handler['callback'] ?? null ) ? $handler['callback'][1] ?? '' : '';
		return $this->plugin->has( 'step_up' ) || ! is_string( $method ) || ! str_starts_with( $method, 'get_' );
	}

	/** Who has a factor, or must have one by now. Nobody is asked about a guest. */
	public function must_prove( int $user_id ): bool {
		return 0 !== $user_id && ( $this->plugin->state()->is_enrolled( $user_id ) || $this->plugin->policies()->is_due( $user_id, time() ) );
	}

	/** Whom a filter of determine_current_user means: core takes a WP_User as well as an id. */
	public static function user_id( mixed $found ): int {
		return $found instanceof \WP_User ? $found->ID : ( is_scalar( $found ) ? (int) $found : 0 );
	}
}
