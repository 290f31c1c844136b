<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Bridge\{GraphqlLogins, SimpleJwtAnswers};
use Sallyport\WP\Factor\TwoFactorPlugin;
use Sallyport\WP\Issuer\{CoCart, SimpleJwtLogin, UsefulTeam};
use Sallyport\WP\Rest\Cors;
use Sallyport\WP\Security\FrontEnd;
use WPGraphQL\JWT_Authentication\JWT_Authentication;
use WPGraphQL\Login\Auth\ServerAuthentication;

/** Hooks of other plugins that ask for a second factor or issue tokens, registered only if those plugins are active. */
final class BridgeHooks {
	private const LAST = PHP_INT_MAX;

	public function __construct(
		private readonly Plugin $plugin,
		private readonly Hooks $hooks,
	) {}

	public function register(): void {
		if ( ( class_exists( 'Two_Factor_Core', false ) && TwoFactorPlugin::is_running() ) || defined( 'WP_2FA_VERSION' ) ) {
			$this->register_beside_other_factors();
		}
		if ( class_exists( 'ITSEC_Core', false ) ) {
			$this->register_beside_solid_security();
		}
		if ( class_exists( 'Jwt_Auth_Public', false ) ) {
			$this->register_beside_tmeister();
		}
		if ( class_exists( \JWTAuth\Auth::class, false ) ) {
			$this->register_beside_useful_team();
		}
		if ( class_exists( \CoCart::class, false ) ) {
			$this->register_beside_cocart();
		}
		if ( class_exists( 'WPGraphQL', false ) ) {
			$this->register_beside_graphql();
		}
		$jwt      = class_exists( JWT_Authentication::class, false );
		$headless = class_exists( ServerAuthentication::class, false );
		if ( $jwt || $headless ) {
			$this->register_beside_graphql_logins( $jwt, $headless );
		}
		if ( class_exists( \SimpleJWTLogin\Modules\SimpleJWTLoginSettings::class, false ) ) {
			$this->register_beside_simple_jwt_login();
		}
	}

	/** Action init: sign-in security as a page of WooCommerce's account. */
	public function register_account_page(): void {
		$p = $this->plugin;
		add_filter( 'woocommerce_get_query_vars', fn ( $vars ) => $p->security_front_end()->endpoint( $vars ) );
		add_filter( 'woocommerce_account_menu_items', fn ( $items ) => $p->security_front_end()->menu( $items ) );
		add_filter( 'woocommerce_account_menu_item_classes', fn ( $classes, $endpoint ) => $p->security_front_end()->menu_classes( $classes, $endpoint ), 10, 2 );
		add_filter( 'woocommerce_get_endpoint_url', fn ( $url, $endpoint, $value, $permalink ) => $p->security_front_end()->endpoint_url( $url, $endpoint, $permalink ), 10, 4 );
		add_filter( 'woocommerce_prevent_admin_access', fn ( $prevented ) => $p->security_front_end()->instead_of_admin( $prevented ), self::LAST );
		add_action( 'woocommerce_account_' . FrontEnd::ENDPOINT . '_endpoint', fn () => print $p->security_front_end()->html() ); // phpcs:ignore WordPress.Security.EscapeOutput -- the templates escape.
	}

	/** Two Factor and WP 2FA: they block API logins, which is lifted where the gate handles the login. */
	private function register_beside_other_factors(): void {
		$p = $this->plugin;
		add_filter( 'two_factor_user_api_login_enable', fn ( $enabled, $id = 0 ) => $p->bridged_logins()->lift( $enabled, Hooks::user_id( $id ) ), self::LAST, 2 );
		add_filter( 'two_factor_is_user_rate_limited', fn ( $limited, $user = null ) => $user instanceof \WP_User ? $p->other_forms()->limit( $limited, $user ) : $limited, self::LAST, 2 );
		foreach ( array( 'two_factor_user_authenticated', 'two_factor_user_revalidated' ) as $passed ) {
			add_action( $passed, fn ( $user ) => $user instanceof \WP_User && $p->other_forms()->passed_two_factor( $user ) );
		}
		add_action( 'wp_2fa_user_authenticated', fn ( $user ) => $user instanceof \WP_User && $p->other_forms()->passed_wp_2fa( $user ) );
	}

