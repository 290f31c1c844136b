<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/**
 * The stored rules of one level of the policy: a site's, or its network's.
 *
 * Fails closed: an unreadable mode counts as `required`; anything else that is unreadable makes the whole level require a
 * factor of everybody, at once.
 */
final class Rules {
	/** Field => its default, which is also its type. */
	public const DEFAULTS = array(
		'default'                 => 'optional', // Applies where no other rule does.
		'roles'                   => array(), // Role => mode.
		'capabilities'            => array(), // Capability => mode.
		'users'                   => array(), // User id => mode.
		'sites'                   => array(), // Id of a site of the network => mode.
		'grace_days'              => 7, // Days a user has to enrol, counted from the start of the rule or from registration.
		'factors'                 => array(), // Role => the factors that count.
		'strong_roles'            => array(), // Roles that need a strong factor.
		'weak_for_administrators' => false, // Whether weak factors are enough for administrators.
		'confirm_by_mail'         => true, // Whether users who need a strong factor confirm by mail an enrolment that follows a password alone.
		'monitor'                 => false, // Whether refusals are only logged (monitor-only mode).
	);

	/** Fields that map a subject to a mode => the prefix of their rules' names. */
	public const KINDS = array(
		'roles'        => 'role',
		'capabilities' => 'capability',
		'users'        => 'user',
		'sites'        => 'site',
	);

	/** Longest grace period, in days: a year. */
	public const LONGEST = 365;

	/** What an unreadable level counts as. */
	private const STRICTEST = array(
		'default'    => 'required',
		'grace_days' => 0,
	);

	private bool $broken = false;

	/** @var array<string, mixed> */
	private array $fields;

	/** @var array<string, int> Rule => since when it requires a factor, Unix seconds. */
	private array $since;

	public function __construct( mixed $stored ) {
		$since        = is_array( $stored ) ? $stored['since'] ?? array() : array();
		$this->since  = is_array( $since ) ? array_filter( $since, 'is_int' ) : array();
		$fields       = is_array( $stored ) ? array_diff_key( $stored, array( 'since' => true ) ) : null;
		$wrong        = null === $fields ? array( '' => '' ) : self::wrong( $fields );
		$this->broken = array() !== $wrong;
		$unreadable   = null === $fields
			|| array() !== array_filter( $wrong, static fn ( string $name ): bool => ! self::is_mode_of( $name ), ARRAY_FILTER_USE_KEY );
		$this->fields = ( $unreadable ? self::STRICTEST : $fields ) + self::DEFAULTS;
	}

	public function is_broken(): bool {
		return $this->broken;
	}

	/** @return array<string, mixed> All fields in the order of DEFAULTS, so that equal policies print alike. */
	public function fields(): array {
		return array_replace( self::DEFAULTS, array_intersect_key( $this->fields, self::DEFAULTS ) );
	}

	/**
	 * The fields for JSON, where a map is an object even if it is empty.
	 *
	 * @param array<string, mixed>|null $fields As fields() returns them.
	 * @return array<string, mixed>|null
	 */
	public static function as_json( ?array $fields ): ?array {
		foreach ( null === $fields ? array() : array( ...array_keys( self::KINDS ), 'factors' ) as $map ) {
			$fields[ $map ] = (object) $fields[ $map ];
		}
		return $fields;
	}

	public function is( string $flag ): bool {
		return true === $this->fields[ $flag ];
	}

	/** Whether these rules require a factor of anybody. */
	public function require_any(): bool {
		foreach ( $this->all() as $mode ) {
			if ( Mode::Required === $mode ) {
				return true;
			}
		}
		return false;
	}

	/** Whether the accepted factors are restricted for any role. */
	public function name_factors(): bool {
		return array() !== $this->fields['factors'];
	}

	/** @return array<string, Mode> Every rule, including the default. */
	public function all(): array {
		$rules = array( 'default' => self::mode( $this->fields['default'] ) );
		foreach ( self::KINDS as $field => $kind ) {
			foreach ( $this->fields[ $field ] as $name => $mode ) {
				$rules[ $kind . ':' . $name ] = self::mode( $mode );
			}
		}
		return $rules;
	}

	/**
	 * The rules for this subject. The default stands in for a role without a rule, and for a user without a role
	 * (docs/policy.md).
	 *
	 * @return array<string, Mode>
	 */
	public function of( Subject $who ): array {
		$all   = $this->all();
		$roles = array_map( static fn ( string $role ): string => 'role:' . $role, $who->roles );
		$named = array( 'user:' . $who->user_id, 'site:' . $who->blog_id, ...$roles );
		foreach ( array_keys( $this->fields['capabilities'] ) as $capability ) {
			if ( $who->can( (string) $capability ) ) {
				$named[] = 'capability:' . $capability;
			}
		}
		$rules  = array_intersect_key( $all, array_flip( $named ) );
		$ruled  = array_intersect( $roles, array_keys( $all ) );
		$stands = array() === $roles || count( $ruled ) < count( $roles );
		// A default that does not require a factor gives way to a rule for the user, the site or a capability, even to `off`.
		$yields = Mode::Required !== $all['default'] && count( $ruled ) < count( $rules );
		return $stands && ! $yields ? array( 'default' => $all['default'] ) + $rules : $rules;
	}

