<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\PolicyOption;
use Sallyport\WP\Store\State;

/**
 * Shows and changes the policy. A change with a field it does not understand, or a name that matches nobody, is refused as
 * a whole.
 */
final class PolicyEditor {
	public function __construct(
		private readonly PolicyOption $option,
		private readonly Policies $policies,
		private readonly Factors $factors,
		private readonly State $state,
		private readonly Activity $activity,
	) {}

	/** @return array<string, mixed>|null The fields of a level, as in Rules::DEFAULTS; null for a network without a policy. */
	public function show( string $level ): ?array {
		return ( $this->policies->levels()[ $level ] ?? null )?->fields();
	}

	/** @return list<string> What the list of a role may name: the factors, and what stands in for one. */
	public function factors(): array {
		return array( ...$this->factors->names(), TrustedDevices::NAME );
	}

	/**
	 * What these levels would become. A field that is left out goes back to its default.
	 *
	 * @param array<string, array<array-key, mixed>|Closure(array<string, mixed>): array<array-key, mixed>> $given Level =>
	 *        its new fields, or a function from the present fields to the new ones.
	 * @return array<string, Rules> The same levels.
	 * @throws Refusal rest_invalid_param naming the fields.
	 */
	public function planned( array $given, int $now ): array {
		$wrong   = array();
		$planned = array();
		foreach ( $given as $level => $how ) {
			$before = $this->rules( $level );
			$fields = self::fields( $how, $before );
			$faults = $this->wrong( $level, $fields, $before->fields() );
			foreach ( $faults as $path => $what ) {
				$wrong[ "$level.$path" ] = "$level.$path $what";
			}
			$planned[ $level ] = array() === $faults ? new Rules( $before->replaced_by( $fields, $now ) ) : $before;
		}
		return array() === $wrong ? $planned : throw new Refusal( Code::InvalidParam, array( 'params' => $wrong ) );
	}

	/**
	 * Replaces the rules of these levels.
	 *
	 * @param array<string, array<array-key, mixed>|Closure> $given As for planned(). A Closure runs again when it is stored.
	 * @param int  $user_id    Who makes the change, and must not lock themselves out; 0 for the host.
	 * @param bool $may_loosen False for a caller who may only make the policy stricter.
	 * @throws Refusal As planned(); sallyport_policy_locks_out, sallyport_step_up_required, sallyport_unavailable.
	 */
	public function change( array $given, int $user_id, int $now, bool $may_loosen = true ): void {
		$planned = $this->planned( $given, $now );
		$before  = array_map( $this->rules( ... ), array_combine( array_keys( $given ), array_keys( $given ) ) );
		foreach ( $may_loosen ? array() : $planned as $level => $rules ) {
			self::require_as_strict( $before[ $level ], $rules );
		}
		if ( 0 !== $user_id && $this->locks_out( array_merge( $this->policies->levels(), $planned ), $user_id, $now ) ) {
			throw new Refusal( Code::PolicyLocksOut );
		}
		foreach ( $given as $level => $how ) {
			$difference = self::difference( ...$this->store( $level, $how, $now, $may_loosen ) );
			if ( array() !== $difference ) {
				$this->activity->record( Event::PolicyChanged, $user_id, detail: array( 'level' => $level ) + $difference );
			}
		}
	}

	private function rules( string $level ): Rules {
		return $this->policies->levels()[ $level ] ?? new Rules( array() );
	}

	/**
	 * Sets, or with null removes, the site's rule for one user.
	 *
	 * @throws Refusal As change().
	 */
	public function change_user( int $of, ?Mode $mode, int $user_id, int $now, bool $may_loosen ): void {
		$rule   = null === $mode ? array() : array( $of => $mode->value );
		$users  = static fn ( array $users ): array => $rule + array_diff_key( $users, array( $of => true ) );
		$change = static fn ( array $fields ): array => array( 'users' => $users( $fields['users'] ) ) + $fields;
		$this->change( array( PolicyOption::SITE => $change ), $user_id, $now, $may_loosen );
	}

	/**
	 * Removes the rules about a user or a site that is gone, of this site and of the network: another one may get the id.
	 *
	 * @param string $field `users` or `sites`.
	 * @throws Refusal As change().
	 */
	public function drop_rules( string $field, int $id, int $now ): void {
		$without = static fn ( array $fields ): array => array( $field => array_diff_key( $fields[ $field ], array( $id => true ) ) ) + $fields;
		$levels  = array_filter( $this->policies->levels(), static fn ( Rules $rules ): bool => isset( $rules->fields()[ $field ][ $id ] ) );
		$this->change( array_fill_keys( array_keys( $levels ), $without ), 0, $now );
	}

	/** @throws Refusal sallyport_step_up_required. */
	private static function require_as_strict( Rules $before, Rules $after ): void {
		if ( PolicyLoosening::is_in( $before, $after ) ) {
			throw Refusal::step_up( Policy::STEP_UP_AGE );
		}
	}

	/** @return array{Rules, Rules} The rules before and after. */
	private function store( string $level, array|Closure $how, int $now, bool $may_loosen ): array {
		$said   = array();
		$change = static function ( mixed $stored ) use ( $how, $now, $may_loosen, &$said ): array {
			$before = new Rules( $stored ?? array() );
			$after  = $before->replaced_by( self::fields( $how, $before ), $now );
			$said   = array( $before, new Rules( $after ) );
			// Another request may have tightened the policy since this one read it: that is not undone either.
			$may_loosen || self::require_as_strict( ...$said );
			return $after;
		};
		// Recreates the option if it was lost.
		$this->option->prepare();
		if ( ! ( PolicyOption::NETWORK === $level ? $this->option->change_network( $change ) : $this->option->change_site( $change ) ) ) {
			throw Refusal::unavailable( Problem::Database );
		}
		return $said;
	}

