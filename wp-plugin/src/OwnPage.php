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

	/** Goes there, or, where it is none of this site, to the dashboard. */
	public static function go( string $url ): never {
		wp_redirect( self::of( $url, admin_url() ) ); // phpcs:ignore WordPress.Security.SafeRedirect -- it is one of this site.
		exit;
	}
}
