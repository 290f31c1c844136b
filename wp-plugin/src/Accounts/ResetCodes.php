<?php
declare( strict_types=1 );

namespace Sallyport\WP\Accounts;

use Sallyport\WP\Digits;
use Sallyport\WP\Engine;
use Sallyport\WP\Php;
use Sallyport\WP\Store\ResetCodeRows;
use Sallyport\WP\Store\ThrottleRows;
use WP_User;

/**
 * Mailed codes for resetting a password: 8 digits, 10 minutes, 5 tries, one at a time for each user.
 *
 * A try is counted before the code is checked. The count belongs to the user, across codes: every 10th failure locks for 15
 * minutes, and after 100 no code is made until the password was reset (NIST SP 800-63B-4, 3.2.2).
 */
final class ResetCodes {
	public const TTL = 600;

	private const DIGITS = 8;
	private const TRIES  = 5;
	private const BURST  = 10;
	private const LIMIT  = 100;
	private const LOCK   = 900;

	/** Stands for the MAC if there is no code. */
	private const NONE = '0000000000000000000000000000000000000000000000000000000000000000';

	public function __construct(
		private readonly ResetCodeRows $rows,
		private readonly ThrottleRows $throttle,
		private readonly Engine $engine,
	) {}

	/** The digits of a code as people type it; null for anything else. */
	public static function digits( #[\SensitiveParameter] string $typed ): ?string {
		return Digits::typed( $typed, self::DIGITS, self::DIGITS );
	}

	/** Whether this user may still get a code. */
	public function are_left( int $user_id ): bool {
		return $this->throttle->read( self::name( $user_id ) )['failures'] < self::LIMIT;
	}

	/** A fresh code, which replaces an earlier one; null if the user has no tries left. */
	public function issue( WP_User $user, int $now ): ?string {
		$failures = $this->throttle->read( self::name( $user->ID ) )['failures'];
		if ( $failures >= self::LIMIT ) {
			return null;
		}
		$code = $this->engine->otp_code( self::DIGITS );
		$this->rows->put(
			$user->ID,
			$this->engine->mac( self::message( $user, $code ), 'reset-code' ),
			min( self::LIMIT, $failures + self::TRIES ),
			$now + self::TTL
		);
		return $code;
	}

	/**
	 * Whether the code is the user's; then it is spent. For an unknown user it reads and writes as much.
	 *
	 * @param string $login As it was typed.
	 */
	public function spend( ?WP_User $user, string $login, #[\SensitiveParameter] string $code, int $now ): bool {
		$name  = self::name( $user->ID ?? 0 );
		$row   = $this->rows->find( $user->ID ?? 0, $now );
		$count = $this->throttle->read( $name );
		$mac   = self::NONE;
		if ( null === $row || $count['until'] > $now || $count['failures'] >= $row['tries_until'] ) {
			$this->throttle->escalate( 'reset-name:' . Php::lower( $login ), array( 1 => 0 ), $now );
		} elseif ( $this->throttle->reserve( $name, self::BURST, $row['tries_until'], self::LOCK, $now ) ) {
			$mac = $row['mac'];
		}
		if ( ! $this->engine->mac_verify( self::message( $user, $code ), $mac, 'reset-code' ) ) {
			return false;
		}
		$is_first = $this->rows->consume( $user->ID ?? 0, $mac, $now );
		// A right code that came late is no guess, though it may have been counted after the first one reset the count.
		$is_first || $this->throttle->give_back( $name, self::BURST );
		return $is_first;
	}

	/** The password was reset: the count starts again. */
	public function clear( int $user_id ): void {
		$this->throttle->clear( self::name( $user_id ) );
	}

	/** A code is bound to password and address: a change of either voids it. */
	private static function message( ?WP_User $user, #[\SensitiveParameter] string $code ): string {
		return implode( "\n", array( $user->ID ?? 0, $user->user_email ?? '', $user->user_pass ?? '', $code ) );
	}

	private static function name( int $user_id ): string {
		return 'reset-code:' . $user_id;
	}
}