	/** @return array<array-key, mixed> */
	private static function fields( array|Closure $how, Rules $before ): array {
		return $how instanceof Closure ? $how( $before->fields() ) : $how;
	}

	/** @param array<string, Rules> $levels The planned policy. */
	private function locks_out( array $levels, int $user_id, int $now ): bool {
		$demand   = Policies::demanded( $levels, $user_id );
		$enrolled = $this->state->is_enrolled( $user_id ) ? $this->factors->enrolled( $user_id ) : array();
		if ( array() === $enrolled ) {
			return $demand->is_due( $now );
		}
		return array() === $this->policies->counting( $enrolled, $demand );
	}

	/**
	 * Checks the fields. A user, a role or a site that the policy already names may have been deleted since; that is no reason
	 * to refuse another change.
	 *
	 * @param array<array-key, mixed> $fields
	 * @param array<string, mixed>    $before
	 * @return array<string, string> Path of a field => what it must be.
	 */
	private function wrong( string $level, array $fields, array $before ): array {
		$wrong = array_map( self::must_be( ... ), Rules::wrong( $fields ) );
		if ( array() !== $wrong ) {
			return $wrong;
		}
		$of_network = PolicyOption::NETWORK === $level;
		$roles      = __( 'is not a role of this site.', 'sallyport' );
		$strangers  = static fn ( string $field, callable $is_known, string $what ): array => self::strangers(
			$field,
			array_diff( self::named( $field, $fields ), self::named( $field, $before ) ),
			$is_known,
			$what
		);
		$wrong      = $strangers( 'roles', self::is_role( ... ), $roles )
			+ $strangers( 'factors', self::is_role( ... ), $roles )
			+ $strangers( 'strong_roles', self::is_role( ... ), $roles )
			+ $strangers( 'capabilities', self::is_capability( ... ), __( 'is not a capability of any role of this site.', 'sallyport' ) )
			+ $strangers(
				'users',
				static fn ( int|string $id ): bool => is_int( $id ) && false !== get_userdata( $id ),
				__( 'is not a user.', 'sallyport' )
			)
			+ $strangers(
				'sites',
				static fn ( int|string $id ): bool => $of_network && is_int( $id ) && null !== get_site( $id ),
				__( 'is not a site of the network, or this is not the network\'s policy.', 'sallyport' )
			);
		foreach ( $fields['factors'] ?? array() as $role => $names ) {
			if ( ( $before['factors'][ $role ] ?? null ) === $names ) {
				continue;
			}
			if (
				array() !== array_diff( $names, $this->factors() )
				|| array() === Policy::required( array_values( array_diff( $names, array( TrustedDevices::NAME ) ) ) )
			) {
				$wrong[ "factors.$role" ] = sprintf(
					/* translators: %s: list of names. */
					__( 'must name some of %s, and not only those that merely stand in for a factor.', 'sallyport' ),
					implode( ', ', $this->factors() )
				);
			}
		}
		if ( is_multisite() && ! $of_network && isset( $fields['monitor'] ) && $fields['monitor'] ) {
			$wrong['monitor'] = __( 'is for the network\'s policy.', 'sallyport' );
		}
		return $wrong;
	}

	/**
	 * @param array<array-key, mixed> $fields
	 * @return list<int|string> The users, roles, sites or capabilities that a field names.
	 */
	private static function named( string $field, array $fields ): array {
		$said = $fields[ $field ] ?? array();
		return 'strong_roles' === $field ? $said : array_keys( $said );
	}

	/**
	 * @param array<int|string>          $names
	 * @param callable(int|string): bool $is_known
	 * @return array<string, string>
	 */
	private static function strangers( string $field, array $names, callable $is_known, string $what ): array {
		$strangers = array_filter( $names, static fn ( int|string $name ): bool => ! $is_known( $name ) );
		return array_fill_keys( array_map( static fn ( int|string $name ): string => "$field.$name", $strangers ), $what );
	}

	private static function is_role( int|string $name ): bool {
		return wp_roles()->is_role( (string) $name );
	}

	/** A rule for a capability that nobody has would apply to nobody: a typo must not weaken the policy. */
	private static function is_capability( int|string $name ): bool {
		return array() !== array_filter( wp_roles()->roles, static fn ( array $role ): bool => ! empty( $role['capabilities'][ $name ] ) );
	}

	private static function must_be( string $kind ): string {
		return match ( $kind ) {
			/* translators: %s: list of words. */
			'mode'  => sprintf( __( 'must be one of %s.', 'sallyport' ), implode( ', ', array_column( Mode::cases(), 'value' ) ) ),
			'modes' => __( 'must be an object of names and modes.', 'sallyport' ),
			'lists' => __( 'must be an object of roles and lists of factors.', 'sallyport' ),
			'words' => __( 'must be a list of names.', 'sallyport' ),
			/* translators: %d: a number of days. */
			'days'  => sprintf( __( 'must be a whole number from 0 to %d.', 'sallyport' ), Rules::LONGEST ),
			'flag'  => __( 'must be true or false.', 'sallyport' ),
			default => __( 'is not a field of a policy.', 'sallyport' ),
		};
	}

	/** @return array<string, string> The changed fields => their values before and after. */
	private static function difference( Rules $before, Rules $after ): array {
		$changed = array();
		foreach ( $after->fields() as $field => $value ) {
			if ( $before->fields()[ $field ] !== $value ) {
				$changed[ $field ] = Activity::change( (string) wp_json_encode( $before->fields()[ $field ] ), (string) wp_json_encode( $value ) );
			}
		}
		return $changed;
	}
}
