<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Factor\OtherPlugins;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Gate\Policy;
use Sallyport\WP\Gate\Rules;
use Sallyport\WP\Gate\Subject;
use Sallyport\WP\Store\CoverageRows;

/**
 * Counts how many users of this site a second factor protects, and how many must have one and have none that counts.
 *
 * A factor that Two Factor or WP 2FA keeps counts as soon as that plugin has it enabled. A third party's factor, added by
 * the filter `sallyport_factors`, is in none of our tables. Its users are found by their mark, which they get at the first
 * login that asks for it; which factor it is can be told only if there is a single such factor.
 */
final class Coverage {
	/** Key for users without a role on this site. */
	public const NO_ROLE = '';

	public function __construct(
		private readonly CoverageRows $rows,
		private readonly Policies $policies,
		private readonly Factors $factors,
		private readonly OtherPlugins $other_plugins,
	) {}

	/**
	 * @return array{all: array{users: int, protected: int, missing: int}, administrators: array{users: int, protected: int, missing: int}, roles: array<string, array{users: int, protected: int, missing: int}>, foreign: list<string>}
	 *         `missing`: users who must have a factor, now or soon, and have none that counts. A user with two roles counts in
	 *         both, and once in `all`. Roles without users are left out. `administrators`: users who may manage_options.
	 *         `foreign`: names of third parties' factors.
	 * @throws \Sallyport\WP\Refusal If the store fails.
	 */
	public function count(): array {
		$none  = array(
			'users'     => 0,
			'protected' => 0,
			'missing'   => 0,
		);
		$all   = $none;
		$heads = $none;
		$found = array();
		$other = $this->factors->foreign();
		foreach ( $this->rows->groups( ...$this->asked( $other ) ) as $group ) {
			$who     = self::subject( $group );
			$counted = $this->counted( $group, $who, $other );
			$all     = self::sum( $all, $counted );
			$heads   = $who->is_administrator() ? self::sum( $heads, $counted ) : $heads;
			foreach ( array() === $who->roles ? array( self::NO_ROLE ) : $who->roles as $role ) {
				$found[ $role ] = self::sum( $found[ $role ] ?? $none, $counted );
			}
		}
		$order = array_flip( array( ...array_keys( wp_roles()->role_names ), self::NO_ROLE ) );
		return array(
			'all'            => $all,
			'administrators' => $heads,
			'roles'          => array_replace( array_intersect_key( $order, $found ), $found ),
			'foreign'        => $other,
		);
	}

	/**
	 * An SQL condition on the users table for those counted as `missing`.
	 *
	 * @throws \Sallyport\WP\Refusal If the store fails.
	 */
	public function where_missing(): string {
		$other   = $this->factors->foreign();
		$asked   = $this->asked( $other );
		$missing = array_filter(
			$this->rows->groups( ...$asked ),
			fn ( array $group ): bool => 0 < $this->counted( $group, self::subject( $group ), $other )['missing']
		);
		return $this->rows->among( array_column( $missing, 'key' ), ...$asked );
	}

	/**
	 * @param list<string> $other Names of third parties' factors.
	 * @return array{list<int>, list<string>, array<string, string>, bool} The arguments for CoverageRows.
	 */
	private function asked( array $other ): array {
		$kept = $this->other_plugins->enabling_keys();
		return array(
			$this->named(),
			array_values( array_diff( $this->factors->names(), $other, array_keys( $kept ) ) ),
			$kept,
			array() !== $other,
		);
	}

	/**
	 * @param array{capabilities: array<string, bool>, factors: list<string>, marked: bool, user_id: int, users: int} $group
	 * @param list<string>                                                                                              $other A marked user may have one of these besides.
	 * @return array{users: int, protected: int, missing: int}
	 */
	private function counted( array $group, Subject $who, array $other ): array {
		$one_of = $group['marked'] ? $other : array();
		$demand = 0 === $group['user_id'] ? Policy::demand( $this->policies->levels(), $who ) : $this->policies->demand( $group['user_id'] );
		$counts = array() !== $this->policies->counting( $group['factors'], $demand )
			|| (
				array() !== $one_of
				&& array() === array_filter( $one_of, fn ( string $name ): bool => array() === $this->policies->counting( array( $name ), $demand ) )
			);
		return array(
			'users'     => $group['users'],
			'protected' => array() === $group['factors'] && array() === $one_of ? 0 : $group['users'],
			'missing'   => $demand->is_required() && ! $counts ? $group['users'] : 0,
		);
	}

	/**
	 * A subject that stands for every user of the group.
	 *
	 * @param array{capabilities: array<string, bool>, factors: list<string>, marked: bool, user_id: int, users: int} $group
	 */
	private static function subject( array $group ): Subject {
		$roles = array_values(
			array_filter( array_map( 'strval', array_keys( array_filter( $group['capabilities'] ) ) ), wp_roles()->is_role( ... ) )
		);
		$all   = array_merge(
			...array_map( static fn ( string $role ): array => (array) get_role( $role )?->capabilities, $roles ),
			...array( $group['capabilities'] )
		);
		return new Subject( $group['user_id'], $roles, $all, is_multisite() && is_super_admin( $group['user_id'] ), get_current_blog_id(), 0 );
	}

	/** @return list<int> Users for whom the policy may have a rule of their own. */
	private function named(): array {
		$named = array_merge(
			...array_map( static fn ( Rules $rules ): array => array_keys( $rules->fields()['users'] ), array_values( $this->policies->levels() ) )
		);
		$super = is_multisite()
			? array_map( static fn ( string $login ): int => (int) ( get_user_by( 'login', $login )->ID ?? 0 ), get_super_admins() )
			: array();
		return array_values( array_unique( array_map( 'intval', array( ...$named, ...$super ) ) ) );
	}

	/**
	 * @param array{users: int, protected: int, missing: int} $one
	 * @param array{users: int, protected: int, missing: int} $other
	 * @return array{users: int, protected: int, missing: int}
	 */
	private static function sum( array $one, array $other ): array {
		foreach ( $other as $what => $users ) {
			$one[ $what ] += $users;
		}
		return $one;
	}
}
