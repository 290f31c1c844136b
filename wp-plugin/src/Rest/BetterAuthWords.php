<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;

/** Refusals in the words better-auth's client knows. */
final class BetterAuthWords {
	/**
	 * What is answered, or the refusal of a code in its words.
	 *
	 * @template T
	 * @param callable(): T $answer
	 * @param Code          $wrong   What a wrong code is called.
	 * @param Code          $missing What a factor that is not there is called.
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
				Code::ChallengeGone     => $refusal->as( Challenges::USED_UP === ( $refusal->data['reason'] ?? '' ) ? Code::TooManyAttempts : Code::NoChallenge ),
				Code::Locked            => $refusal->as( Code::AccountLocked ),
				default                 => $refusal,
			};
		}
	}
}
