<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Device\Devices;
use Sallyport\WP\Php;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ThrottleRows;
use WP_User;

/**
 * Slows password guessing on our own routes: by address, a bucket of failures that refills with time; by user, from
 * the 10th failure in a row, a wait (docs/abuse.md).
 *
 * A failure is counted before the password is looked at, so that parallel guesses cannot outrun the count, and taken
 * back when it was none: a right password drains nothing. A user's first nine are counted afterwards, since more right
 * passwords than that may be on their way at once.
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
		private readonly Devices $devices,
		private readonly Activity $activity,
		private readonly Client $client,
	) {}

	/**
	 * Checks a password, unless one has to wait.
	 *
	 * A known device of that very user has a count to itself, in place of the user's and the address': no stranger makes
	 * it wait, and it guesses no faster than they do. Where one user's log-in is another's address, core tries the
	 * password on both: a guess is counted of both, known device or not, and a right password ends neither count, since
	 * whose it was makes no guess at the other undone.
	 *
	 * @template T
	 * @param string        $login  As sanitize_user() leaves it: an unknown one waits like a known one.
	 * @param string|null   $device The secret of the device it comes from.
	 * @param callable(): T $check  Answers false where the password is wrong; what it throws is no failure.
	 * @return T
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function attempt( string $login, #[\SensitiveParameter] ?string $device, int $now, callable $check ): mixed {
		$users = self::named( $login );
		if ( count( $users ) > 1 ) {
			$of_both = array_reduce( array_keys( $users ), fn ( callable $check, string $name ): callable => fn (): mixed => $this->in_a_row( $name, $now, $check, false ), $check );
			return $this->from_address( $now, $of_both );
		}
		$user = current( $users );
		if ( ! $user || ! self::is_called( $user, $login ) ) {
			$looked = static fn (): mixed => $user ? $check() && false : $check();
			return $this->from_address( $now, fn (): mixed => $this->in_a_row( 'password-name:' . Php::lower( $login ), $now, $looked ) );
		}
		$known = $this->devices->find( $device, $now );
		if ( $known?->user_id === $user->ID ) {
			return $this->in_a_row( 'password-device:' . $known->id, $now, $check );
		}
		return $this->from_address( $now, fn (): mixed => $this->in_a_row( (string) key( $users ), $now, $check ) );
	}

	/**
	 * The same of a user who is known, by the log-in they would type.
	 *
	 * @template T
	 * @param callable(): T $check As for attempt().
	 * @return T
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function attempt_of( WP_User $user, #[\SensitiveParameter] ?string $device, int $now, callable $check ): mixed {
		return $this->attempt( sanitize_user( $user->user_login ), $device, $now, $check );
	}

	/**
	 * The users core tries a password on: whose log-in it is, and whose address. Each has a count of its own, else a wait
	 * would tell a stranger that this is the address of that log-in.
	 *
	 * @return array<string, WP_User> Name of the count => user.
	 */
	private static function named( string $login ): array {
		$one   = get_user_by( 'login', $login );
		$other = is_email( $login ) ? get_user_by( 'email', $login ) : false;
		$users = $one ? array( 'password-user:' . $one->ID => $one ) : array();
		return $other && $other->ID !== ( $one->ID ?? 0 ) ? $users + array( 'password-mail:' . $other->ID => $other ) : $users;
	}

	/**
	 * Whether that is how the user's log-in or address is spelt. MySQL finds it by what only looks alike, too: such a
	 * spelling is nobody's, however right the password, else a wait would tell a stranger that it found somebody.
	 */
	private static function is_called( WP_User $user, string $login ): bool {
		$names = array_map( static fn ( string $stored ): string => Php::lower( sanitize_user( $stored ) ), array( $user->user_login, $user->user_email ) );
		return in_array( Php::lower( $login ), $names, true );
	}

	/**
	 * Checks what names no user: counted of the address alone.
	 *
	 * @template T
	 * @param callable(): T $check As for attempt().
	 * @return T
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function from_address( int $now, callable $check ): mixed {
		$bucket = 'password-address:' . $this->client->network();
		if ( ! $this->rows->take( $bucket, self::BUCKET, self::REFILL, $now ) ) {
			throw $this->throttled( $bucket, $this->rows->refills_in( $bucket, self::BUCKET, self::REFILL, $now ), $now );
		}
		$give_back = fn () => $this->rows->put_back( $bucket, self::REFILL );
		return $this->checked( $check, right: $give_back, neither: $give_back );
	}

	/** @param bool $ends Whether a right password ends the count. */
	private function in_a_row( string $name, int $now, callable $check, bool $ends = true ): mixed {
		$clear = fn () => $this->rows->clear( $name );
		if ( $this->rows->read( $name )['failures'] + 1 < array_key_first( self::WAITS ) ) {
			return $this->checked( $check, right: $ends ? $clear : null, wrong: fn () => $this->rows->fail( $name, self::WAITS, $now ) );
		}
		if ( ! $this->rows->escalate( $name, self::WAITS, $now ) ) {
			throw $this->throttled( $name, $this->rows->read( $name )['until'] - $now, $now );
		}
		$relent = fn () => $this->rows->relent( $name );
		return $this->checked( $check, right: $ends ? $clear : $relent, neither: $relent );
	}

	/** Runs a check, and then what is told to follow: a right answer, a wrong one, or none. */
	private function checked( callable $check, ?callable $right = null, ?callable $wrong = null, ?callable $neither = null ): mixed {
		$then = $neither;
		try {
			$answer = $check();
			$then   = false === $answer ? $wrong : $right;
			return $answer;
		} finally {
			null === $then || $then();
		}
	}

	/** One row of the log a minute for each client: what is refused to save work must not make more. */
	private function throttled( string $name, int $wait, int $now ): Refusal {
		if ( $this->rows->is_first( 'logged:' . $this->client->network() . ':' . $name, MINUTE_IN_SECONDS, $now ) ) {
			$this->activity->record( Event::PasswordThrottled, 0, '', Code::Throttled->value );
		}
		return new Refusal( Code::Throttled, array( 'retry_after' => max( 1, $wait ) ) );
	}
}
