<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use WP_CLI;
use WP_User;

/**
 * `wp sallyport …`: every command, one line each.
 *
 * Results go to stdout, everything else to stderr. Exit codes: 0 done; 1 refused, or wrong usage; 2 Sallyport cannot
 * work here (the extension, the master key, the signing key or the database).
 */
final class Commands {
	/** Who did it, in the log. */
	public const CALLER = 'wp-cli';

	/** Bytes; what the extension reads of one PEM at most, and more than any other file we take has. */
	private const FILE = 16384;

	public function __construct(
		private readonly ImportCommand $import,
		private readonly KeyCommand $keys,
		private readonly SettingCommand $settings,
		private readonly ActivityCommand $activity,
		private readonly SiteCommand $sites,
		private readonly OpenApiCommand $open_api,
		private readonly WebhookCommand $webhooks,
		private readonly FactorCommand $factors,
		private readonly UnlockCommand $unlock,
		private readonly PolicyCommand $policy,
		private readonly ProbeCommand $probe,
		private readonly DoorsCommand $doors,
		private readonly StatusCommand $status,
	) {}

	/** Action cli_init. */
	public function register(): void {
		WP_CLI::add_command( 'sallyport import', $this->import );
		WP_CLI::add_command( 'sallyport key', $this->keys );
		WP_CLI::add_command( 'sallyport setting', $this->settings );
		WP_CLI::add_command( 'sallyport activity', $this->activity );
		WP_CLI::add_command( 'sallyport site', $this->sites );
		WP_CLI::add_command( 'sallyport openapi', $this->open_api );
		WP_CLI::add_command( 'sallyport webhook', $this->webhooks );
		WP_CLI::add_command( 'sallyport factor', $this->factors );
		WP_CLI::add_command( 'sallyport unlock', $this->unlock );
		WP_CLI::add_command( 'sallyport policy', $this->policy );
		WP_CLI::add_command( 'sallyport probe', $this->probe );
		WP_CLI::add_command( 'sallyport doors', $this->doors );
		WP_CLI::add_command( 'sallyport status', $this->status );
	}

	/** The user an id, log-in or address means. */
	public static function user( string $name ): WP_User {
		$by   = 1 === preg_match( '/^\d{1,18}$/D', $name ) ? 'id' : ( is_email( $name ) ? 'email' : 'login' );
		$user = get_user_by( $by, $name );
		if ( ! $user ) {
			WP_CLI::error( __( 'There is no such user.', 'sallyport' ) );
		}
		return $user;
	}

	/** Said beside the result, so that what reads that is not disturbed. */
	public static function tell( string $text ): void {
		fwrite( STDERR, $text . "\n" ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- no file.
	}

	/** What a file holds that was named on the command line, up to one byte too many. */
	public static function file( string $path ): string {
		$text = is_file( $path ) && is_readable( $path ) ? (string) file_get_contents( $path, false, null, 0, self::FILE + 1 ) : ''; // phpcs:ignore WordPress.WP.AlternativeFunctions -- the host's, of any length.
		if ( '' === $text ) {
			/* translators: %s: path of a file. */
			WP_CLI::error( sprintf( __( 'The file %s cannot be read.', 'sallyport' ), $path ) );
		}
		return $text;
	}

	/**
	 * Runs what may be refused, and ends the command with the reason if it is.
	 *
	 * @param callable(): void               $command
	 * @param (callable(Refusal): string)|null $hint What can be done about a refusal, in sentences.
	 */
	public static function run( callable $command, ?callable $hint = null ): void {
		try {
			$command();
		} catch ( Refusal $refusal ) {
			WP_CLI::error( trim( self::told( $refusal ) . ' ' . ( null === $hint ? '' : $hint( $refusal ) ) ), Code::Unavailable === $refusal->reason ? 2 : 1 );
		}
	}

	/** Why something was refused, with what the administrator has to do about it. */
	public static function told( Refusal $refusal ): string {
		$why  = $refusal->reason->value;
		$why .= isset( $refusal->data['reason'] ) ? ': ' . $refusal->data['reason'] : '';
		$why .= isset( $refusal->data['retry_after'] ) ? ', ' . $refusal->data['retry_after'] . ' s' : '';
		$why .= Code::InvalidParam === $refusal->reason && isset( $refusal->data['params'] ) ? ': ' . implode( '; ', $refusal->data['params'] ) : '';
		$text = $refusal->problem?->message() ?? $refusal->reason->message();
		return $text . ' (' . $why . ')';
	}
}
