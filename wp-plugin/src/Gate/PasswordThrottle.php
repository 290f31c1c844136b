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
 * Slows password guessing on our own routes (docs/abuse.md). Per address: a bucket of failures that refills with time. Per
 * user: a wait, from the 10th failure in a row on.
 *
 * A failure is counted before the password is checked, so that parallel guesses cannot outrun the count. It is taken back
 * if the password was right. A user's first nine failures are counted afterwards instead, because more than nine requests
 * with the right password may run at once.
 */
final class PasswordThrottle {
	/** Failures an address may spend at once, and the seconds after which one is forgotten: 20 a minute. */
	private const BUCKET = 100;
	private const REFILL = 3;

	/** Number of the failure in a row => seconds to wait; later failures wait as long as the last. */
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
	 * Checks a password, unless the caller has to wait.
	 *
	 * A known device of this user has its own count, instead of the user's and the address'. So no stranger can make it wait,
	 * and it cannot guess faster than a stranger either.
	 *
	 * If the login is one user's name and another user's address, core tries the password for both. Then a failure counts for
	 * both, known device or not. A right password resets neither count: it was right for one of them only, and the guesses at
	 * the other still stand.
	 *
	 * @template T
	 * @param string        $login  As sanitize_user() leaves it. An unknown login waits like a known one.
	 * @param string|null   $device The secret of the device it comes from.
	 * @param callable(): T $check  Returns false if the password is wrong. An exception does not count as a failure.
	 * @return T
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function attempt( string $login, #[\SensitiveParameter] ?string $device, int $now, callable $check ): mixed {
		$users = self::named( $login );
		if ( count( $users ) > 1 ) {
			foreach ( array_keys( $users ) as $name ) {
				$inner = $check;
				$check = fn (): mixed => $this->in_a_row( $name, $now, $inner, ends: false );
			}
			return $this->from_address( $now, $check );
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
	 * Like attempt(), for a user who is already known: counts by the login they would type.
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
	 * The users for whom core tries a password: by login name and by address. Each has a count of its own; a shared count
	 * would tell a stranger that this address belongs to that login.
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
	 * Whether this is how the user's login or address is really spelt. MySQL's collation also matches look-alikes. Such a
	 * spelling counts as unknown even if the password is right; otherwise a wait would reveal that it matched a user.
	 */
	private static function is_called( WP_User $user, string $login ): bool {
		$names = array_map(
			static fn ( string $stored ): string => Php::lower( sanitize_user( $stored ) ),
			array( $user->user_login, $user->user_email )
		);
		return in_array( Php::lower( $login ), $names, true );
	}

	/**
	 * Checks a secret that names no user: counts for the address only.
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

	/** @param bool $ends Whether a right password resets the count. */
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

	/** Runs a check, then the callback for its outcome: right, wrong, or neither (it threw). */
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

	/** Logs at most one row a minute for each client: a refusal that saves work must not cost work. */
	private function throttled( string $name, int $wait, int $now ): Refusal {
		if ( $this->rows->is_first( 'logged:' . $this->client->network() . ':' . $name, MINUTE_IN_SECONDS, $now ) ) {
			$this->activity->record( Event::PasswordThrottled, 0, '', Code::Throttled->value );
		}
		return new Refusal( Code::Throttled, array( 'retry_after' => max( 1, $wait ) ) );
	}
}
