<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/** Whether a change of one level's rules demands less of anybody. Pure. */
final class PolicyLoosening {
	public static function is_in( Rules $before, Rules $after ): bool {
		return self::of_modes( $before->all(), $after->all() )
			|| self::of_lists( $before->fields()['factors'], $after->fields()['factors'] )
			|| array() !== array_diff( $before->fields()['strong_roles'], $after->fields()['strong_roles'] )
			|| ( $before->require_any() && $after->fields()['grace_days'] > $before->fields()['grace_days'] )
			|| ( $after->is( 'weak_for_administrators' ) && ! $before->is( 'weak_for_administrators' ) )
			|| ( $before->is( 'confirm_by_mail' ) && ! $after->is( 'confirm_by_mail' ) )
			|| ( $after->is( 'monitor' ) && ! $before->is( 'monitor' ) );
	}

	/**
	 * @param array<string, Mode> $before As Rules::all() returns them.
	 * @param array<string, Mode> $after
	 */
	private static function of_modes( array $before, array $after ): bool {
		foreach ( array_keys( $before + $after ) as $rule ) {
			if ( self::mode( $before, $rule )->is_stricter_than( self::mode( $after, $rule ) ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The default applies to a role without a rule. Any other rule that is absent adds nothing.
	 *
	 * @param array<string, Mode> $rules
	 */
	private static function mode( array $rules, string $rule ): Mode {
		return $rules[ $rule ] ?? ( str_starts_with( $rule, 'role:' ) ? $rules['default'] : Mode::Optional );
	}

	/**
	 * @param array<string, list<string>> $before Role => the factors that count for it; a role that is absent accepts any.
	 * @param array<string, list<string>> $after
	 */
	private static function of_lists( array $before, array $after ): bool {
		foreach ( $before as $role => $list ) {
			if ( ! isset( $after[ $role ] ) || array() !== array_diff( $after[ $role ], $list ) ) {
				return true;
			}
		}
		return false;
	}
}
