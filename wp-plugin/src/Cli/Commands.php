<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use WP_CLI;
use WP_User;

/**
 * The commands of `wp sallyport …`.
 *
 * Results go to stdout, everything else to stderr. Exit codes: 0 done; 1 refused, or wrong usage; 2 Sallyport cannot
 * work here (the extension, the master key, the signing key or the database).
 */
final class Commands {
	/** The actor in the log. */
	public const CALLER = 'wp-cli';

	/** Bytes: the longest PEM that the extension reads. All other files we read are shorter. */
	private const FILE = 16384;

	/** @param array<string, object> $commands Name after `wp sallyport` => the command. */
	public function __construct( private readonly array $commands ) {}

	/** Action cli_init. */
	public function register(): void {
		foreach ( $this->commands as $name => $command ) {
			WP_CLI::add_command( 'sallyport ' . $name, $command );
		}
	}

	/** Finds a user by id, login or e-mail address. */
	public static function user( string $name ): WP_User {
		$by   = 1 === preg_match( '/^\d{1,18}$/D', $name ) ? 'id' : ( is_email( $name ) ? 'email' : 'login' );
		$user = get_user_by( $by, $name );
		if ( ! $user ) {
			WP_CLI::error( __( 'There is no such user.', 'sallyport' ) );
		}
		return $user;
	}

	/** Writes to stderr, so that programs that read the result on stdout are not disturbed. */
	public static function tell( string $text ): void {
		fwrite( STDERR, $text . "\n" ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- no file.
	}

	/** The content of a file that was named on the command line, cut one byte after the limit. */
	public static function file( string $path ): string {
		$text = is_file( $path ) && is_readable( $path ) ? (string) file_get_contents( $path, false, null, 0, self::FILE + 1 ) : ''; // phpcs:ignore WordPress.WP.AlternativeFunctions -- the host's, of any length.
		if ( '' === $text ) {
			/* translators: %s: path of a file. */
			WP_CLI::error( sprintf( __( 'The file %s cannot be read.', 'sallyport' ), $path ) );
		}
		return $text;
	}

	/**
	 * Runs something that may be refused. If it is, the command ends with the reason.
	 *
	 * @param callable(): void               $command
	 * @param (callable(Refusal): string)|null $hint What the user can do about a refusal, in sentences.
	 */
	public static function run( callable $command, ?callable $hint = null ): void {
		try {
			$command();
		} catch ( Refusal $refusal ) {
			WP_CLI::error(
				trim( self::told( $refusal ) . ' ' . ( null === $hint ? '' : $hint( $refusal ) ) ),
				Code::Unavailable === $refusal->reason ? 2 : 1
			);
		}
	}

	/** Why something was refused, and what the administrator has to do. */
	public static function told( Refusal $refusal ): string {
		$why  = $refusal->reason->value;
		$why .= isset( $refusal->data['reason'] ) ? ': ' . $refusal->data['reason'] : '';
		$why .= isset( $refusal->data['retry_after'] ) ? ', ' . $refusal->data['retry_after'] . ' s' : '';
		$why .= Code::InvalidParam === $refusal->reason && isset( $refusal->data['params'] )
			? ': ' . implode( '; ', $refusal->data['params'] )
			: '';
		$text = $refusal->problem?->message() ?? $refusal->reason->message();
		return $text . ' (' . $why . ')';
	}
}
