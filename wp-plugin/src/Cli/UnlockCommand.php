<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Enrolment\Rescue;
use WP_CLI;

/**
 * Ends the lock that wrong codes cause.
 */
final class UnlockCommand {
	public function __construct( private readonly Rescue $rescue ) {}

	/**
	 * Unlocks a user's second step, also a lock that does not end by itself. The factor stays, and is asked for as before.
	 *
	 * ## OPTIONS
	 *
	 * <user>
	 * : Login, e-mail address or id.
	 *
	 * [--yes]
	 * : Do not ask for confirmation.
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function __invoke( array $args, array $assoc ): void {
		$user = Commands::user( $args[0] );
		/* translators: %s: user name. */
		WP_CLI::confirm( sprintf( __( 'Let %s try codes again?', 'sallyport' ), $user->user_login ), $assoc );
		Commands::run( fn () => $this->rescue->unlock( $user->ID, '', Commands::CALLER ) );
		/* translators: %s: user name. */
		WP_CLI::success( sprintf( __( 'The second step of %s is unlocked.', 'sallyport' ), $user->user_login ) );
	}
}
