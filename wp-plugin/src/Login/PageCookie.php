<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

/** A cookie for our pages of wp-login.php only, wherever plugins have put them, which scripts cannot read. */
final class PageCookie {
	/**
	 * @param int    $expires  Unix seconds; a time in the past deletes it.
	 * @param string $samesite Strict, or Lax if a link on another site may lead to the page that needs the cookie.
	 */
	public static function set( string $name, #[\SensitiveParameter] string $value, int $expires, string $samesite = 'Strict' ): void {
		setcookie(
			$name,
			$value,
			array(
				'expires'  => $expires,
				'path'     => (string) wp_parse_url( site_url( 'wp-login.php?action=' . SecondStep::ACTION, 'login' ), PHP_URL_PATH ),
				'domain'   => '',
				'secure'   => is_ssl(),
				'httponly' => true,
				'samesite' => $samesite,
			)
		);
	}

	/** The cookie's value; empty if there is none. */
	public static function sent( string $name ): string {
		$value = $_COOKIE[ $name ] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- looked up by its digest.
		return is_string( $value ) ? $value : '';
	}
}
