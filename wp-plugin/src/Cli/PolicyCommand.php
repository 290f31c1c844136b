<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Gate\Policy;
use Sallyport\WP\Gate\PolicyEditor;
use Sallyport\WP\Gate\PolicyReach;
use Sallyport\WP\Gate\Rules;
use Sallyport\WP\Gate\Subject;
use Sallyport\WP\Store\PolicyOption;
use Sallyport\WP\Store\State;
use WP_CLI;

/**
 * The policy: who must have a second factor, and which (docs/policy.md).
 */
final class PolicyCommand {
	public function __construct(
		private readonly PolicyEditor $editor,
		private readonly PolicyReach $reach,
		private readonly Policies $policies,
		private readonly State $state,
	) {}

	/**
	 * Prints the policy of the site, or of the network, as JSON.
	 *
	 * ## OPTIONS
	 *
	 * [--network]
	 * : Print the policy of the network.
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function get( array $args, array $assoc ): void {
		$this->print( self::level( $assoc ) );
	}

	/**
	 * Changes one field of the policy, and prints the policy.
	 *
	 * First it says whom the change affects. It asks for confirmation if the change would at once lock out somebody who has no factor that
	 * counts.
	 *
	 * ## OPTIONS
	 *
	 * <field>
	 * : A field, or one entry of it: default, roles.editor, capabilities.publish_posts, users.5, sites.2, grace_days,
	 * factors.editor, strong_roles, weak_for_administrators, confirm_by_mail, monitor.
	 *
	 * <value>
	 * : off, optional or required; a number of days; names separated by commas; true or false.
	 *
	 * [--network]
	 * : Change the policy of the network.
	 *
	 * [--yes]
	 * : Do not ask for confirmation.
	 *
	 * ## EXAMPLES
	 *
	 *     wp sallyport policy set roles.administrator required
	 *     wp sallyport policy set factors.editor totp,backup_code
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function set( array $args, array $assoc ): void {
		[ $field, $name ] = self::path( $args[0] );
		$value            = self::value( $field, $args[1] );
		$this->change(
			$assoc,
			static fn ( array $fields ): array => null === $name
				? array( $field => $value ) + $fields
				: array( $field => array( $name => $value ) + $fields[ $field ] ) + $fields
		);
	}

	/**
	 * Resets one field of the policy to its default, or removes one entry of it, and prints the policy.
	 *
	 * It warns and asks for confirmation as `set` does.
	 *
	 * ## OPTIONS
	 *
	 * <field>
	 * : As for set.
	 *
	 * [--network]
	 * : Change the policy of the network.
	 *
	 * [--yes]
	 * : Do not ask for confirmation.
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function reset( array $args, array $assoc ): void {
		[ $field, $name ] = self::path( $args[0] );
		$this->change(
			$assoc,
			static fn ( array $fields ): array => null === $name
				? array_diff_key( $fields, array( $field => true ) )
				: array( $field => array_diff_key( $fields[ $field ], array( $name => true ) ) ) + $fields
		);
	}

	/**
	 * Prints what the policy requires of a user on this site, and by which rules, as JSON.
	 *
	 * ## OPTIONS
	 *
	 * <user>
	 * : Login, e-mail address or id.
	 *
	 * @param list<string> $args
	 */
	public function explain( array $args ): void {
		$user    = Commands::user( $args[0] );
		$demand  = $this->policies->demand( $user->ID );
		$matched = Policy::matching( $this->policies->levels(), Subject::of( $user ) );
		self::json(
			array(
				'user'     => $user->user_login,
				'enrolled' => $this->state->is_enrolled( $user->ID ),
				'mode'     => $demand->mode->value,
				'rule'     => $demand->rule,
				'deadline' => $demand->is_required() ? gmdate( 'c', $demand->deadline ) : null,
				'refused'  => ! $this->state->is_enrolled( $user->ID ) && $this->policies->is_due( $user->ID, time() ),
				'factors'  => $demand->factors,
				'strong'   => $demand->strong,
				'rules'    => array_map( static fn ( array $rule ): string => $rule['mode']->value, $matched ),
				'monitor'  => $this->policies->monitors(),
			)
		);
	}

	/**
	 * @param array<string, string>                               $assoc
	 * @param callable(array<string, mixed>): array<string, mixed> $how   Given the level's fields.
	 */
	private function change( array $assoc, callable $how ): void {
		$level = self::level( $assoc );
		$given = array( $level => $how( ... ) );
		Commands::run(
			function () use ( $assoc, $given ): void {
				$this->warn( $this->reach->of( $this->editor->planned( $given, time() ), PHP_INT_MAX )['roles'], $assoc );
				$this->editor->change( $given, 0, time() );
			}
		);
		$this->print( $level );
	}

	/**
	 * Says whom a change affects, and asks for confirmation if it takes effect at once.
	 *
	 * @param array<string, array{users: int, without: int, outdated: int, until: int}> $roles
	 * @param array<string, string>                                                     $assoc
	 */
	private function warn( array $roles, array $assoc ): void {
		foreach ( PolicyReach::said( $roles, time() ) as [ $role, $text ] ) {
			WP_CLI::warning( "$role: $text" );
		}
		PolicyReach::is_at_once( $roles, time() )
			&& WP_CLI::confirm( __( 'This takes effect at once. Change the policy?', 'sallyport' ), $assoc );
	}

	private function print( string $level ): void {
		self::json( Rules::as_json( $this->editor->show( $level ) ) );
	}

	/** @param array<string, mixed>|null $what */
	private static function json( ?array $what ): void {
		WP_CLI::line( (string) wp_json_encode( $what, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES ) );
	}

	/** @param array<string, string> $assoc */
	private static function level( array $assoc ): string {
		if ( isset( $assoc['network'] ) && ! is_multisite() ) {
			WP_CLI::error( __( 'This is not a network.', 'sallyport' ) );
		}
		return isset( $assoc['network'] ) ? PolicyOption::NETWORK : PolicyOption::SITE;
	}

	/** @return array{0: string, 1: string|null} A field, and an entry of it. */
	private static function path( string $typed ): array {
		[ $field, $name ] = explode( '.', $typed, 2 ) + array( 1 => null );
		$has_names        = isset( Rules::KINDS[ $field ] ) || 'factors' === $field;
		if ( ! isset( Rules::DEFAULTS[ $field ] ) || $has_names !== ( null !== $name ) ) {
			WP_CLI::error(
				/* translators: %s: list of names. */
				sprintf( __( 'There is no such field. The fields are: %s', 'sallyport' ), 'default, roles.<role>, capabilities.<capability>, users.<id>, sites.<id>, grace_days, factors.<role>, strong_roles, weak_for_administrators, confirm_by_mail, monitor' )
			);
		}
		return array( $field, $name );
	}

	private static function value( string $field, string $typed ): mixed {
		return match ( true ) {
			'factors' === $field || 'strong_roles' === $field => preg_split( '/[\s,]+/', $typed, -1, PREG_SPLIT_NO_EMPTY ),
			is_int( Rules::DEFAULTS[ $field ] )               => ctype_digit( $typed ) ? (int) $typed : $typed,
			is_bool( Rules::DEFAULTS[ $field ] )              => filter_var( $typed, FILTER_VALIDATE_BOOL, FILTER_NULL_ON_FAILURE ) ?? $typed,
			default                                           => $typed,
		};
	}
}
