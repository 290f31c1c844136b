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

/** Verifying one's second factor: better-auth's two-factor contract (contract section 3). */
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
	) {}

	/** Activates a pending enrolment, completes a challenge, or steps up. @return array<string, mixed> */
	public function verify_totp( WP_REST_Request $request ): array {
		$answer = $this->answer( $request, Totp::NAME );
		$verify = fn (): array => null === $answer->challenge
			? $this->activate_or_step_up( $this->gate->token_caller(), Totp::NAME, $answer )
			: $this->complete( $answer );
		[ $token, $proof, $more ] = BetterAuthWords::answering( $verify, Code::WrongCode, Code::TotpNotEnabled ) + array( 2 => array() );
		return array(
			'status' => true,
			'token'  => $token,
			'user'   => $this->user->of( $proof->user_id ),
		) + $more + $this->greeting->device();
	}

	/** The same with a code that was mailed. @return array<string, mixed> */
	public function verify_otp( WP_REST_Request $request ): array {
		$answer = $this->answer( $request, EmailCode::NAME );
		[ $token, $proof, $more ] = BetterAuthWords::answering( fn (): array => $this->verify_mailed( $answer ), Code::WrongCode, Code::TwoFactorNotEnabled ) + array( 2 => array() );
		return array(
			'token' => $token,
			'user'  => $this->user->of( $proof->user_id ),
		) + $more;
	}

	/** @return array{0: string, 1: Proof, 2?: array<string, mixed>} As activate_or_step_up() does. */
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
		[ $token, $proof ] = BetterAuthWords::answering( $verify, Code::WrongBackupCode, Code::BackupNotEnabled );
		return array(
			'token'   => $token,
			'user'    => $this->user->of( $proof->user_id ),
			'session' => array(
				'token'     => $token,
				'userId'    => (string) $proof->user_id,
				'createdAt' => BetterAuthUser::date( $proof->at ),
				'expiresAt' => BetterAuthUser::date( $proof->at + $this->tokens->lifetime() ),
			),
		) + $this->greeting->device();
	}

	/** @return array{0: string, 1: Proof} */
	private function complete( Answer $answer ): array {
		[ $response, $token, $proof ] = $this->gate->complete( $answer );
		if ( $this->issuer->name() === $proof->issuer && array() !== $this->greeting->device() ) {
			$this->greeting->greet( $response, $answer );
		}
		return array( $token, $proof );
	}

	/** @return array{0: string, 1: Proof, 2?: array<string, mixed>} An enrolment by token is a sign-in: what that is answered with comes third. */
	private function activate_or_step_up( WP_User $user, string $type, Answer $answer ): array {
		if ( array() === $this->enrolment->pending( $user->ID, $type ) ) {
			return $this->step_up( $user, $answer );
		}
		$proof = $this->enrolment->activate( $type, $user->ID, $answer->require_code(), $this->issuer->name(), time() );
		if ( null === $proof ) {
			if ( array() === $this->enrolment->active( $user->ID, $type ) ) {
				$this->verifier->announce_wrong( $type, $user->ID, $this->issuer->name() );
				throw new Refusal( Code::InvalidCode );
			}
			return $this->step_up( $user, $answer, counted: true );
		}
		SessionProof::keep_only( $user->ID, $this->presented->session( $user->ID ), $proof );
		$this->gate->admit( $proof );
		$this->gate->trust( $proof, $answer );
		[ $response, $token ] = $this->gate->mint( $proof );
		return array( $token, $proof, null === $this->presented->enrolment_token() ? array() : $response->get_data() );
	}

	/**
	 * @param bool $counted Whether the attempt is counted already.
	 * @return array{0: string, 1: Proof}
	 */
	private function step_up( WP_User $user, Answer $answer, bool $counted = false ): array {
		$first   = Proof::first_in( $this->acceptance->proof( $user->ID )->amr ?? array() );
		$proof   = $this->gate->admit( $this->verifier->confirm( $user->ID, $this->issuer->name(), $answer->require_code(), $answer->factor, time(), $counted, $first ) );
		$bearer  = $this->issuer->presented();
		$session = $this->presented->session( $user->ID );
		if ( null !== $bearer && $this->tokens->is_ours( $bearer ) ) {
			$this->tokens->continue_family( $bearer, $proof );
		} elseif ( null !== $session ) {
			SessionProof::stamp( $user->ID, $session, $proof );
		}
		$this->gate->trust( $proof, $answer );
		return array( $this->gate->mint( $proof )[1], $proof );
	}

	/** The answer, with better-auth's own names of the flags; no cookie is set here. */
	private function answer( WP_REST_Request $request, string $factor ): Answer {
		$fields = Fields::of( $request );
		$fields->flag( 'disableSession' );
		return Answer::from( $request, '', $this->presented )->by( $factor )->with( trust_device: $fields->flag( 'trustDevice' ) );
	}
}
