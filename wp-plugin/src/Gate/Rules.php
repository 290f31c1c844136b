<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/**
 * The rules of one level of a policy, a site's or its network's, as they are stored.
 *
 * What cannot be read is read as the strictest it could have meant: a mode as `required`, anything else as a policy that
 * requires a factor of everybody, at once.
 */
final class Rules {
	/** Field => its default, which is also its type. */
	public const DEFAULTS = array(
		'default'                 => 'optional', // What holds where no rule does.
		'roles'                   => array(), // Role => mode.
		'capabilities'            => array(), // Capability => mode.
		'users'                   => array(), // User id => mode.
		'sites'                   => array(), // Id of a site of the network => mode.
		'grace_days'              => 7, // Days a user has to enrol, from the rule's beginning or the registration.
		'factors'                 => array(), // Role => the factors that count.
		'strong_roles'            => array(), // Roles that need a strong factor.
		'weak_for_administrators' => false, // Whether a weak one is enough for administrators.
		'confirm_by_mail'         => true, // Whether who needs a strong factor confirms, by mail, an enrolment by password alone.
		'monitor'                 => false, // Whether what would be refused is let through, and reported.
	);

	/** What maps a subject to a mode, and how a rule of it is named. */
	public const KINDS = array(
		'roles'        => 'role',
		'capabilities' => 'capability',
		'users'        => 'user',
		'sites'        => 'site',
	);

	/** Days of grace at most: a year. */
	public const LONGEST = 365;

	/** Whatever cannot be read. */
	private const STRICTEST = array(
		'default'    => 'required',
		'grace_days' => 0,
	);

	private bool $broken = false;

	/** @var array<string, mixed> */
	private array $fields;

	/** @var array<string, int> Rule => since when it requires a factor. */
	private array $since;

	public function __construct( mixed $stored ) {
		$since        = is_array( $stored ) ? $stored['since'] ?? array() : array();
		$this->since  = is_array( $since ) ? array_filter( $since, 'is_int' ) : array();
		$fields       = is_array( $stored ) ? array_diff_key( $stored, array( 'since' => true ) ) : null;
		$wrong        = null === $fields ? array( '' => '' ) : self::wrong( $fields );
		$this->broken = array() !== $wrong;
		$unreadable   = null === $fields || array() !== array_filter( $wrong, static fn ( string $name ): bool => ! self::is_mode_of( $name ), ARRAY_FILTER_USE_KEY );
		$this->fields = ( $unreadable ? self::STRICTEST : $fields ) + self::DEFAULTS;
	}

	public function is_broken(): bool {
		return $this->broken;
	}

	/** @return array<string, mixed> Every field, as DEFAULTS names them, in that order: two sites that say the same print the same. */
	public function fields(): array {
		return array_replace( self::DEFAULTS, array_intersect_key( $this->fields, self::DEFAULTS ) );
	}

	/**
	 * The same for JSON, where a map is an object, even an empty one.
	 *
	 * @param array<string, mixed>|null $fields As fields() answers them.
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

	/** Whether there is anybody whom these rules require a factor of. */
	public function require_any(): bool {
		foreach ( $this->all() as $mode ) {
			if ( Mode::Required === $mode ) {
				return true;
			}
		}
		return false;
	}

	/** Whether factors are named for any role. */
	public function name_factors(): bool {
		return array() !== $this->fields['factors'];
	}

	/** @return array<string, Mode> Every rule, the default among them. */
	public function all(): array {
		$rules = array( 'default' => self::mode( $this->fields['default'] ) );
		foreach ( self::KINDS as $field => $kind ) {
			foreach ( $this->fields[ $field ] as $name => $mode ) {
				$rules[ $kind . ':' . $name ] = self::mode( $mode );
			}
		}
		return $rules;
	}

	/** @return array<string, Mode> The rules for this subject: the default stands in for the rule that a role does not have, or that who has no role does not (docs/policy.md). */
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
		// One that requires nothing gives way to what is said of the user, the site or a capability, even `off`.
		$yields = Mode::Required !== $all['default'] && count( $ruled ) < count( $rules );
		return $stands && ! $yields ? array( 'default' => $all['default'] ) + $rules : $rules;
	}

	/** Until when this subject may do without what a rule requires: from the rule's beginning, or the registration, a grace. */
	public function deadline( string $rule, Subject $who ): int {
		return max( $this->since[ $rule ] ?? 0, $who->registered ) + $this->fields['grace_days'] * DAY_IN_SECONDS;
	}

	/** @return list<string>|null The factors that count for this subject; of several roles' lists, what is in each. */
	public function factors_of( Subject $who ): ?array {
		$lists = array_intersect_key( $this->fields['factors'], array_flip( $who->roles ) );
		return array() === $lists ? null : array_values( array_intersect( ...array_values( $lists ) ) );
	}

	public function need_strong( Subject $who ): bool {
		return ( $who->is_administrator() && ! $this->is( 'weak_for_administrators' ) ) || array() !== array_intersect( $who->roles, $this->fields['strong_roles'] );
	}

	/**
	 * These fields, to be stored: what required a factor already does so since then.
	 *
	 * @param array<string, mixed> $fields As wrong() finds nothing wrong with.
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
	 * What is wrong with the form of these fields.
	 *
	 * @param array<array-key, mixed> $fields
	 * @return array<string, string> Path of a field => what it must be: a key of PolicyEditor::must_be().
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

	/** Whether a path of wrong() is that of one mode. */
	private static function is_mode_of( string $path ): bool {
		return 'default' === $path || ( str_contains( $path, '.' ) && isset( self::KINDS[ explode( '.', $path )[0] ] ) );
	}

	private static function mode( mixed $word ): Mode {
		return is_string( $word ) ? Mode::tryFrom( $word ) ?? Mode::Required : Mode::Required;
	}
}
