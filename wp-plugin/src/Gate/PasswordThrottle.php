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
 * Slows password guessing on our own routes: by address, a bucket of failures that refills with time; by user, from
 * the 10th failure in a row, a wait (docs/abuse.md).
 *
 * A failure is counted before the password is looked at, so that parallel guesses cannot outrun the count, and taken
 * back when it was none: a right password drains nothing.
 */
final class PasswordThrottle {
	/** Failures an address may have at once, and the seconds in which one of them is forgotten: 20 a minute. */
	private const BUCKET = 100;
	private const REFILL = 3;

	/** Which failure in a row makes one wait for how many seconds; those after the last as long as that. */
	private const WAITS = array(
		10 => 1,
		11 => 2,
		12 => 4,
		13 => 8,
		14 => 16,
		15 => 32,
		16 => 60,
	);

	public function __construct(
		private readonly ThrottleRows $rows,
		private readonly Activity $activity,
		private readonly Client $client,
	) {}

	/**
	 * Checks a password, unless one has to wait.
	 *
	 * @template T
	 * @param string        $login As sanitize_user() leaves it: an unknown one waits like a known one.
	 * @param callable(): T $check Answers false where the password is wrong; what it throws is no failure.
	 * @return T
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function attempt( string $login, int $now, callable $check ): mixed {
		$user   = self::by_user( $login );
		$bucket = 'password-address:' . $this->client->network();
		if ( ! $this->rows->take( $bucket, self::BUCKET, self::REFILL, $now ) ) {
			throw $this->throttled( $this->rows->read( $bucket )['until'] - self::REFILL * ( self::BUCKET - 1 ) - $now );
		}
		if ( ! $this->rows->escalate( $user, self::WAITS, $now ) ) {
			$this->rows->put_back( $bucket, self::REFILL );
			throw $this->throttled( $this->rows->read( $user )['until'] - $now );
		}
		try {
			$answer = $check();
		} catch ( \Throwable $thrown ) {
			$this->rows->put_back( $bucket, self::REFILL );
			$this->rows->relent( $user );
			throw $thrown;
		}
		if ( false !== $answer ) {
			$this->rows->put_back( $bucket, self::REFILL );
			$this->rows->clear( $user );
		}
		return $answer;
	}

	/** Log-in and e-mail of one user are one name, looked up in core's order; an unknown one stands for itself. */
	private static function by_user( string $login ): string {
		$user = get_user_by( 'login', $login );
		$user = $user ? $user : get_user_by( 'email', $login );
		return $user ? 'password-user:' . $user->ID : 'password-name:' . mb_strtolower( $login );
	}

	private function throttled( int $wait ): Refusal {
		$this->activity->record( Event::PasswordThrottled, 0, '', Code::Throttled->value );
		return new Refusal( Code::Throttled, array( 'retry_after' => max( 1, $wait ) ) );
	}
}
