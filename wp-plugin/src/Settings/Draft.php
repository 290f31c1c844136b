<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

/**
 * Unsaved input, kept in the URL that returns from the step-up page. It only fills in a form, and only for the user who typed
 * it, so that no link can suggest values.
 */
final class Draft {
	private const TEXT  = 'sallyport_draft';
	private const NONCE = 'sallyport_draft_of';

	/** Longest draft in bytes. A longer URL might not get through; then the input is lost. */
	private const LONGEST = 3000;

	/** @param array<array-key, mixed> $typed */
	public static function url( string $tab, array $typed ): string {
		$text = rtrim( strtr( base64_encode( (string) wp_json_encode( $typed ) ), '+/', '-_' ), '=' ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- for a URL.
		return strlen( $text ) > self::LONGEST ? Page::url( $tab ) : add_query_arg(
			array(
				self::TEXT  => $text,
				self::NONCE => wp_create_nonce( self::action( $tab, $text ) ),
			),
			Page::url( $tab )
		);
	}

	/** @return array<array-key, mixed>|null */
	public static function read( string $tab ): ?array {
		$text  = $_GET[ self::TEXT ] ?? null; // phpcs:ignore WordPress.Security -- decoded, and escaped where it is shown.
		$nonce = $_GET[ self::NONCE ] ?? null; // phpcs:ignore WordPress.Security -- verified here.
		if ( ! is_string( $text ) || ! is_string( $nonce ) || false === wp_verify_nonce( $nonce, self::action( $tab, $text ) ) ) {
			return null;
		}
		$typed = json_decode( (string) base64_decode( strtr( $text, '-_', '+/' ), true ), true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- the same.
		return is_array( $typed ) ? $typed : null;
	}

	private static function action( string $tab, string $text ): string {
		return "sallyport-draft-$tab-$text";
	}
}
