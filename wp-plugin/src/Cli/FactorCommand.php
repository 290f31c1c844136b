<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Invitation;
use Sallyport\WP\Enrolment\Missing;
use Sallyport\WP\Enrolment\Rescue;
use Sallyport\WP\Php;
use Sallyport\WP\Refusal;
use WP_CLI;

/**
 * The second factors of users. It also works if the extension or the master key is missing.
 */
final class FactorCommand {
	private const FIELDS = array( 'id', 'type', 'label', 'status', 'added', 'last_used', 'left' );

	private const MISSING = array( 'id', 'login', 'roles', 'deadline', 'has' );

	public function __construct(
		private readonly Rescue $rescue,
		private readonly Missing $missing,
	) {}

	/**
	 * Lists a user's second factors, without their secrets.
	 *
	 * It also says whether the user has no factor that counts, and whether the second step is locked.
	 *
	 * ## OPTIONS
	 *
	 * <user>
	 * : Login, e-mail address or id.
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
	 * @subcommand list
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function list_( array $args, array $assoc ): void {
		$user = Commands::user( $args[0] );
		Commands::run(
			function () use ( $user, $assoc ): void {
				WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', $this->rescue->factors( $user->ID ), self::FIELDS );
				$problem = $this->rescue->problem( $user->ID );
				null === $problem || WP_CLI::warning( $problem->message() );
				$this->tell_elsewhere( $user->ID );
				$this->tell_missing( $user->ID );
				$this->tell_locked( $user->ID );
			}
		);
	}

	/**
	 * Lists users who must have a second factor on this site, now or soon, and have none that counts.
	 *
	 * The Overview under Settings → Sallyport counts the same users as missing.
	 *
	 * ## OPTIONS
	 *
	 * [--role=<role>]
	 * : Only users with this role.
	 *
	 * [--all]
	 * : Also users of whom the policy requires no factor.
	 *
	 * [--format=<format>]
	 * : The format of the list.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - csv
	 *   - json
	 *   - ids
	 *   - count
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     wp sallyport factor missing --role=administrator
	 *     wp sallyport factor missing --format=count
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function missing( array $args, array $assoc ): void {
		$format = $assoc['format'] ?? 'table';
		$role   = (string) ( $assoc['role'] ?? '' );
		if ( isset( $assoc['role'] ) && ! wp_roles()->is_role( $role ) ) {
			WP_CLI::error(
				/* translators: %s: list of names. */
				sprintf( __( 'There is no such role. The roles are: %s', 'sallyport' ), implode( ', ', array_keys( wp_roles()->role_names ) ) )
			);
		}
		Commands::run(
			function () use ( $format, $role, $assoc ): void {
				$rows = array();
				foreach ( $this->missing->users( $role, ! empty( $assoc['all'] ) ) as $found ) {
					$rows[] = in_array( $format, array( 'ids', 'count' ), true ) ? $found['user']->ID : self::missing_row( $found, 'json' === $format );
				}
				WP_CLI\Utils\format_items( $format, $rows, self::MISSING );
				array() === $rows && Commands::tell( __( 'Nobody.', 'sallyport' ) );
			}
		);
	}

	/**
	 * Removes all second factors of a user, and ends all their sign-ins.
	 *
	 * After that, the user signs in with the password alone. If the policy requires a factor, the password only lets the user set one up.
	 *
	 * ## OPTIONS
	 *
	 * <user>
	 * : Login, e-mail address or id.
	 *
	 * --reason=<reason>
	 * : The reason, for the activity log.
	 *
	 * [--yes]
	 * : Do not ask for confirmation.
	 *
	 * ## EXAMPLES
	 *
	 *     wp sallyport factor reset ada --reason="lost the phone, identified by passport"
	 *     wp sallyport factor reset 17 --reason="the master key is lost" --yes
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function reset( array $args, array $assoc ): void {
		$user   = Commands::user( $args[0] );
		$reason = self::reason( $assoc );
		/* translators: %s: user name. */
		WP_CLI::confirm( sprintf( __( 'Remove every second factor of %s?', 'sallyport' ), $user->user_login ), $assoc );
		Commands::run( fn () => $this->rescue->reset( $user->ID, $reason, Commands::CALLER, time() ) );
		/* translators: %s: user name. */
		WP_CLI::success( sprintf( __( 'The second factor of %s was reset.', 'sallyport' ), $user->user_login ) );
		$this->tell_elsewhere( $user->ID );
	}

	/**
	 * Creates a one-time link for each user, to set up a second factor with the link and the password.
	 *
	 * A link is valid for 10 minutes. Users who have a factor get none. Hand the link over yourself; it is not mailed.
	 *
	 * ## OPTIONS
	 *
	 * <user>...
	 * : Logins, e-mail addresses or ids.
	 *
	 * [--reason=<reason>]
	 * : The reason, for the activity log.
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
	 *     wp sallyport factor link ada --reason="first day"
	 *     wp sallyport factor link 17 ben@example.com --format=csv
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function link( array $args, array $assoc ): void {
		$users  = array_map( Commands::user( ... ), $args );
		$reason = isset( $assoc['reason'] ) ? self::reason( $assoc ) : '';
		$links  = array();
		$code   = 0;
		foreach ( $users as $user ) {
			try {
				$links[] = array(
					'user'       => $user->ID,
					'login'      => $user->user_login,
					'url'        => Invitation::url( $this->rescue->link( $user->ID, $reason, Commands::CALLER, time() ) ),
					'expires_in' => Rescue::LINK_TTL,
				);
			} catch ( Refusal $refusal ) {
				WP_CLI::warning( $user->user_login . ': ' . Commands::told( $refusal ) );
				$code = max( $code, Code::Unavailable === $refusal->reason ? 2 : 1 );
			}
		}
		WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', $links, array( 'user', 'login', 'url', 'expires_in' ) );
		0 === $code || WP_CLI::halt( $code );
	}

	/**
	 * @param array{user: \WP_User, demand: \Sallyport\WP\Gate\Demand, has: list<string>} $found
	 * @return array<string, mixed>
	 */
	private static function missing_row( array $found, bool $as_lists ): array {
		$listed = static fn ( array $names ): array|string => $as_lists ? array_values( $names ) : implode( ',', $names );
		return array(
			'id'       => $found['user']->ID,
			'login'    => $found['user']->user_login,
			'roles'    => $listed( $found['user']->roles ),
			'deadline' => $found['demand']->is_required() ? gmdate( 'c', $found['demand']->deadline ) : null,
			'has'      => $listed( $found['has'] ),
		);
	}

	private function tell_locked( int $user_id ): void {
		$wait = $this->rescue->locked_for( $user_id, time() );
		if ( $wait >= Refusal::SHUT ) {
			WP_CLI::warning( __( 'Too many wrong codes: the second step is locked, and no time unlocks it.', 'sallyport' ) );
		} elseif ( $wait > 0 ) {
			WP_CLI::warning(
				sprintf(
					/* translators: %d: number of seconds. */
					_n( 'The second step of this user is locked for %d second, or until it is unlocked.', 'The second step of this user is locked for %d seconds, or until it is unlocked.', $wait, 'sallyport' ),
					$wait
				)
			);
		}
	}

	private function tell_missing( int $user_id ): void {
		$demand = $this->missing->of( $user_id )['demand'] ?? null;
		if ( null === $demand ) {
			return;
		}
		Commands::tell(
			match ( true ) {
				! $demand->is_required()  => __( 'No second factor that counts; the policy does not require one.', 'sallyport' ),
				$demand->is_due( time() ) => __( 'No second factor that counts; the policy requires one, and this user cannot sign in until it is set up.', 'sallyport' ),
				default                   => sprintf(
					/* translators: %s: a time. */
					__( 'No second factor that counts; the policy requires one by %s.', 'sallyport' ),
					gmdate( 'c', $demand->deadline )
				),
			}
		);
	}

	private function tell_elsewhere( int $user_id ): void {
		if ( $this->rescue->is_enrolled_elsewhere( $user_id ) ) {
			WP_CLI::warning( __( 'This user has a second factor in another plugin, such as Two Factor or WP 2FA: it is reset there.', 'sallyport' ) );
		}
	}

	/** @param array<string, string> $assoc */
	private static function reason( array $assoc ): string {
		$reason = trim( (string) ( $assoc['reason'] ?? '' ) );
		if ( '' === $reason || strlen( $reason ) > Rescue::REASON || ! Php::is_utf8( $reason ) ) {
			/* translators: %d: number of bytes. */
			WP_CLI::error( sprintf( __( 'Say why with --reason, in at most %d bytes.', 'sallyport' ), Rescue::REASON ) );
		}
		return $reason;
	}
}
