<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Challenge\Verifier;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Enrolment;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Factor\Factor;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Gate\SessionProof;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\AccessTokens;
use WP_REST_Request;
use WP_User;

/** Verifying one's second factor, by better-auth's contract. */
final class VerifyRoutes {
	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly Enrolment $enrolment,
		private readonly Verifier $verifier,
		private readonly Challenges $challenges,
		private readonly EmailCode $email,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
		private readonly BetterAuthUser $user,
		private readonly Greeting $greeting,
		private readonly DeviceCookie $device_cookie,
	) {}

	/**
	 * Activates a pending enrolment, completes a challenge, or steps up.
	 *
	 * @return array<string, mixed>
	 */
	public function verify_totp( WP_REST_Request $request ): array {
		$answer = $this->answer( $request, Totp::NAME );
		$verify = fn (): array => null === $answer->challenge
			? $this->activate_or_step_up( $this->gate->token_caller(), Totp::NAME, $answer )
			: $this->complete( $answer );
		return array( 'status' => true ) + $this->answering( $request, $verify, Code::WrongCode, Code::TotpNotEnabled )[0];
	}

	/**
	 * The same with a mailed code.
	 *
	 * @return array<string, mixed>
	 */
	public function verify_otp( WP_REST_Request $request ): array {
		$answer = $this->answer( $request, EmailCode::NAME );
		return $this->answering( $request, fn (): array => $this->verify_mailed( $answer ), Code::WrongCode, Code::TwoFactorNotEnabled )[0];
	}

	/** @return array{0: array<string, mixed>, 1: Proof} */
	private function verify_mailed( Answer $answer ): array {
		if ( null !== $answer->challenge ) {
			$challenge = $this->challenges->find( $answer->challenge, time() );
			$this->email->require_live_code( $challenge->user_id, $challenge->id, time() );
			return $this->complete( $answer );
		}
		$user = $this->gate->token_caller();
		$this->email->require_live_code( $user->ID, Factor::SIGNED_IN, time() );
		return $this->activate_or_step_up( $user, EmailCode::NAME, $answer );
	}

	/** @return array<string, mixed> */
	public function verify_backup_code( WP_REST_Request $request ): array {
		$answer = $this->answer( $request, BackupCode::NAME );
		$verify = fn (): array => null === $answer->challenge
			? $this->step_up( $this->gate->token_caller(), $answer )
			: $this->complete( $answer );
		[ $body, $proof ] = $this->answering( $request, $verify, Code::WrongBackupCode, Code::BackupNotEnabled );
		$session = array(
			'token'     => $body['token'],
			'userId'    => (string) $proof->user_id,
			'createdAt' => BetterAuthUser::date( $proof->at ),
			'expiresAt' => BetterAuthUser::date( $proof->at + $this->tokens->lifetime() ),
		);
		return $body + array( 'session' => $session );
	}

	/**
	 * @param callable(): array{0: array<string, mixed>, 1: Proof} $verify
	 * @return array{0: array<string, mixed>, 1: Proof} The answer, and the proof.
	 */
	private function answering( WP_REST_Request $request, callable $verify, Code $wrong, Code $missing ): array {
		$verified = BetterAuthWords::answering( $verify, $wrong, $missing );
		$this->device_cookie->give( $request );
		return $verified;
	}

	/** @return array{0: array<string, mixed>, 1: Proof} */
	private function complete( Answer $answer ): array {
		[ $response, $token, $proof ] = $this->gate->complete( $answer );
		$is_ours = Sallyport::NAME === $proof->issuer;
		return array(
			$this->user->signed_in( $proof->user_id, $token, $is_ours ? $this->greeting->greet( $response, $answer )->get_data() : array() ),
			$proof,
		);
	}

	/** @return array{0: array<string, mixed>, 1: Proof} */
	private function activate_or_step_up( WP_User $user, string $type, Answer $answer ): array {
		if ( array() === $this->enrolment->pending( $user->ID, $type ) ) {
			return $this->step_up( $user, $answer );
		}
		$proof = $this->enrolment->activate( $type, $user->ID, $answer->require_code(), Sallyport::NAME, time() );
		if ( null === $proof ) {
			if ( array() === $this->enrolment->active( $user->ID, $type ) ) {
				$this->verifier->announce_wrong( $type, $user->ID, Sallyport::NAME );
				throw new Refusal( Code::InvalidCode );
			}
			return $this->step_up( $user, $answer, counted: true );
		}
		SessionProof::keep_only( $user->ID, $this->presented->session( $user->ID ), $proof );
		$this->gate->admit( $proof );
		$this->gate->trust( $proof, $answer );
		return $this->minted( $proof );
	}

	/**
	 * @param bool $counted Whether the attempt is already counted.
	 * @return array{0: array<string, mixed>, 1: Proof}
	 */
	private function step_up( WP_User $user, Answer $answer, bool $counted = false ): array {
		$first   = $this->acceptance->first_step( $user->ID );
		$proof   = $this->gate->admit(
			$this->verifier->confirm( $user->ID, Sallyport::NAME, $answer->require_code(), $answer->factor, time(), $counted, $first )
		);
		$bearer  = $this->issuer->presented();
		$session = $this->presented->session( $user->ID );
		if ( null !== $bearer && $this->tokens->is_ours( $bearer ) ) {
			$this->tokens->continue_family( $bearer, $proof );
		} elseif ( null === $bearer && null !== $session ) {
			SessionProof::stamp( $user->ID, $session, $proof );
		}
		$this->gate->trust( $proof, $answer );
		return $this->minted( $proof );
	}

	/** @return array{0: array<string, mixed>, 1: Proof} */
	private function minted( Proof $proof ): array {
		[ $response, $token ] = $this->gate->mint( $proof );
		return array(
			$this->user->signed_in(
				$proof->user_id,
				$token,
				$response->get_data() + $this->greeting->device() + $this->greeting->codes_left( $proof->user_id )
			),
			$proof,
		);
	}

	/** The client's answer, with better-auth's names of the flags. There is no session cookie that could be left out. */
	private function answer( WP_REST_Request $request, string $factor ): Answer {
		$fields = Fields::of( $request );
		$fields->flag( 'disableSession' );
		return Answer::from( $request, '', $this->presented )->by( $factor )->with( trust_device: $fields->flag( 'trustDevice' ) );
	}
}
