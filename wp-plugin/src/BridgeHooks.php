<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Issuer\{CoCart, UsefulTeam};
use Sallyport\WP\Security\FrontEnd;

use function add_action; // By name alone each call would look in our namespace first.
use function add_filter;

/** Hooks of plugins that ask for a second factor or issue tokens, and of WooCommerce's account; only if those are active. */
final class BridgeHooks {
	private const LAST = PHP_INT_MAX;

	public function __construct( private readonly Plugin $plugin ) {}

	/** Action init: sign-in security as a page of WooCommerce's account. */
	public function register_account_page(): void {
		$p = $this->plugin;
		add_filter( 'woocommerce_get_query_vars', fn ( $vars ) => $p->security_front_end()->endpoint( $vars ) );
		add_filter( 'woocommerce_account_menu_items', fn ( $items ) => $p->security_front_end()->menu( $items ) );
		add_filter(
			'woocommerce_account_menu_item_classes',
			fn ( $classes, $endpoint ) => $p->security_front_end()->menu_classes( $classes, $endpoint ),
			10,
			2
		);
		add_filter(
			'woocommerce_get_endpoint_url',
			fn ( $url, $endpoint, $value, $permalink ) => $p->security_front_end()->endpoint_url( $url, $endpoint, $permalink ),
			10,
			4
		);
		add_filter(
			'woocommerce_prevent_admin_access',
			fn ( $prevented ) => $p->security_front_end()->instead_of_admin( $prevented ),
			self::LAST
		);
		add_action( 'woocommerce_account_' . FrontEnd::ENDPOINT . '_endpoint', fn () => print $p->security_front_end()->html() ); // phpcs:ignore WordPress.Security.EscapeOutput -- the templates escape.
	}

	/** Two Factor and WP 2FA: they block API logins, which is lifted where the gate handles the login. */
	public function register_other_factors(): void {
		$p = $this->plugin;
		add_filter(
			'two_factor_user_api_login_enable',
			fn ( $enabled, $id = 0 ) => $p->bridged_logins()->lift( $enabled, GateHooks::user_id( $id ) ),
			self::LAST,
			2
		);
		add_filter(
			'two_factor_is_user_rate_limited',
			fn ( $limited, $user = null ) => $user instanceof \WP_User ? $p->other_forms()->limit( $limited, $user ) : $limited,
			self::LAST,
			2
		);
		foreach ( array( 'two_factor_user_authenticated', 'two_factor_user_revalidated' ) as $passed ) {
			add_action( $passed, fn ( $user ) => $user instanceof \WP_User && $p->other_forms()->passed_two_factor( $user ) );
		}
		add_action( 'wp_2fa_user_authenticated', fn ( $user ) => $user instanceof \WP_User && $p->other_forms()->passed_wp_2fa( $user ) );
	}

	/**
	 * Solid Security: its own second factor comes after the sign-in, and ends the session with our proof. Each would ask again
	 * after the other.
	 */
	public function register_solid_security(): void {
		$p = $this->plugin;
		add_filter(
			'itsec_two_factor_interstitial_show_to_user',
			fn ( $shown, $user = null ) => $user instanceof \WP_User && $p->has( 'acceptance' ) && $p->acceptance()->spares( $user->ID )
				? false
				: $shown,
			self::LAST,
			2
		);
	}

	/** Tmeister (JWT Authentication for WP REST API): its claims before signing, its answer before it is sent. */
	public function register_tmeister(): void {
		$p = $this->plugin;
		add_filter( 'jwt_auth_token_before_sign', fn ( $claims, $user ) => $p->bridged_logins()->sign( $claims, $user ), self::LAST, 2 );
		add_filter( 'jwt_auth_token_before_dispatch', fn ( $answer, $user ) => $p->bridged_logins()->dispatch( $answer, $user ), self::LAST, 2 );
	}

