<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Factor\Factor;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Refusal;

/** Has a code sent, by a factor that sends one. Nothing is spent, and no count of attempts begins anew (NIST SP 800-63B-4, 3.1.3.2). */
final class Sending {
	public function __construct(
		private readonly Factors $factors,
		private readonly Attempts $attempts,
		private readonly EmailCode $email,
	) {}

	/**
	 * @param string|null $factor Null: e-mail.
	 * @return int Seconds the code is good for.
	 * @throws Refusal sallyport_factor_unavailable, _locked, _throttled, _mail_not_sent.
	 */
	public function for_challenge( Challenge $challenge, ?string $factor, int $now ): int {
		$sender = $this->factors->sender( $challenge->user_id, $factor ?? EmailCode::NAME );
		$this->attempts->require_unlocked( $challenge->user_id, $now );
		return $sender->send( $challenge->user_id, $challenge->id, $now );
	}

	/**
	 * To somebody who is signed in: by the enrolment that is pending, else by the one that is active.
	 *
	 * @throws Refusal As for_challenge() does.
	 */
	public function to_signed_in( int $user_id, int $now ): void {
		if ( ! $this->email->is_pending( $user_id ) ) {
			$this->factors->sender( $user_id, EmailCode::NAME );
		}
		$this->attempts->require_unlocked( $user_id, $now );
		$this->email->send( $user_id, Factor::SIGNED_IN, $now );
	}
}
