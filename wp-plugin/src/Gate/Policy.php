<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Factor\ImportedCode;

/**
 * What is demanded of a user. Pure: it reads no clock, no table, no option.
 *
 * A user with an active factor needs it; the default for every role is "optional".
 */
final class Policy {
	/** A proof older than this does not satisfy step-up, seconds (RFC 9470). */
	public const STEP_UP_AGE = 600;

	/**
	 * @param list<string> $enrolled Factors the user can use, in order of preference.
	 * @return list<string> Factors one of which must be verified; empty = none is demanded.
	 */
	public static function required( array $enrolled ): array {
		// Backup codes stand in for a factor; alone they are none.
		return array() === array_diff( $enrolled, array( BackupCode::NAME, ImportedCode::NAME ) ) ? array() : $enrolled;
	}

	/** Whether a proof is strong and fresh enough for what weakens an account: a trusted device or an e-mail code never is (NIST SP 800-63B-4 3.2.1). */
	public static function satisfies_step_up( Proof $proof, int $now, int $max_age = self::STEP_UP_AGE ): bool {
		return $proof->is_strong() && self::is_fresh( $proof, $now, $max_age );
	}

	/** Whether a proof, of whatever strength, is recent enough. */
	public static function is_fresh( Proof $proof, int $now, int $max_age = self::STEP_UP_AGE ): bool {
		return $now - $proof->at <= $max_age;
	}
}
