<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Factor\Factor;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Refusal;

/** Sends a code through a factor that sends codes. Spends nothing, and resets no count of attempts (NIST SP 800-63B-4, 3.1.3.2). */
final class Sending {
	public function __construct(
		private readonly Factors $factors,
		private readonly Attempts $attempts,
		private readonly EmailCode $email,
	) {}

	/**
	 * @param string|null $factor Null: e-mail.
	 * @return int Seconds the code is valid.
	 * @throws Refusal sallyport_factor_unavailable, _locked, _throttled, _mail_not_sent.
	 */
	public function for_challenge( Challenge $challenge, ?string $factor, int $now ): int {
		$sender = $this->factors->sender( $challenge->user_id, $factor ?? EmailCode::NAME );
		$this->attempts->require_unlocked( $challenge->user_id, $now );
		return $sender->send( $challenge->user_id, $challenge->id, $now );
	}

	/**
	 * Sends a code to a user who is signed in: for the pending enrolment if there is one, else for the active factor.
	 *
	 * @throws Refusal As for_challenge().
	 */
	public function to_signed_in( int $user_id, int $now ): void {
		if ( ! $this->email->is_pending( $user_id ) ) {
			$this->factors->sender( $user_id, EmailCode::NAME );
		}
		$this->attempts->require_unlocked( $user_id, $now );
		$this->email->send( $user_id, Factor::SIGNED_IN, $now );
	}
}
