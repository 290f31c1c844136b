<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Accounts\MailedKey;
use Sallyport\WP\Factor\{OtherPlugins, TwoFactorPlugin};
use Sallyport\WP\Probe\Visitor;
use Sallyport\WP\Rest\{Cors, Headers, Nothing, Written};
use Sallyport\WP\Store\{Clock, OwnOption, Passwords};
use Sallyport\WP\Webhook\Wake;

use function add_action; // By name alone each call would look in our namespace first.
use function add_filter;

/**
 * The hooks, each with the reason for its priority. They are registered while the plugin file loads; what a hook needs is
 * created when it first fires. Callbacks of one hook and priority run in the order in which they are registered.
 *
 * GateHooks has those that decide who is let in. AdminHooks and LoginHooks have those of wp-admin and of wp-login.php;
 * BridgeHooks, GraphqlHooks and SimpleJwtHooks those of other plugins. These are loaded only in a request that may fire them.
 */
final class Hooks {
	private const LAST = PHP_INT_MAX;

	private readonly GateHooks $gate;

	public function __construct( private readonly Plugin $plugin ) {
		$this->gate = new GateHooks( $plugin );
	}

	public function register(): void {
		$this->gate->register();
		add_action( 'plugins_loaded', fn () => $this->register_bridges(), self::LAST );
		$this->register_rest();
		$this->register_pages();
		$this->register_revocation();
		$this->register_mails_and_webhooks();
		$this->register_upkeep();
	}

	/** The hooks of other plugins that ask for a second factor or issue tokens: nothing of them is loaded where those are inactive. */
	private function register_bridges(): void {
		$p = $this->plugin;
		if ( ( class_exists( 'Two_Factor_Core', false ) && TwoFactorPlugin::is_running() ) || defined( 'WP_2FA_VERSION' ) ) {
			( new BridgeHooks( $p ) )->register_other_factors();
		}
		if ( class_exists( 'ITSEC_Core', false ) ) {
			( new BridgeHooks( $p ) )->register_solid_security();
		}
		if ( class_exists( 'Jwt_Auth_Public', false ) ) {
			( new BridgeHooks( $p ) )->register_tmeister();
		}
		if ( class_exists( \JWTAuth\Auth::class, false ) ) {
			( new BridgeHooks( $p ) )->register_useful_team();
		}
		if ( class_exists( \CoCart::class, false ) ) {
			( new BridgeHooks( $p ) )->register_cocart();
		}
		if ( class_exists( 'WPGraphQL', false ) ) {
			( new GraphqlHooks( $p, $this->gate ) )->register();
		}
		$jwt      = class_exists( \WPGraphQL\JWT_Authentication\JWT_Authentication::class, false );
		$headless = class_exists( \WPGraphQL\Login\Auth\ServerAuthentication::class, false );
		if ( $jwt || $headless ) {
			( new GraphqlHooks( $p, $this->gate ) )->register_logins( $jwt, $headless );
		}
		if ( class_exists( \SimpleJWTLogin\Modules\SimpleJWTLoginSettings::class, false ) ) {
			( new SimpleJwtHooks( $p, $this->gate ) )->register();
		}
	}

