<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Closure;
use Sallyport\WP\Probe\Doors;
use WP_CLI;

/**
 * What on this site can give a token or a cookie.
 */
final class DoorsCommand {
	/** @param Closure(): Doors $doors */
	public function __construct( private readonly Closure $doors ) {}

	/**
	 * Lists every route, mutation and hook of this site that can give a token or a cookie, whose it is, and which gate covers it.
	 *
	 * It reads what is registered, by name; `wp sallyport probe` finds out whether a door is shut.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : How to print them.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function __invoke( array $args, array $assoc ): void {
		WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', ( $this->doors )()->all(), Doors::FIELDS );
	}
}
