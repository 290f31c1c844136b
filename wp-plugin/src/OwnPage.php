<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** Pages of this site: at the site's URL or at WordPress' URL, which is on another host if a front end has the site's. */
final class OwnPage {
	/** The URL if it belongs to this site, else the alternative. */
	public static function of( string $url, string $otherwise ): string {
		$url = wp_sanitize_redirect( $url );
		return str_starts_with( set_url_scheme( $url, 'https' ), site_url( '/', 'https' ) ) ? $url : wp_validate_redirect( $url, $otherwise );
	}

	/**
	 * Whether this is wp-login.php itself. Pages that plugins put in its place fire its actions, too, but lack the functions
	 * that our pages there are made with.
	 */
	public static function is_login(): bool {
		return 0 < did_action( 'login_init' ) && function_exists( 'login_header' );
	}

	/** Whether the site's own pages can set a cookie for wp-login.php: both must be on the same host. */
	public static function shares_host(): bool {
		return wp_parse_url( home_url(), PHP_URL_HOST ) === wp_parse_url( site_url(), PHP_URL_HOST );
	}

	/** Redirects to the URL or, if it is not of this site, to the dashboard. */
	public static function go( string $url ): never {
		wp_redirect( self::of( $url, admin_url() ) ); // phpcs:ignore WordPress.Security.SafeRedirect -- it is one of this site.
		exit;
	}
}
