<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** Pages of this site: those at its address, and those at WordPress' own, which is on another host where a front end has the site's. */
final class OwnPage {
	/** The address, if it is one of this site. */
	public static function of( string $url, string $otherwise ): string {
		$url = wp_sanitize_redirect( $url );
		return str_starts_with( set_url_scheme( $url, 'https' ), site_url( '/', 'https' ) ) ? $url : wp_validate_redirect( $url, $otherwise );
	}

	/** Whether this is wp-login.php itself. Pages that plugins put in its place fire its actions, too; what our pages there are made with is in that file alone. */
	public static function is_login(): bool {
		return 0 < did_action( 'login_init' ) && function_exists( 'login_header' );
	}

	/** Whether a cookie for wp-login.php can be set from the site's own pages: that is on the same host. */
	public static function shares_host(): bool {
		return wp_parse_url( home_url(), PHP_URL_HOST ) === wp_parse_url( site_url(), PHP_URL_HOST );
	}

	/** Goes there, or, where it is none of this site, to the dashboard. */
	public static function go( string $url ): never {
		wp_redirect( self::of( $url, admin_url() ) ); // phpcs:ignore WordPress.Security.SafeRedirect -- it is one of this site.
		exit;
	}
}
