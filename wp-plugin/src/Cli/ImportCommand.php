<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Closure;
use Sallyport\WP\Enrolment\Import;
use Sallyport\WP\Factor\OtherPlugin;
use Sallyport\WP\Factor\OtherPlugins;
use Sallyport\WP\Factor\TwoFactorPlugin;
use Sallyport\WP\Factor\Wp2fa;
use Sallyport\WP\Store\ForeignMeta;
use WP_CLI;

/**
 * Imports the enrolments of Two Factor and WP 2FA, so that no user has to scan a QR code again. The plugin's data stays.
 */
final class ImportCommand {
	private const FIELDS = array( 'user', 'login', 'has', 'result', 'backup_codes' );

	/** Number of users that are read at once. */
	private const BATCH = 200;

	/** @param Closure(): void $require_ready */
	public function __construct(
		private readonly OtherPlugins $plugins,
		private readonly Import $import,
		private readonly ForeignMeta $meta,
		private readonly Closure $require_ready,
	) {}

	/**
	 * Imports the authenticator apps and backup codes of Two Factor's users. It can be run again, and continues where it stopped.
	 *
	 * ## OPTIONS
	 *
	 * [--dry-run]
	 * : Change nothing; print what would be done, and the plugin's own policy.
	 *
	 * [--only=<user>]
	 * : Only this user: login, e-mail address or id. (`--user` is WP-CLI's own option: the user that a command runs as.)
	 *
	 * [--format=<format>]
	 * : The format of the report.
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
	 *     wp sallyport import two-factor --dry-run
	 *     wp sallyport import two-factor
	 *
	 * @subcommand two-factor
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function two_factor( array $args, array $assoc ): void {
		$this->run( TwoFactorPlugin::SOURCE, $assoc );
	}

	/**
	 * Imports the authenticator apps and backup codes of WP 2FA's users. It can be run again, and continues where it stopped.
	 *
	 * ## OPTIONS
	 *
	 * [--dry-run]
	 * : Change nothing; print what would be done, and the plugin's own policy.
	 *
	 * [--only=<user>]
	 * : Only this user: login, e-mail address or id. (`--user` is WP-CLI's own option: the user that a command runs as.)
	 *
	 * [--format=<format>]
	 * : The format of the report.
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
	 *     wp sallyport import wp-2fa --dry-run
	 *     wp sallyport import wp-2fa --only=ada
	 *
	 * @subcommand wp-2fa
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function wp_2fa( array $args, array $assoc ): void {
		$this->run( Wp2fa::SOURCE, $assoc );
	}

	/**
	 * Undoes an import: only the plugin's own enrolments remain. Codes that were used since the import are spent there, too.
	 *
	 * The plugin must be active.
	 *
	 * ## OPTIONS
	 *
	 * <plugin>
	 * : two-factor or wp-2fa.
	 *
	 * [--dry-run]
	 * : Change nothing; print what would be done.
	 *
	 * [--only=<user>]
	 * : Only this user: login, e-mail address or id. (`--user` is WP-CLI's own option: the user that a command runs as.)
	 *
	 * [--format=<format>]
	 * : The format of the report.
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
	 *     wp sallyport import undo two-factor --dry-run
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function undo( array $args, array $assoc ): void {
		$plugin = $this->plugins->get( $args[0] );
		if ( null === $plugin ) {
			WP_CLI::error( __( 'The plugin is two-factor or wp-2fa.', 'sallyport' ) );
		}
		if ( ! $plugin::is_running() ) {
			/* translators: %s: name of a plugin. */
			WP_CLI::error( sprintf( __( '%s is not active: its users would have no second factor. Activate it first.', 'sallyport' ), $plugin->title() ) );
		}
		$look = ! empty( $assoc['dry-run'] );
		Commands::run(
			fn () => $this->report(
				$plugin,
				$assoc,
				$look,
				fn ( int $after ): array => $this->import->users( $plugin, $after, self::BATCH ),
				fn ( int $user_id ): array => $this->import->undo( $plugin, $user_id, $look, time() )
			)
		);
	}

	/** @param array<string, string> $assoc */
	private function run( string $source, array $assoc ): void {
		$plugin = $this->plugins->get( $source );
		$look   = ! empty( $assoc['dry-run'] );
		Commands::run(
			function () use ( $plugin, $assoc, $look ): void {
				( $this->require_ready )();
				$is_there = $plugin::is_running() || array() !== $this->meta->users( $plugin->keys(), 0, 1 );
				/* translators: %s: name of a plugin. */
				$is_there || Commands::tell( sprintf( __( '%s has left nothing here.', 'sallyport' ), $plugin->title() ) );
				foreach ( $look && $is_there ? $plugin->policy() : array() as $line ) {
					/* translators: 1: name of a plugin, 2: what its settings say. */
					WP_CLI::warning( sprintf( __( 'Policy of %1$s, which is not imported: %2$s', 'sallyport' ), $plugin->title(), $line ) );
				}
				$this->report(
					$plugin,
					$assoc,
					$look,
					fn ( int $after ): array => $this->meta->users( $plugin->keys(), $after, self::BATCH ),
					fn ( int $user_id ): array => $this->import->import( $plugin, $user_id, $look, time() )
				);
			}
		);
	}

	/**
	 * Calls $each for each user, tells the progress, and prints the report.
	 *
	 * @param array<string, string>                              $assoc
	 * @param callable(int): list<int>                           $next  The users after a user id.
	 * @param callable(int): array{result: string, codes: int}   $each
	 */
	private function report( OtherPlugin $plugin, array $assoc, bool $look, callable $next, callable $each ): void {
		$one   = isset( $assoc['only'] ) ? array( Commands::user( (string) $assoc['only'] )->ID ) : null;
		$lines = array();
		for ( $users = $one ?? $next( 0 ); array() !== $users; $users = null === $one ? $next( end( $users ) ) : array() ) {
			foreach ( $users as $user_id ) {
				$lines[] = $this->line( $plugin, $user_id, $each( $user_id ) );
			}
			/* translators: %d: a number of users. */
			Commands::tell( sprintf( _n( '%d user …', '%d users …', count( $lines ), 'sallyport' ), count( $lines ) ) );
		}
		WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', $lines, self::FIELDS );
		$left = array_filter(
			$lines,
			static fn ( array $line ): bool => in_array( $line['result'], array( Import::UNREADABLE, Import::BUSY ), true )
		);
		if ( array() !== $left && ! $look ) {
			WP_CLI::error(
				sprintf(
					/* translators: %d: a number of users. */
					_n( '%d user could not be done; the report says why. Run it again.', '%d users could not be done; the report says why. Run it again.', count( $left ), 'sallyport' ),
					count( $left )
				)
			);
		}
	}

	/**
	 * @param array{result: string, codes: int} $said
	 * @return array<string, int|string>
	 */
	private function line( OtherPlugin $plugin, int $user_id, array $said ): array {
		$user = get_userdata( $user_id );
		return array(
			'user'         => $user_id,
			'login'        => $user ? $user->user_login : '',
			'has'          => implode( ', ', $plugin->methods( $user_id ) ),
			'result'       => $said['result'],
			'backup_codes' => $said['codes'],
		);
	}
}
