<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use WP_REST_Request;
use WP_REST_Response;

/** An answer in CSV (RFC 4180). */
final class Csv {
	private const TYPE = 'text/csv; charset=utf-8';

	/**
	 * @param list<string>       $columns
	 * @param list<list<string>> $rows
	 * @param string             $name    Of the file.
	 */
	public static function answer( array $columns, array $rows, string $name ): WP_REST_Response {
		$lines = array_map( static fn ( array $row ): string => implode( ',', array_map( self::cell( ... ), $row ) ), array( $columns, ...$rows ) );
		return new WP_REST_Response(
			implode( "\r\n", $lines ) . "\r\n",
			200,
			array(
				'Content-Type'        => self::TYPE,
				'Content-Disposition' => 'attachment; filename="' . $name . '"',
			)
		);
	}

	/**
	 * Filter rest_pre_serve_request: core would write any answer as JSON.
	 *
	 * @param mixed $served   Whether somebody has written it already.
	 * @param mixed $response The answer.
	 * @return mixed True when it is written.
	 */
	public static function serve( mixed $served, mixed $response, WP_REST_Request $request ): mixed {
		if ( true === $served || ! $response instanceof WP_REST_Response || self::TYPE !== ( $response->get_headers()['Content-Type'] ?? '' ) ) {
			return $served;
		}
		if ( 'HEAD' !== $request->get_method() ) {
			echo $response->get_data(); // phpcs:ignore WordPress.Security.EscapeOutput -- CSV, not HTML.
		}
		return true;
	}

	private static function cell( string $text ): string {
		return strpbrk( $text, ",\"\r\n" ) === false ? $text : '"' . str_replace( '"', '""', $text ) . '"';
	}
}
