<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Challenge\Sending;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Factor\Sends;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Gate\Presented;
use WP_REST_Request;

/** Sends codes, by our own contract and by better-auth's. */
final class SendingRoutes {
	public function __construct(
		private readonly Gate $gate,
		private readonly Challenges $challenges,
		private readonly Sending $sending,
		private readonly EmailCode $email,
		private readonly Policies $policies,
		private readonly Presented $presented,
	) {}

	/**
	 * POST /challenge/send.
	 *
	 * @return array<string, mixed>
	 */
	public function send( WP_REST_Request $request ): array {
		$this->gate->require_ready();
		$answer = Answer::from( $request, '', $this->presented );
		return array(
			'sent'         => true,
			'expires_in'   => $this->for_challenge( $answer ),
			'resend_after' => Sends::RESEND,
		);
	}

	/**
	 * POST /two-factor/send-otp: for a challenge, or to a caller who is signed in.
	 *
	 * @return array<string, mixed>
	 */
	public function send_otp( WP_REST_Request $request ): array {
		$this->gate->require_ready();
		BetterAuthWords::answering( fn () => $this->to_whom_asks( $request ), Code::WrongCode, Code::TwoFactorNotEnabled );
		return array( 'status' => true );
	}

	private function to_whom_asks( WP_REST_Request $request ): void {
		$answer = Answer::from( $request, '', $this->presented );
		if ( null !== $answer->challenge ) {
			$this->for_challenge( $answer );
		} else {
			$user_id = $this->gate->token_caller()->ID;
			if ( $this->email->is_pending( $user_id ) ) {
				$this->policies->require_enrollable( $user_id, EmailCode::NAME );
			}
			$this->sending->to_signed_in( $user_id, time() );
		}
	}

	private function for_challenge( Answer $answer ): int {
		$challenge = $this->challenges->find( $answer->require_challenge(), time() );
		$this->gate->required( $challenge->user_id );
		return $this->sending->for_challenge( $challenge, $answer->factor, time() );
	}
}
