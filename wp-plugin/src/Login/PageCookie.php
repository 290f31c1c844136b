<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

/** A cookie for our pages of wp-login.php and nothing else, wherever plugins have put them, that no script reads. */
final class PageCookie {
	/**
	 * @param int    $expires  Unix seconds; what is past ends it.
	 * @param string $samesite Strict, or Lax where a link of another site may lead to what needs it.
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

	/** What the browser brought by this name; empty for nothing. */
	public static function sent( string $name ): string {
		$value = $_COOKIE[ $name ] ?? ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- looked up by its digest.
		return is_string( $value ) ? $value : '';
	}
}