	/** Useful Team: its routes run inside a handler of ours, where a refusal can end them; tokens are stamped before signing. */
	public function register_useful_team(): void {
		$p = $this->plugin;
		// After the one in GateHooks, which completes challenges.
		add_filter(
			'rest_dispatch_request',
			fn ( $response, $request, $route, $handler ) => '' === UsefulTeam::method( (array) $handler )
				? $response
				: $p->useful_team()->run( $response, $request, $handler ),
			self::LAST,
			4
		);
		add_filter( 'jwt_auth_do_custom_auth', fn ( $user ) => $p->useful_team()->custom( $user ), self::LAST );
		// The plugin writes user meta at 10.
		add_filter( 'jwt_auth_payload', fn ( $claims, $user ) => $p->useful_team()->before_token( $claims, $user ), PHP_INT_MIN, 2 );
		add_filter( 'jwt_auth_payload', fn ( $claims, $user ) => $p->bridged_logins()->sign( $claims, $user ), self::LAST, 2 );
		add_filter( 'jwt_auth_refresh_expire', fn ( $expires ) => $p->useful_team()->before_refresh_token( $expires ), self::LAST );
		add_filter(
			'update_user_metadata',
			fn ( $check, $id, $key, $value ) => $p->has( 'useful_team' )
				? $p->useful_team()->keep( $check, (int) $id, (string) $key, $value )
				: $check,
			self::LAST,
			4
		);
		// Its own check, at 10, discards earlier results.
		add_filter( 'jwt_auth_extra_token_check', fn ( $failed, $user, $token ) => $p->useful_team()->check( $failed, $token ), self::LAST, 3 );
		add_filter(
			'rest_request_after_callbacks',
			fn ( $response, $handler ) => $response instanceof \WP_Error ? $p->useful_team()->envelope( $response, (array) $handler ) : $response,
			self::LAST,
			2
		);
	}

	/** CoCart: a password at any of its routes, and the tokens of its JWT plugin before they are stored. */
	public function register_cocart(): void {
		$p = $this->plugin;
		// CoCart asks the server for the header as well.
		add_filter( 'cocart_auth_header', fn ( $header ) => $p->has( 'own_issuer' ) && $p->own_issuer()->is_hidden() ? '' : $header, self::LAST );
		// Its JWT plugin reads tokens at 0.
		add_filter( 'cocart_authenticate', fn ( $found ) => $found ? $p->cocart()->by_password( $found ) : $found, PHP_INT_MIN );
		add_filter( 'cocart_authenticate', fn ( $found ) => $found ? $p->cocart()->authenticate( $found ) : $found, self::LAST );
		add_filter(
			'rest_authentication_errors',
			fn ( $result ) => $p->has( 'cocart' ) ? $p->cocart()->rest_errors( $result ) : $result,
			self::LAST
		);
		add_filter(
			'rest_request_before_callbacks',
			fn ( $response, $handler, $request ) => '' === CoCart::route( (array) $handler )
				? $response
				: $p->cocart()->take_challenge( $response, $handler, $request ),
			self::LAST,
			3
		);
		// Before the last one, which completes challenges: that is done here already.
		add_filter(
			'rest_dispatch_request',
			fn ( $response, $request, $route, $handler ) => '' === CoCart::route( (array) $handler )
				? $response
				: $p->cocart()->run( $response, $request, $handler ),
			self::LAST - 1,
			4
		);
		add_filter( 'cocart_jwt_auth_token_before_sign', fn ( $claims, $user ) => $p->bridged_logins()->sign( $claims, $user ), self::LAST, 2 );
		add_filter(
			'cocart_jwt_auth_refresh_token_expiration',
			fn ( $seconds ) => $p->has( 'cocart' ) ? $p->cocart()->expires_in( $seconds ) : $seconds,
			self::LAST
		);
		add_filter(
			'add_user_metadata',
			fn ( $check, $id, $key, $value ) => $p->has( 'cocart' ) ? $p->cocart()->keep( $check, (int) $id, (string) $key, $value ) : $check,
			self::LAST,
			4
		);
	}
}
