<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use WP_REST_Response;

/**
 * An answer that is a file with one line for each row: CSV (RFC 4180), or JSON lines. Its data stay rows until it is sent,
 * because core's `_fields` and `_envelope` need them.
 */
final class File extends WP_REST_Response implements Written {
	private const TYPES = array(
		'csv'   => 'text/csv; charset=utf-8',
		'jsonl' => 'application/x-ndjson',
	);

	/** @var list<string> */
	private array $columns;

	/**
	 * @param string                     $format  One of csv, jsonl.
	 * @param list<string>               $columns
	 * @param list<array<string, mixed>> $rows    For CSV: strings, by column.
	 * @param string                     $name    Without its extension.
	 */
	public static function of( string $format, array $columns, array $rows, string $name ): self {
		$file          = new self( $rows );
		$file->columns = $columns;
		$file->header( 'Content-Type', self::TYPES[ $format ] );
		$file->header( 'Content-Disposition', 'attachment; filename="' . $name . '.' . $format . '"' );
		return $file;
	}

	public function serve( mixed $served ): bool {
		if ( true !== $served ) {
			echo $this->text(); // phpcs:ignore WordPress.Security.EscapeOutput -- a file, not HTML.
		}
		return true;
	}

	private function text(): string {
		$rows = (array) $this->get_data();
		if ( self::TYPES['csv'] !== $this->get_headers()['Content-Type'] ) {
			return implode(
				'',
				array_map( static fn ( mixed $row ): string => wp_json_encode( $row, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) . "\n", $rows )
			);
		}
		$lines = array( array() === $rows ? $this->columns : array_keys( $rows[0] ), ...$rows );
		return implode(
			'',
			array_map( static fn ( array $row ): string => implode( ',', array_map( self::cell( ... ), $row ) ) . "\r\n", $lines )
		);
	}

	private static function cell( string $text ): string {
		return strpbrk( $text, ",\"\r\n" ) === false ? $text : '"' . str_replace( '"', '""', $text ) . '"';
	}
}
