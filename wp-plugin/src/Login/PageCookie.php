<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

/** A cookie for wp-login.php only, which scripts cannot read. */
final class PageCookie {
	/** @param int $expires Unix seconds; a time in the past deletes it. */
	public static function set( string $name, #[\SensitiveParameter] string $value, int $expires ): void {
		setcookie(
			$name,
			$value,
			array(
				'expires'  => $expires,
				'path'     => (string) wp_parse_url( site_url( 'wp-login.php', 'login' ), PHP_URL_PATH ),
				'domain'   => '',
				'secure'   => is_ssl(),
				'httponly' => true,
				'samesite' => 'Strict',
			)
		);
	}

	/** The cookie's value; empty if there is none. */
	public static function sent( string $name ): string {
		$value = $_COOKIE[ $name ] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- looked up by its digest.
		return is_string( $value ) ? $value : '';
	}
}
