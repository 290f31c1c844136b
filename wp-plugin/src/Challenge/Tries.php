<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ThrottleRows;

/**
 * The limit of the `/2fa` contract: five wrong codes of a user in five minutes. The sixth is not checked, and has to wait.
 * The account's own budget (Attempts) counts besides.
 */
final class Tries {
	private const MOST    = 5;
	private const SECONDS = 300;

	public function __construct(
		private readonly ThrottleRows $rows,
		private readonly Activity $activity,
	) {}

	/**
	 * Runs a check. It is counted beforehand, and taken back if the code was not wrong.
	 *
	 * @template T
	 * @param callable(): T $check
	 * @return T
	 * @throws Refusal sallyport_too_many_attempts {retry_after}, or what the check throws.
	 */
	public function attempt( int $user_id, int $now, callable $check ): mixed {
		$name = 'twofa:' . $user_id;
		$wait = $this->rows->count_in( $name, self::MOST, self::SECONDS, $now );
		if ( $wait > 0 ) {
			$this->activity->record( Event::SecondStepLocked, $user_id, '', Code::TwofaThrottled->value );
			throw new Refusal( Code::TwofaThrottled, array( 'retry_after' => $wait ) );
		}
		try {
			$answer = $check();
		} catch ( Refusal $refusal ) {
			if ( Code::InvalidCode !== $refusal->reason ) {
				$this->rows->put_back( $name, 0 );
			}
			throw $refusal;
		}
		$this->rows->clear( $name );
		return $answer;
	}
}
