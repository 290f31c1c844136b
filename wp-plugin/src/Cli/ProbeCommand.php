<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Closure;
use Sallyport\WP\Probe\Finding;
use Sallyport\WP\Probe\Probe;
use Sallyport\WP\Probe\Verdict;
use WP_CLI;

/**
 * Can this site be entered with a password alone?
 */
final class ProbeCommand {
	/** @param Closure(): Probe $probe */
	public function __construct( private readonly Closure $probe ) {}

	/**
	 * Tries every door of this site with the right password and no code, and reports each.
	 *
	 * A door is any way in: the login page, XML-RPC, the REST API, other plugins' logins. The probe creates a temporary user, sets a
	 * second factor up for them, and deletes them again. No mail is sent. Run it after every update of a plugin.
	 *
	 * Exit codes: 0 no door is open; 1 at least one is open; 2 it is not known, because the site could not reach itself over
	 * HTTP, or Sallyport cannot work here.
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
	 *     wp sallyport probe
	 *     wp sallyport probe --format=json
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function __invoke( array $args, array $assoc ): void {
		Commands::run( fn () => $this->run( $assoc['format'] ?? 'table' ) );
	}

	private function run( string $format ): void {
		$probe    = ( $this->probe )();
		$findings = $probe->run( 0, Commands::CALLER, time() );
		WP_CLI\Utils\format_items( $format, array_map( static fn ( Finding $finding ): array => $finding->row(), $findings ), Finding::FIELDS );
		$open = Probe::only( Verdict::Open, ...$findings );
		if ( array() !== $open ) {
			/* translators: %s: list of doors. */
			WP_CLI::error( sprintf( __( 'Open to a password alone: %s', 'sallyport' ), implode( ', ', array_column( $open, 'door' ) ) ) );
		}
		if ( ! $probe->reached() ) {
			WP_CLI::error( __( 'This site could not be reached over HTTP from itself, so hardly any door was tested.', 'sallyport' ), 2 );
		}
		$unknown = Probe::only( Verdict::Unknown, ...$findings );
		if ( array() !== $unknown ) {
			/* translators: %s: list of doors. */
			WP_CLI::warning( sprintf( __( 'Unclear: %s', 'sallyport' ), implode( ', ', array_column( $unknown, 'door' ) ) ) );
		}
		$spared = Probe::only( Verdict::NotMade, ...$findings );
		if ( array() !== $spared ) {
			WP_CLI::warning(
				/* translators: %s: list of doors. */
				sprintf( __( 'Not tested, for the reason given: %s', 'sallyport' ), implode( ', ', array_column( $spared, 'door' ) ) )
			);
		}
	}
}
