<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ThrottleRows;

/**
 * Slows password guessing on our own routes: by address, a bucket of 100 failures refilled 20 a minute; by
 * user, from the 10th failure in a row, a wait. Only a failed check drains; a right password never does.
 */
final class PasswordThrottle {
	private const BUCKET      = 100;
	private const REFILL      = 3;
	private const FREE        = 9;
	private const LONGEST     = 60;

	public function __construct(
		private readonly ThrottleRows $rows,
		private readonly Activity $activity,
		private readonly Client $client,
	) {}

	/**
	 * Called before a password is checked.
	 *
	 * @param string $login As sanitize_user() leaves it: an unknown one waits like a known one.
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function require_open( string $login, int $now ): void {
		$wait = max(
			$this->rows->read( self::by_user( $login ) )['until'] - $now,
			$this->rows->read( $this->by_address() )['until'] - $now - self::REFILL * ( self::BUCKET - 1 ),
		);
		if ( $wait > 0 ) {
			$this->activity->record( Event::PasswordThrottled, 0, '', Code::Throttled->value );
			throw new Refusal( Code::Throttled, array( 'retry_after' => $wait ) );
		}
	}

	public function failed( string $login, int $now ): void {
		$this->rows->drain( $this->by_address(), self::REFILL, $now );
		$over = $this->rows->read( self::by_user( $login ) )['failures'] - self::FREE;
		$this->rows->fail( self::by_user( $login ), $over < 0 ? 0 : $now + min( self::LONGEST, 2 ** min( 6, $over ) ), $now );
	}

	/** The user's own count ends with a right password; the address' does not. */
	public function passed( string $login ): void {
		$this->rows->clear( self::by_user( $login ) );
	}

	/** Log-in and e-mail of one user are one name, looked up in core's order; an unknown one stands for itself. */
	private static function by_user( string $login ): string {
		$user = get_user_by( 'login', $login );
		$user = $user ? $user : get_user_by( 'email', $login );
		return $user ? 'password-user:' . $user->ID : 'password-name:' . mb_strtolower( $login );
	}

	private function by_address(): string {
		return 'password-address:' . $this->client->network();
	}
}
