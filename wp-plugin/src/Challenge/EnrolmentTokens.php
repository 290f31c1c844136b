<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\EnrolmentTokenRows;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\State;

/**
 * Opens enrolment tokens, and finds them again. A token is 256 random bits, stored as a digest and bound to user, blog,
 * password fingerprint and epoch. An activation begins a new epoch, and so ends the user's tokens.
 */
final class EnrolmentTokens {
	private const PREFIX = 'spe1';

	public function __construct(
		private readonly EnrolmentTokenRows $rows,
		private readonly Passwords $passwords,
		private readonly State $state,
	) {}

	/** Whether a credential has the form of an enrolment token. */
	public static function is_enrolment_token( string $credential ): bool {
		return str_starts_with( $credential, self::PREFIX . '_' );
	}

	/**
	 * @param bool   $confirmed False for a token that opens nothing until confirm().
	 * @param string $first     The step that succeeded: Proof::PASSWORD or ::SSO.
	 * @return array{0: string, 1: int} The token, which is stored nowhere, and its id.
	 */
	public function open( int $user_id, bool $confirmed, int $now, string $first = Proof::PASSWORD ): array {
		$token = Engine::random_token( self::PREFIX );
		$id    = $this->rows->add(
			array(
				'digest'       => Engine::digest( $token ),
				'user_id'      => $user_id,
				'blog_id'      => get_current_blog_id(),
				'fingerprint'  => $this->passwords->fingerprint( $user_id ),
				'epoch'        => $this->state->epoch( $user_id ),
				'first_step'   => $first,
				'opened_at'    => $now,
				'confirmed_at' => $confirmed ? $now : 0,
				'expires_at'   => $now + EnrolmentToken::TTL,
			)
		);
		return array( $token, $id );
	}

	/** @throws Refusal sallyport_token_invalid if it expired, was spent or voided, or never existed. */
	public function find( #[\SensitiveParameter] string $token, int $now ): EnrolmentToken {
		$row = self::is_enrolment_token( $token ) ? $this->rows->find( Engine::digest( $token ), get_current_blog_id(), $now ) : null;
		return $this->live( $row ) ?? throw new Refusal( Code::TokenInvalid );
	}

	/** The user's token with this id; null if it is no longer live. */
	public function of( int $id, int $user_id, int $now ): ?EnrolmentToken {
		return $this->live( $this->rows->of( $id, $user_id, get_current_blog_id(), $now ) );
	}

	/** Confirms it, once only: false if it was confirmed already, or is over. */
	public function confirm( EnrolmentToken $token, int $now ): bool {
		return $this->rows->confirm( $token->id, $now );
	}

	/** Spends it, once only: false for every call but the first. */
	public function spend( EnrolmentToken $token, int $now ): bool {
		return $this->rows->spend( $token->id, $now );
	}

	/** @param array<string, string>|null $row */
	private function live( ?array $row ): ?EnrolmentToken {
		if (
			null === $row
			|| $row['epoch'] !== $this->state->epoch( (int) $row['user_id'] )
			|| ! $this->passwords->is_unchanged( (int) $row['user_id'], $row['fingerprint'] )
		) {
			return null;
		}
		return new EnrolmentToken(
			(int) $row['id'],
			(int) $row['user_id'],
			(int) $row['confirmed_at'] > 0,
			(int) $row['opened_at'],
			$row['first_step']
		);
	}
}