	/**
	 * End of this subject's grace period under a rule: counted from the start of the rule or from registration, whichever
	 * is later.
	 */
	public function deadline( string $rule, Subject $who ): int {
		return max( $this->since[ $rule ] ?? 0, $who->registered ) + $this->fields['grace_days'] * DAY_IN_SECONDS;
	}

	/** @return list<string>|null The factors that count for this subject; with several roles, those in every list. Null: any. */
	public function factors_of( Subject $who ): ?array {
		$lists = array_intersect_key( $this->fields['factors'], array_flip( $who->roles ) );
		return array() === $lists ? null : array_values( array_intersect( ...array_values( $lists ) ) );
	}

	public function need_strong( Subject $who ): bool {
		return ( $who->is_administrator() && ! $this->is( 'weak_for_administrators' ) )
			|| array() !== array_intersect( $who->roles, $this->fields['strong_roles'] );
	}

	/**
	 * The given fields, ready to be stored. A rule that already required a factor keeps its starting time.
	 *
	 * @param array<string, mixed> $fields Valid according to wrong().
	 * @return array<string, mixed>
	 */
	public function replaced_by( array $fields, int $now ): array {
		$required = static fn ( self $rules ): array => array_filter( $rules->all(), static fn ( Mode $mode ): bool => Mode::Required === $mode );
		$before   = $required( $this );
		$since    = array();
		foreach ( array_keys( $required( new self( $fields ) ) ) as $rule ) {
			$since[ $rule ] = isset( $before[ $rule ] ) ? $this->since[ $rule ] ?? 0 : $now;
		}
		return array_intersect_key( $fields, self::DEFAULTS ) + array( 'since' => $since );
	}

	/**
	 * Validates the form of the fields.
	 *
	 * @param array<array-key, mixed> $fields
	 * @return array<string, string> Path of a field => what it must be, a key of PolicyEditor::must_be().
	 */
	public static function wrong( array $fields ): array {
		$wrong = array();
		foreach ( $fields as $name => $value ) {
			$wrong += match ( true ) {
				! isset( self::DEFAULTS[ $name ] ) => array( (string) $name => 'unknown' ),
				'default' === $name                => self::is_mode( $value ) ? array() : array( 'default' => 'mode' ),
				isset( self::KINDS[ $name ] )      => self::wrong_modes( $name, $value ),
				'grace_days' === $name             => is_int( $value ) && $value >= 0 && $value <= self::LONGEST ? array() : array( $name => 'days' ),
				'factors' === $name                => self::wrong_lists( $value ),
				'strong_roles' === $name           => self::is_words( $value ) ? array() : array( $name => 'words' ),
				default                            => is_bool( $value ) ? array() : array( $name => 'flag' ),
			};
		}
		return $wrong;
	}

	/** @return array<string, string> */
	private static function wrong_modes( string $field, mixed $modes ): array {
		if ( ! is_array( $modes ) ) {
			return array( $field => 'modes' );
		}
		$wrong = array_filter( $modes, static fn ( mixed $mode ): bool => ! self::is_mode( $mode ) );
		$names = array_map( static fn ( int|string $name ): string => $field . '.' . $name, array_keys( $wrong ) );
		return array_fill_keys( $names, 'mode' );
	}

	/** @return array<string, string> */
	private static function wrong_lists( mixed $lists ): array {
		if ( ! is_array( $lists ) ) {
			return array( 'factors' => 'lists' );
		}
		$wrong = array_filter( $lists, static fn ( mixed $list ): bool => ! self::is_words( $list ) );
		return array_fill_keys( array_map( static fn ( int|string $role ): string => 'factors.' . $role, array_keys( $wrong ) ), 'words' );
	}

	private static function is_words( mixed $value ): bool {
		return is_array( $value ) && array_is_list( $value ) && $value === array_filter( $value, 'is_string' );
	}

	private static function is_mode( mixed $value ): bool {
		return is_string( $value ) && null !== Mode::tryFrom( $value );
	}

	/** Whether a path of wrong() names a single mode. */
	private static function is_mode_of( string $path ): bool {
		return 'default' === $path || ( str_contains( $path, '.' ) && isset( self::KINDS[ explode( '.', $path )[0] ] ) );
	}

	private static function mode( mixed $word ): Mode {
		return is_string( $word ) ? Mode::tryFrom( $word ) ?? Mode::Required : Mode::Required;
	}
}
