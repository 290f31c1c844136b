<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Factor\Factors;

/**
 * What is demanded of a user. Pure: reads no clock, no table, no option.
 *
 * A user with an active factor always needs it, whatever the rules say. Of several rules the strictest applies
 * (docs/policy.md).
 */
final class Policy {
	/** Seconds for which a proof satisfies step-up (RFC 9470). */
	public const STEP_UP_AGE = 600;

	/**
	 * What the rules demand of this subject.
	 *
	 * @param array<string, Rules> $levels Level (network, site) => its rules. Each level can only tighten the other.
	 */
	public static function demand( array $levels, Subject $who ): Demand {
		$rule = '';
		$said = null;
		foreach ( self::matching( $levels, $who ) as $name => $found ) {
			if (
				null === $said
				|| $found['mode']->is_stricter_than( $said['mode'] )
				|| ( $found['mode'] === $said['mode'] && $found['deadline'] < $said['deadline'] )
			) {
				$rule = $name;
				$said = $found;
			}
		}
		$factors = null;
		$strong  = false;
		$confirm = false;
		foreach ( $levels as $rules ) {
			$named   = $rules->factors_of( $who );
			$factors = null === $factors || null === $named ? $factors ?? $named : array_values( array_intersect( $factors, $named ) );
			$strong  = $strong || $rules->need_strong( $who );
			$confirm = $confirm || $rules->is( 'confirm_by_mail' );
		}
		return new Demand( $said['mode'] ?? Mode::Optional, $rule, $said['deadline'] ?? 0, $factors, $strong, $strong && $confirm );
	}

	/**
	 * The rules that apply to this subject.
	 *
	 * @param array<string, Rules> $levels As for demand().
	 * @return array<string, array{mode: Mode, deadline: int}> Level and rule => its mode; the deadline if it requires a factor, else 0.
	 */
	public static function matching( array $levels, Subject $who ): array {
		$found = array();
		foreach ( $levels as $level => $rules ) {
			foreach ( $rules->of( $who ) as $rule => $mode ) {
				$found[ $level . ' ' . $rule ] = array(
					'mode'     => $mode,
					'deadline' => Mode::Required === $mode ? $rules->deadline( $rule, $who ) : 0,
				);
			}
		}
		return $found;
	}

	/**
	 * @param list<string> $enrolled Factors the user can use, in order of preference.
	 * @return list<string> Factors of which one must be verified; empty if none is demanded.
	 */
	public static function required( array $enrolled ): array {
		// Backup codes only stand in for a factor: by themselves they are not one.
		return array() === array_diff( $enrolled, Factors::STAND_INS ) ? array() : $enrolled;
	}

	/**
	 * The user's factors that count.
	 *
	 * @param list<string> $enrolled As for required().
	 * @param list<string> $strong   Names of the strong factors.
	 * @return list<string> Empty if none does.
	 */
	public static function allowed( array $enrolled, Demand $demand, array $strong ): array {
		return self::required(
			array_values( array_filter( $enrolled, static fn ( string $name ): bool => $demand->allows( $name, in_array( $name, $strong, true ) ) ) )
		);
	}

	/**
	 * Whether a proof is strong and fresh enough for step-up. A trusted device or an e-mail code never is (NIST SP
	 * 800-63B-4 3.2.1).
	 */
	public static function satisfies_step_up( Proof $proof, int $now, int $max_age = self::STEP_UP_AGE ): bool {
		return $proof->is_strong() && self::is_fresh( $proof, $now, $max_age );
	}

	/** Whether a proof of any strength is recent enough. */
	public static function is_fresh( Proof $proof, int $now, int $max_age = self::STEP_UP_AGE ): bool {
		return $now - $proof->at <= $max_age;
	}
}
