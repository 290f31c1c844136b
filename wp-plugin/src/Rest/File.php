<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use WP_REST_Response;

/** An answer that is a file: CSV (RFC 4180), or a JSON value to a line. */
final class File {
	private const CSV   = 'text/csv; charset=utf-8';
	private const LINES = 'application/x-ndjson';

	/**
	 * @param list<string>       $columns
	 * @param list<list<string>> $rows
	 * @param string             $name    Without its extension.
	 */
	public static function csv( array $columns, array $rows, string $name ): WP_REST_Response {
		$lines = array_map( static fn ( array $row ): string => implode( ',', array_map( self::cell( ... ), $row ) ) . "\r\n", array( $columns, ...$rows ) );
		return self::of( implode( '', $lines ), self::CSV, $name . '.csv' );
	}

	/**
	 * @param list<mixed> $values
	 * @param string      $name   Without its extension.
	 */
	public static function lines( array $values, string $name ): WP_REST_Response {
		$lines = array_map( static fn ( mixed $value ): string => wp_json_encode( $value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) . "\n", $values );
		return self::of( implode( '', $lines ), self::LINES, $name . '.jsonl' );
	}

	/**
	 * Filter rest_pre_serve_request: core would write any answer as JSON.
	 *
	 * @param mixed $served   Whether somebody has written it already.
	 * @param mixed $response The answer.
	 * @return mixed True when it is written.
	 */
	public static function serve( mixed $served, mixed $response ): mixed {
		$type = $response instanceof WP_REST_Response ? $response->get_headers()['Content-Type'] ?? '' : '';
		if ( true === $served || ! in_array( $type, array( self::CSV, self::LINES ), true ) ) {
			return $served;
		}
		echo $response->get_data(); // phpcs:ignore WordPress.Security.EscapeOutput -- a file, not HTML.
		return true;
	}

	private static function of( string $text, string $type, string $name ): WP_REST_Response {
		return new WP_REST_Response(
			$text,
			200,
			array(
				'Content-Type'        => $type,
				'Content-Disposition' => 'attachment; filename="' . $name . '"',
			)
		);
	}

	private static function cell( string $text ): string {
		return strpbrk( $text, ",\"\r\n" ) === false ? $text : '"' . str_replace( '"', '""', $text ) . '"';
	}
}