	/** Solid Security: its own second factor comes after the sign-in, and ends the session with our proof. Each would ask again after the other. */
	private function register_beside_solid_security(): void {
		$p = $this->plugin;
		add_filter( 'itsec_two_factor_interstitial_show_to_user', fn ( $shown, $user = null ) => $user instanceof \WP_User && $p->has( 'acceptance' ) && $p->acceptance()->spares( $user->ID ) ? false : $shown, self::LAST, 2 );
	}

	/** Tmeister (JWT Authentication for WP REST API): its claims before signing, its answer before it is sent. */
	private function register_beside_tmeister(): void {
		$p = $this->plugin;
		add_filter( 'jwt_auth_token_before_sign', fn ( $claims, $user ) => $p->bridged_logins()->sign( $claims, $user ), self::LAST, 2 );
		add_filter( 'jwt_auth_token_before_dispatch', fn ( $answer, $user ) => $p->bridged_logins()->dispatch( $answer, $user ), self::LAST, 2 );
	}

	/** Useful Team: its routes run inside a handler of ours, where a refusal can end them; tokens are stamped before signing. */
	private function register_beside_useful_team(): void {
		$p = $this->plugin;
		// After the one in Hooks, which completes challenges.
		add_filter( 'rest_dispatch_request', fn ( $response, $request, $route, $handler ) => '' === UsefulTeam::method( (array) $handler ) ? $response : $p->useful_team()->run( $response, $request, $handler ), self::LAST, 4 );
		add_filter( 'jwt_auth_do_custom_auth', fn ( $user ) => $p->useful_team()->custom( $user ), self::LAST );
		add_filter( 'jwt_auth_payload', fn ( $claims, $user ) => $p->useful_team()->before_token( $claims, $user ), PHP_INT_MIN, 2 ); // The plugin writes user meta at 10.
		add_filter( 'jwt_auth_payload', fn ( $claims, $user ) => $p->bridged_logins()->sign( $claims, $user ), self::LAST, 2 );
		add_filter( 'jwt_auth_refresh_expire', fn ( $expires ) => $p->useful_team()->before_refresh_token( $expires ), self::LAST );
		add_filter( 'update_user_metadata', fn ( $check, $id, $key, $value ) => $p->has( 'useful_team' ) ? $p->useful_team()->keep( $check, (int) $id, (string) $key, $value ) : $check, self::LAST, 4 );
		add_filter( 'jwt_auth_extra_token_check', fn ( $failed, $user, $token ) => $p->useful_team()->check( $failed, $token ), self::LAST, 3 ); // Its own check, at 10, discards earlier results.
		add_filter( 'rest_request_after_callbacks', fn ( $response, $handler ) => $response instanceof \WP_Error ? $p->useful_team()->envelope( $response, (array) $handler ) : $response, self::LAST, 2 );
	}

	/** CoCart: a password at any of its routes, and the tokens of its JWT plugin before they are stored. */
	private function register_beside_cocart(): void {
		$p = $this->plugin;
		// CoCart asks the server for the header as well.
		add_filter( 'cocart_auth_header', fn ( $header ) => $p->has( 'own_issuer' ) && $p->own_issuer()->is_hidden() ? '' : $header, self::LAST );
		add_filter( 'cocart_authenticate', fn ( $found ) => $found ? $p->cocart()->by_password( $found ) : $found, PHP_INT_MIN ); // Its JWT plugin reads tokens at 0.
		add_filter( 'cocart_authenticate', fn ( $found ) => $found ? $p->cocart()->authenticate( $found ) : $found, self::LAST );
		add_filter( 'rest_authentication_errors', fn ( $result ) => $p->has( 'cocart' ) ? $p->cocart()->rest_errors( $result ) : $result, self::LAST );
		add_filter( 'rest_request_before_callbacks', fn ( $response, $handler, $request ) => '' === CoCart::route( (array) $handler ) ? $response : $p->cocart()->take_challenge( $response, $handler, $request ), self::LAST, 3 );
		// Before the last one, which completes challenges: that is done here already.
		add_filter( 'rest_dispatch_request', fn ( $response, $request, $route, $handler ) => '' === CoCart::route( (array) $handler ) ? $response : $p->cocart()->run( $response, $request, $handler ), self::LAST - 1, 4 );
		add_filter( 'cocart_jwt_auth_token_before_sign', fn ( $claims, $user ) => $p->bridged_logins()->sign( $claims, $user ), self::LAST, 2 );
		add_filter( 'cocart_jwt_auth_refresh_token_expiration', fn ( $seconds ) => $p->has( 'cocart' ) ? $p->cocart()->expires_in( $seconds ) : $seconds, self::LAST );
		add_filter( 'add_user_metadata', fn ( $check, $id, $key, $value ) => $p->has( 'cocart' ) ? $p->cocart()->keep( $check, (int) $id, (string) $key, $value ) : $check, self::LAST, 4 );
	}

