<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\Counted;
use Sallyport\WP\Factor\Factor;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Factor\Foreign;
use Sallyport\WP\Factor\Outcome;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\State;

/**
 * Turns a code into a Proof, or refuses. The order is fixed: budget, attempt, factor, consumption of the challenge.
 *
 * Nothing else makes a Proof from a code.
 */
final class Verifier {
	public function __construct(
		private readonly Factors $factors,
		private readonly Challenges $challenges,
		private readonly Attempts $attempts,
		private readonly State $state,
		private readonly Activity $activity,
	) {}

	/**
	 * Opens a challenge for a user whose first step succeeded.
	 *
	 * @param string $first Proof::PASSWORD or ::SSO.
	 * @throws Refusal sallyport_locked.
	 */
	public function challenge( int $user_id, string $issuer, int $now, string $first = Proof::PASSWORD ): Challenge {
		$this->attempts->require_unlocked( $user_id, $now );
		return $this->challenges->open( $user_id, $issuer, $now, first: $first );
	}

	/**
	 * Completes a challenge.
	 *
	 * @throws Refusal sallyport_invalid_code {attempts_left, challenge}, _challenge_gone, _locked, _factor_unavailable.
	 */
	public function complete( Challenge $challenge, #[\SensitiveParameter] string $code, ?string $factor, int $now ): Proof {
		$chosen = $this->factors->choose( $challenge->user_id, $factor, $code );
		$this->attempts->reserve( $challenge->user_id, $now, $chosen->name() );
		if ( ! $this->challenges->spend( $challenge, $now ) ) {
			$this->attempts->give_back( $challenge->user_id );
			throw new Refusal( Code::ChallengeGone );
		}
		if ( ! $this->evaluate( $chosen, $challenge->user_id, $challenge->issuer, $code, $now, $challenge->id ) ) {
			throw new Refusal(
				Code::InvalidCode,
				array(
					'attempts_left' => $this->challenges->attempts_left( $challenge ),
					'challenge'     => $challenge->token,
				)
			);
		}
		if ( ! $this->challenges->consume( $challenge, $now ) ) {
			$this->attempts->give_back( $challenge->user_id );
			throw new Refusal( Code::ChallengeGone );
		}
		return $this->prove( $chosen, $challenge->user_id, $challenge->issuer, $challenge->epoch, $now, $challenge->first );
	}

	/**
	 * Checks a code that came together with the first step. A wrong one opens a challenge that has already lost one attempt.
	 *
	 * @throws Refusal As complete().
	 */
	public function one_shot(
		int $user_id,
		string $issuer,
		#[\SensitiveParameter] string $code,
		?string $factor,
		int $now,
		string $first = Proof::PASSWORD,
	): Proof {
		try {
			return $this->check( $user_id, $issuer, $code, $factor, $now, false, $first, Factor::WITH_PASSWORD );
		} catch ( Refusal $refusal ) {
			if ( Code::InvalidCode !== $refusal->reason ) {
				throw $refusal;
			}
			$challenge = $this->challenges->open( $user_id, $issuer, $now, 1, $first );
			throw new Refusal(
				Code::InvalidCode,
				array(
					'attempts_left' => Challenge::ATTEMPTS - 1,
					'challenge'     => $challenge->token,
				)
			);
		}
	}

	/**
	 * Checks a code of a user who is already signed in (step-up).
	 *
	 * @param bool   $counted Whether the attempt is already counted, because the code was first tried on a pending factor.
	 * @param string $first   How the user signed in: Proof::PASSWORD or ::SSO.
	 * @throws Refusal sallyport_invalid_code, _locked, _factor_unavailable.
	 */
	public function confirm(
		int $user_id,
		string $issuer,
		#[\SensitiveParameter] string $code,
		?string $factor,
		int $now,
		bool $counted = false,
		string $first = Proof::PASSWORD,
	): Proof {
		return $this->check( $user_id, $issuer, $code, $factor, $now, $counted, $first, Factor::SIGNED_IN );
	}

	private function check(
		int $user_id,
		string $issuer,
		#[\SensitiveParameter] string $code,
		?string $factor,
		int $now,
		bool $counted,
		string $first,
		int $challenge,
	): Proof {
		$epoch  = $this->state->epoch( $user_id );
		$chosen = $this->factors->choose( $user_id, $factor, $code );
		if ( ! $counted ) {
			$this->attempts->reserve( $user_id, $now, $chosen->name() );
		}
		if ( ! $this->evaluate( $chosen, $user_id, $issuer, $code, $now, $challenge ) ) {
			throw new Refusal( Code::InvalidCode );
		}
		return $this->prove( $chosen, $user_id, $issuer, $epoch, $now, $first );
	}