	/** Our routes, and the headers of their answers. */
	private function register_rest(): void {
		$p = $this->plugin;
		// Requests to the REST API register them in the next hook (adr/0007).
		add_action( 'rest_api_init', fn () => ( defined( 'REST_REQUEST' ) && REST_REQUEST ) || $p->routes()->register() );
		// First: core answers OPTIONS at 10, and matches the route afterwards.
		add_filter(
			'rest_pre_dispatch',
			fn ( $result, $server, $request ) => GateHooks::may_be_ours( $request->get_route() )
				? $p->routes()->before_dispatch( $result, $request )
				: $result,
			PHP_INT_MIN,
			3
		);
		add_filter(
			'rest_post_dispatch',
			fn ( $response, $server, $request ) => self::may_need_headers( $response, $request )
				? $p->headers()->add( $response, $request )
				: $response,
			self::LAST,
			3
		);
		add_filter(
			'rest_post_dispatch',
			fn ( $response ) => $p->has( 'trusted_devices' ) ? $p->headers()->give_device( $response, $p->trusted_devices()->given() ) : $response,
			self::LAST
		);
		// Core's own headers come after ours, and before 6.8 lack no-store for anonymous requests.
		add_filter(
			'nocache_headers',
			fn ( $headers ) => $p->has( 'headers' ) || 'wp-login.php' === ( $GLOBALS['pagenow'] ?? '' ) ? Headers::unstored( $headers ) : $headers,
			self::LAST
		);
		// Answers of other plugins' routes are left alone, except to a preflight, whose route is unknown.
		add_filter(
			'rest_allowed_cors_headers',
			fn ( $names, $request ) => 'OPTIONS' === $request->get_method() || $this->gate->is_ours( $request ) ? Cors::allowed( $names ) : $names,
			10,
			2
		);
		add_filter(
			'rest_exposed_cors_headers',
			fn ( $names, $request ) => $this->gate->is_ours( $request ) ? Cors::exposed( $names ) : $names,
			10,
			2
		);
		// Core sends its own headers at 10.
		add_filter(
			'rest_pre_serve_request',
			fn ( $served, $result, $request ) => $this->gate->is_ours( $request ) ? $p->cors()->send( $served, $request ) : $served,
			self::LAST,
			3
		);
		add_filter(
			'rest_pre_serve_request',
			fn ( $served ) => $p->has( 'after_answer' ) ? $p->after_answer()->hold( $served ) : $served,
			self::LAST
		);
		// Last: it prints, so everything that sends headers comes first.
		add_filter(
			'rest_pre_serve_request',
			fn ( $served, $response ) => $response instanceof Written ? $response->serve( $served ) : $served,
			self::LAST,
			2
		);
		// For the parameter `_envelope`.
		add_filter(
			'rest_envelope_response',
			fn ( $envelope, $response ) => $response instanceof Nothing ? Nothing::in( $envelope ) : $envelope,
			self::LAST,
			2
		);
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

	/** Sign-in security: in wp-admin a page and a row of the profile; in the front end a shortcode, a block and an account page. */
	private function register_sign_in_security(): void {
		$p = $this->plugin;
		add_shortcode( 'sallyport_security', fn () => $p->security_front_end()->html() );
		// The editor registers the block itself (assets/block.js).
		add_filter( 'render_block_sallyport/security', fn () => $p->security_front_end()->html() );
		if ( is_admin() ) {
			( new AdminHooks( $p ) )->register_sign_in_security();
		} else {
			add_action( 'template_redirect', fn () => $p->security_front_end()->begin(), 1 ); // Before redirects that would lose a submitted form.
			add_filter( 'document_title_parts', fn ( $parts ) => $p->security_front_end()->title( $parts ) );
		}
		if ( class_exists( 'WooCommerce', false ) ) {
			( new BridgeHooks( $p ) )->register_account_page();
		}
	}

	/** Changes of an account that end tokens and proofs, and what is left of deleted users and sites. */
	private function register_revocation(): void {
		$p = $this->plugin;
		add_action(
			'wp_set_password',
			fn ( $password, $id, $before = null ) => $p->revocation()->password_set( (string) $password, (int) $id, $before ),
			10,
			3
		);
		add_filter(
			'wp_pre_insert_user_data',
			fn ( $row, $update, $id ) => $update && is_array( $row ) && get_userdata( (int) $id )
				? Passwords::without_unchanged( $row, get_userdata( (int) $id ) )
				: $row,
			self::LAST,
			3
		);
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
			// Core removes the site's users at 10, and the webhook queue records that.
			add_action( 'wp_uninitialize_site', fn ( $site ) => $p->leftovers()->site_changed_hands( (int) $site->blog_id ), self::LAST );
			add_action( 'wp_insert_site', fn ( $site ) => $p->leftovers()->site_changed_hands( (int) $site->blog_id ), PHP_INT_MIN );
		}
		add_action( 'sallyport_factors_changed', fn ( $event, $id ) => $p->revocation()->factors_changed( $event, $id ), 1, 2 );
		$is_factor = static fn ( $key, $id ): bool => OtherPlugins::are_changed_by( (string) $key, (int) $id ); // Another plugin's.
		foreach ( array( 'added', 'updated', 'deleted' ) as $changed ) {
			add_action(
				$changed . '_user_meta',
				fn ( $row, $id, $key ) => $is_factor( $key, $id ) && $p->revocation()->factor_changed_elsewhere( (int) $id ),
				10,
				3
			);
		}
		add_action( 'deleted_user', fn ( $id ) => $p->leftovers()->user_deleted( (int) $id ) );
		add_filter(
			'insert_user_meta',
			fn ( $meta, $user = null, $update = true ) => $update ? $meta : $p->leftovers()->user_created( $meta, (int) $user->ID ),
			PHP_INT_MIN, // Right after the row, before any meta.
			3
		);
		foreach ( array( 'add', 'update', 'delete' ) as $change ) {
			add_filter(
				$change . '_user_metadata',
				fn ( $check, $id, $key ) => $is_factor( $key, $id ) && is_user_logged_in() && $p->state()->is_marked( get_current_user_id() )
					? $p->step_up()->before_factor_elsewhere( $check )
					: $check,
				self::LAST,
				3
			);
			is_multisite()
				&& add_filter(
					$change . '_user_metadata',
					fn ( $check, $id, $key ) => $is_factor( $key, $id ) && get_current_user_id() === (int) $id
						? $p->step_up()->before_first_factor_elsewhere( $check, (int) $id )
						: $check,
					self::LAST,
					3
				);
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
		// Also for mails that another plugin delivers.
		add_action( 'phpmailer_init', fn ( $mail ) => $p->has( 'mailer' ) && $p->mailer()->add_text( $mail ), self::LAST );
		add_action(
			'sallyport_activity',
			fn ( $row ) => $p->webhook_queue()->add( $row )
				&& $p->after_answer()->then( fn () => $p->webhook_wake()->wake( (int) $row['blog_id'] ), 'webhooks of ' . $row['blog_id'] )
		);
		add_action( 'sallyport_webhooks', fn () => $p->webhook_worker()->tick() );
		add_filter( 'cron_schedules', fn ( $schedules ) => Wake::add_interval( (array) $schedules ) );
		add_action( 'http_api_curl', fn ( $handle ) => $p->has( 'webhook_sender' ) && $p->webhook_sender()->pin( $handle ), self::LAST );
	}

	/** Set-up on activation and on a version mismatch (deploys skip activation); the daily job; protection of our options. */
	private function register_upkeep(): void {
		$p = $this->plugin;
		add_action( 'activate_plugin', fn ( $which ) => self::is_this( $which ) && $p->setup()->try() );
		add_action( 'deactivated_plugin', fn ( $which ) => self::is_this( $which ) && $p->housekeeping()->unschedule() );
		add_action(
			'deactivated_plugin',
			fn ( $which, $everywhere = false ) => self::is_this( $which ) && $p->webhook_wake()->unschedule( (bool) $everywhere ),
			10,
			2
		);
		add_action( 'plugins_loaded', fn () => Setup::is_needed() && $p->setup()->try(), 1 );
		add_action( 'sallyport_housekeeping', fn () => $p->housekeeping()->run( time() ) );
		// The main site's wp-admin may never be visited. Core schedules its own version check in every request there.
		add_action( 'wp_version_check', fn () => $p->housekeeping()->schedule() );
		add_action(
			'http_api_debug',
			fn ( $response, $context, $class, $arguments, $url ) => Clock::may_be_told_by( (string) $url ) && $p->clock()->hear( $response, time() ),
			10,
			5
		);
		add_action( 'init', fn () => Plugin::load_translations(), 0 );
		add_filter(
			'pre_update_option',
			fn ( $new, $name, $old ) => OwnOption::keep( $new, (string) $name, $old, $p->database( ... ) ),
			self::LAST,
			3
		);
	}

	/** Whether an answer may need our headers: it is one of our routes', or a refusal of ours, which any route may answer. */
	private static function may_need_headers( mixed $response, \WP_REST_Request $request ): bool {
		return $response instanceof \WP_REST_Response && ( $response->get_status() >= 400 || GateHooks::may_be_ours( $request->get_route() ) );
	}

	/** Whether a plugin file is this plugin's. */
	public static function is_this( mixed $which ): bool {
		return plugin_basename( PLUGIN_FILE ) === $which;
	}

	private static function asks_for( string $path ): bool {
		$uri = $_SERVER['REQUEST_URI'] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- looked into, never printed.
		return is_string( $uri ) && str_contains( $uri, $path );
	}
}