	/** WPGraphQL: reports a refused credential in its own envelope. */
	private function register_beside_graphql(): void {
		$p = $this->plugin;
		// WPGraphQL ignores a cookie without a nonce, so a plugin that finds a user from here on finds them by something else.
		add_action( 'graphql_process_http_request', fn () => $p->has( 'acceptance' ) && ! is_user_logged_in() && $p->acceptance()->drop_cookies(), PHP_INT_MIN );
		// Pages run GraphQL requests as well, as any user.
		add_filter( 'pre_graphql_execute_request', fn ( $answer, $request ) => defined( 'GRAPHQL_HTTP_REQUEST' ) ? $p->graphql_answers()->execute( $answer, $request->get_params() ) : $answer, self::LAST, 2 );
		add_filter( 'wp_pre_insert_user_data', fn ( $row ) => is_graphql_request() && $this->hooks->must_prove( get_current_user_id() ) ? $p->graphql_answers()->name_step_up( $row ) : $row, self::LAST );
		add_filter( 'graphql_request_results', fn ( $result ) => $p->settings()->get( 'strict' ) ? $p->outgoing()->graphql( $result ) : $result, self::LAST );
		add_filter( 'graphql_response_headers_to_send', fn ( $headers ) => $p->settings()->get( 'strict' ) ? $p->outgoing()->graphql_headers( $headers ) : $headers, self::LAST );
		add_filter( 'graphql_response_status_code', fn ( $status ) => $p->graphql_answers()->status( $status ), self::LAST );
		add_filter( 'graphql_response_headers_to_send', fn ( $headers ) => $p->graphql_answers()->headers( $headers ), self::LAST ); // The plugins add their tokens at 10.
		// As in REST, other answers are left alone, except to a preflight.
		add_filter( 'graphql_access_control_allow_headers', fn ( $names ) => 'OPTIONS' === ( $_SERVER['REQUEST_METHOD'] ?? '' ) ? Cors::allowed( $names ) : $names );
	}

	/** The token issuers of WPGraphQL, where a login is a mutation. */
	private function register_beside_graphql_logins( bool $jwt, bool $headless ): void {
		$p = $this->plugin;
		add_action( 'graphql_register_types', fn () => GraphqlLogins::register_fields(), self::LAST );
		add_filter( 'graphql_pre_mutate_and_get_payload', fn ( $payload, $name, $callback, $input ) => $p->graphql_logins()->begin( $payload, $callback, (array) $input ), self::LAST, 4 );
		// The last callback is for other doors.
		add_filter( 'authenticate', fn ( $user, $name = '', $password = '' ) => $user instanceof \WP_User && $p->has( 'graphql_logins' ) ? $p->graphql_logins()->authenticate( $user, empty( $name ) && empty( $password ) ) : $user, self::LAST - 1, 3 );
		add_action( 'set_current_user', fn () => $p->has( 'graphql_logins' ) && $p->graphql_logins()->switched(), PHP_INT_MIN, 0 ); // Before Acceptance removes the user a mutation found.
		add_action( 'graphql_mutation_response', fn () => $p->graphql_logins()->end() );
		foreach ( array( 'graphql_jwt_auth_get_auth_header', 'graphql_login_auth_header' ) as $header ) {
			add_filter( $header, fn ( $sent ) => $p->has( 'own_issuer' ) && $p->own_issuer()->is_bearer() ? '' : $sent ); // Otherwise they would reject our token as an invalid one of theirs.
		}

		// Every token is signed here, whether a field, a header or a mutation asks for it. REST still issues tokens if
		// WPGraphQL itself is inactive.
		if ( $jwt ) {
			add_filter( 'graphql_jwt_auth_token_before_sign', fn ( $claims, $user ) => $p->graphql_logins()->stamp( $p->wp_graphql_jwt(), $claims, $user->ID ), self::LAST, 2 );
			add_filter( 'graphql_jwt_auth_signed_token', fn ( $token, $id ) => $p->graphql_logins()->release( $p->wp_graphql_jwt(), $token, (int) $id ), self::LAST, 2 );
		}
		if ( $headless ) {
			add_filter( 'graphql_login_signed_token', fn ( $token, $id ) => $p->graphql_logins()->sign_and_release( $p->headless_login(), $token, (int) $id ), self::LAST, 2 );
		}
	}

