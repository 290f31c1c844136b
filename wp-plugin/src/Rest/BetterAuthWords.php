<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;

/** Refusals with the codes that better-auth's client knows. */
final class BetterAuthWords {
	/**
	 * Runs the callback, and translates a refused code.
	 *
	 * @template T
	 * @param callable(): T $answer
	 * @param Code          $wrong   Its code for a wrong code.
	 * @param Code          $missing Its code for a missing factor.
	 * @return T
	 */
	public static function answering( callable $answer, Code $wrong, Code $missing ): mixed {
		try {
			return $answer();
		} catch ( Refusal $refusal ) {
			throw match ( $refusal->reason ) {
				Code::InvalidCode       => $refusal->as( $wrong ),
				Code::FactorUnavailable => $refusal->as( $missing ),
				Code::NotSignedIn       => $refusal->as( Code::NoChallenge ),
				Code::ChallengeGone     => $refusal->as(
					Challenges::USED_UP === ( $refusal->data['reason'] ?? '' ) ? Code::TooManyAttempts : Code::NoChallenge
				),
				Code::Locked            => $refusal->as( Code::AccountLocked ),
				default                 => $refusal,
			};
		}
	}
}