	/**
	 * The proof for a factor that has just been enrolled: its first right code is one.
	 *
	 * @param string $epoch The epoch that the activation began.
	 * @param string $first The first step: Proof::PASSWORD or ::SSO.
	 */
	public function enrolled( Factor $factor, int $user_id, string $issuer, string $epoch, int $now, string $first ): Proof {
		return $this->prove( $factor, $user_id, $issuer, $epoch, $now, $first );
	}

	/**
	 * The proof for a right password and something that vouches for the user without being a factor. The proof is weak, and
	 * resets no count of failures.
	 *
	 * @param string       $word  Its name in `amr`.
	 * @param list<string> $from  The `amr` of the proof it stems from: a weak factor in it stays visible.
	 * @param string       $epoch The epoch of that proof.
	 */
	public function vouched( int $user_id, string $issuer, string $word, array $from, string $epoch, int $now ): Proof {
		$weak = in_array( Factor::STRONG, $from, true ) ? array() : array_diff( $from, array( Proof::PASSWORD, Proof::SSO ) );
		$amr  = array( $word, Proof::PASSWORD, ...$weak );
		sort( $amr );
		return Proof::verified( $user_id, $issuer, $amr, $now, $epoch );
	}

	/** Logs a wrong code for a pending enrolment, if the user has no active factor to try it on. Enrolment has counted it. */
	public function announce_wrong( string $factor, int $user_id, string $issuer ): void {
		$this->attempts->failed( $user_id, time() );
		$this->activity->record( Event::CodeRefused, $user_id, $issuer, Code::InvalidCode->value, array(
			'factor'  => $factor,
			'pending' => 'yes',
		) );
		$this->announce( 'failed', $factor, $user_id, $issuer );
	}

	/** Checks the code for an attempt that was reserved. A right code that is already spent is no guess. */
	private function evaluate(
		Factor $factor,
		int $user_id,
		string $issuer,
		#[\SensitiveParameter] string $code,
		int $now,
		int $challenge,
	): bool {
		try {
			$outcome = $factor->verify( $user_id, $code, $now, $challenge );
		} catch ( Refusal $refusal ) {
			// A third party's factor that fails instead of refusing must not make guessing free.
			$factor instanceof Foreign ? $this->attempts->failed( $user_id, $now ) : $this->attempts->give_back( $user_id );
			throw $refusal;
		}
		if ( Outcome::Right === $outcome ) {
			return true;
		}
		Outcome::Spent === $outcome ? $this->attempts->give_back( $user_id ) : $this->attempts->failed( $user_id, $now );
		$this->activity->record(
			Outcome::Spent === $outcome ? Event::CodeReplayed : Event::CodeRefused,
			$user_id,
			$issuer,
			Code::InvalidCode->value,
			array( 'factor' => $factor->name() )
		);
		$this->announce( 'failed', $factor->name(), $user_id, $issuer );
		return false;
	}

	private function prove( Factor $factor, int $user_id, string $issuer, string $epoch, int $now, string $first = Proof::PASSWORD ): Proof {
		$this->attempts->clear( $user_id );
		$this->activity->record(
			Event::CodeAccepted,
			$user_id,
			$issuer,
			'ok',
			array( 'factor' => $factor->name() ) + self::left( $factor, $user_id )
		);
		$this->announce( 'success', $factor->name(), $user_id, $issuer );
		$amr = array_map( static fn ( string $word ): string => Proof::PASSWORD === $word ? $first : $word, $factor->amr() );
		sort( $amr );
		return Proof::verified( $user_id, $issuer, $amr, $now, $epoch );
	}

	/**
	 * The codes left, for a factor whose codes run out.
	 *
	 * @return array<string, int>
	 */
	private static function left( Factor $factor, int $user_id ): array {
		return $factor instanceof Counted ? array( 'left' => (int) $factor->left( $user_id ) ) : array();
	}

	private function announce( string $what, string $factor, int $user_id, string $issuer ): void {
		/**
		 * Fires once for each verification: sallyport_two_factor_success and sallyport_two_factor_failed.
		 *
		 * @param \WP_User|false $user   The user whose code it was.
		 * @param string         $factor Name of the factor.
		 * @param string         $issuer Name of the issuer or door.
		 */
		do_action( 'sallyport_two_factor_' . $what, get_userdata( $user_id ), $factor, $issuer );
	}
}