	/** Simple JWT Login 4: it does not call `authenticate`, and most of what it does happens within its own routes. */
	private function register_beside_simple_jwt_login(): void {
		$p       = $this->plugin;
		$is_its  = static fn ( $handler ): bool => null !== SimpleJwtLogin::service( (array) $handler );
		$at_work = static fn (): bool => $p->has( 'simple_jwt_login' );
		// Its routes, and the tokens it signs in them.
		add_filter( 'rest_request_before_callbacks', fn ( $response, $handler, $request ) => $is_its( $handler ) ? $p->simple_jwt_login()->begin( $response, $handler, $request ) : $response, self::LAST, 3 );
		// Its permission callback has just determined the user.
		add_filter( 'rest_dispatch_request', fn ( $response, $request, $route, $handler ) => $is_its( $handler ) ? $p->simple_jwt_login()->dispatch( $response ) : $response, self::LAST, 4 );
		add_filter( 'rest_request_after_callbacks', fn ( $response, $handler ) => $is_its( $handler ) ? $p->simple_jwt_login()->end( $response, $handler ) : $response, self::LAST, 2 );
		// After the headers were added.
		add_filter( 'rest_post_dispatch', fn ( $response ) => $response instanceof \WP_REST_Response && $is_its( $response->get_matched_handler() ) ? SimpleJwtAnswers::envelope( $response ) : $response, self::LAST );
		foreach ( array( SimpleJwtLogin::CLAIMS, SimpleJwtLogin::LOGGED_IN, SimpleJwtLogin::REFRESHED ) as $filter ) {
			add_filter( $filter, fn ( $value ) => $p->simple_jwt_login()->before_others( $filter, $value ), PHP_INT_MIN );
			add_filter( $filter, fn ( $value, $user ) => SimpleJwtLogin::CLAIMS === $filter ? $p->simple_jwt_login()->sign( $value, $user ) : $p->simple_jwt_login()->give( $filter, $value, $user ), self::LAST, 2 );
		}
		add_filter( 'two_factor_user_api_login_enable', fn ( $enabled, $user = 0 ) => $p->has( 'gate' ) ? $p->simple_jwt_login()->lift( $enabled, Hooks::user_id( $user ) ) : $enabled, self::LAST, 2 );

		// The users it sets as current, and what it does to them.
		add_action( 'set_current_user', fn () => $this->hooks->must_prove( get_current_user_id() ) && $p->simple_jwt_credentials()->switched(), PHP_INT_MIN, 0 ); // Before Acceptance removes the user.
		add_action( 'password_reset', fn ( $user ) => $at_work() && $user instanceof \WP_User && $p->simple_jwt_login()->before_harm( $user->ID ), 0 );
		add_action( 'delete_user', fn ( $id ) => $at_work() && $p->simple_jwt_login()->before_harm( (int) $id ), 0 );

		// Credentials in REST: it reads them at 0, and with WooCommerce at 5.
		add_filter( 'rest_authentication_errors', fn ( $result ) => $p->has( 'own_issuer' ) || ( $p->has( 'presented' ) && $p->presented()->has_taken() ) ? $p->simple_jwt_credentials()->hide( $result ) : $result, -1 );
		add_filter( 'rest_authentication_errors', fn ( $result ) => $p->has( 'simple_jwt_credentials' ) ? $p->simple_jwt_credentials()->reveal( $result ) : $result, 6 );
		add_filter( 'rest_authentication_errors', fn ( $result ) => null !== $p->simple_jwt_issuer()->presented() ? $p->simple_jwt_credentials()->rest_errors( $result ) : $result, self::LAST );
	}
}
