<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Closure;
use WP_CLI;

/**
 * Checks whether Sallyport works on this site.
 */
final class StatusCommand {
	private const FIELDS = array( 'state', 'test', 'says' );

	/** @param Closure(): array<string, array{test: callable(): array<string, mixed>}> $tests Site Health's tests of ours. */
	public function __construct( private readonly Closure $tests ) {}

	/**
	 * Prints the results of Site Health's tests of Sallyport, one line each, and what to do if a result is not good.
	 *
	 * It also works if the extension, the master key or the tables are missing, and says which.
	 *
	 * Exit codes: 0 nothing is critical; 1 something is critical: it lets somebody in without the factor, or keeps everybody out.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : The format of the list.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     wp sallyport status
	 *     wp sallyport status --format=json | jq -r '.[] | select(.state == "critical") | .todo'
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function __invoke( array $args, array $assoc ): void {
		$format = $assoc['format'] ?? 'table';
		$rows   = array_map( static fn ( array $test ): array => self::row( $test['test']() ), array_values( ( $this->tests )() ) );
		WP_CLI\Utils\format_items( $format, $rows, 'table' === $format ? self::FIELDS : array( ...self::FIELDS, 'todo' ) );
		foreach ( $rows as $row ) {
			'' === $row['todo'] || WP_CLI::warning( $row['says'] . ': ' . $row['todo'] );
		}
		$critical = array_column( array_filter( $rows, static fn ( array $row ): bool => 'critical' === $row['state'] ), 'says' );
		/* translators: %s: list of what Site Health says. */
		array() === $critical || WP_CLI::error( sprintf( __( 'Critical: %s', 'sallyport' ), implode( '; ', $critical ) ) );
	}

	/**
	 * @param array<string, mixed> $result In the format of core's Site Health.
	 * @return array{state: string, test: string, says: string, todo: string}
	 */
	private static function row( array $result ): array {
		return array(
			'state' => $result['status'],
			'test'  => substr( $result['test'], strlen( 'sallyport_' ) ),
			'says'  => $result['label'],
			'todo'  => 'good' === $result['status'] ? '' : self::plain( $result['description'] ),
		);
	}

	/** One line without markup and control characters, which other plugins could have put in and a terminal would obey. */
	private static function plain( string $html ): string {
		$text = html_entity_decode( wp_strip_all_tags( str_replace( '<', ' <', $html ) ), ENT_QUOTES );
		return trim( (string) preg_replace( '/[\s\p{C}]+/u', ' ', $text ) );
	}
}
