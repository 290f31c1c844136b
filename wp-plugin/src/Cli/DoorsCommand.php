<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Closure;
use Sallyport\WP\Probe\Doors;
use WP_CLI;

/**
 * The doors of this site: all that can issue a token or set a cookie.
 */
final class DoorsCommand {
	/** @param Closure(): Doors $doors */
	public function __construct( private readonly Closure $doors ) {}

	/**
	 * Lists the doors of this site: every route, mutation and hook that can issue a token or a cookie, its plugin, and its gate.
	 *
	 * A door is any way in. The command finds doors by the names of what is registered, and sends no request; `wp sallyport probe` tests
	 * whether they are shut.
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
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function __invoke( array $args, array $assoc ): void {
		WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', ( $this->doors )()->all(), Doors::FIELDS );
	}
}
