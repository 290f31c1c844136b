<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ChallengeRows;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\State;

/**
 * Opens challenges after a successful first step, and finds them again.
 *
 * A challenge is bound to user, blog, issuer, password fingerprint and epoch. A user may have several; opening one does not
 * void the others.
 */
final class Challenges {
	private const PREFIX = 'spc1';

	/** Reason for a challenge that is gone only because its attempts are used up. */
	public const USED_UP = 'used_up';

	public function __construct(
		private readonly ChallengeRows $rows,
		private readonly Passwords $passwords,
		private readonly State $state,
		private readonly Activity $activity,
	) {}

	/** Whether a credential has the form of a challenge. */
	public static function is_challenge( string $credential ): bool {
		return str_starts_with( $credential, self::PREFIX . '_' );
	}

	/**
	 * Opens a challenge for a user whose first step succeeded.
	 *
	 * @param int    $attempts Attempts already charged: 1 after a wrong code that came with the password.
	 * @param string $first    Proof::PASSWORD or ::SSO.
	 * @throws Refusal If it cannot be stored.
	 */
	public function open( int $user_id, string $issuer, int $now, int $attempts = 0, string $first = Proof::PASSWORD ): Challenge {
		$token = Engine::random_token( self::PREFIX );
		$epoch = $this->state->epoch( $user_id );
		$row   = array(
			'digest'      => Engine::digest( $token ),
			'user_id'     => $user_id,
			'blog_id'     => get_current_blog_id(),
			'issuer'      => $issuer,
			'fingerprint' => $this->passwords->fingerprint( $user_id ),
			'epoch'       => $epoch,
			'first_step'  => $first,
			'attempts'    => $attempts,
			'expires_at'  => $now + Challenge::TTL,
		);
		$id = $this->rows->add( $row );
		$this->rows->delete_beyond( $user_id, Challenge::MOST );
		$this->activity->record( Event::ChallengeOpened, $user_id, $issuer );
		return new Challenge( $id, $token, $user_id, $issuer, $epoch, $first );
	}

	/**
	 * The live challenge that a client presents.
	 *
	 * @throws Refusal sallyport_challenge_gone if it expired, was completed, used up or voided, or never existed.
	 */
	public function find( #[\SensitiveParameter] string $token, int $now ): Challenge {
		$row = self::is_challenge( $token ) ? $this->rows->find( Engine::digest( $token ) ) : null;
		if ( null === $row
			|| (int) $row['consumed_at'] > 0
			|| (int) $row['expires_at'] <= $now
			|| (int) $row['blog_id'] !== get_current_blog_id()
			|| $row['epoch'] !== $this->state->epoch( (int) $row['user_id'] )
			|| ! $this->passwords->is_unchanged( (int) $row['user_id'], $row['fingerprint'] )
		) {
			throw new Refusal( Code::ChallengeGone );
		}
		if ( (int) $row['attempts'] >= Challenge::ATTEMPTS ) {
			throw new Refusal( Code::ChallengeGone, array( 'reason' => self::USED_UP ) );
		}
		return new Challenge( (int) $row['id'], $token, (int) $row['user_id'], $row['issuer'], $row['epoch'], $row['first_step'] );
	}

	/** Spends one attempt; false if none is left. */
	public function spend( Challenge $challenge, int $now ): bool {
		return $this->rows->spend( $challenge->id, Challenge::ATTEMPTS, $now );
	}

	public function attempts_left( Challenge $challenge ): int {
		return max( 0, Challenge::ATTEMPTS - $this->rows->attempts( $challenge->id ) );
	}

	/** Completes the challenge, once only: false if another request was first. */
	public function consume( Challenge $challenge, int $now ): bool {
		return $this->rows->consume( $challenge->id, $now );
	}
}
