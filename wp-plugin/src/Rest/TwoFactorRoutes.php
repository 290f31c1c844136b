<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Challenge\Verifier;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Enrolment;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Gate\SessionProof;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\State;
use Sallyport\WP\Token\AccessTokens;
use WP_REST_Request;
use WP_User;

/** Managing one's second factor: better-auth's two-factor contract (contract section 3). */
final class TwoFactorRoutes {
	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly Enrolment $enrolment,
		private readonly Verifier $verifier,
		private readonly PasswordThrottle $throttle,
		private readonly Passwords $passwords,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
		private readonly State $state,
	) {}

	/** @return array<string, mixed> */
	public function show(): array {
		$user    = wp_get_current_user();
		$factors = array_map( self::describe( ... ), $this->enrolment->active( $user->ID ) );
		$left    = $this->enrolment->backup_codes_left( $user->ID );
		if ( $left > 0 ) {
			$factors[] = array(
				'id'        => BackupCode::NAME,
				'type'      => BackupCode::NAME,
				'label'     => '',
				'added'     => null,
				'last_used' => null,
				'left'      => $left,
			);
		}
		return array(
			'enabled'  => $this->state->is_enrolled( $user->ID ),
			'required' => $this->state->is_enrolled( $user->ID ),
			'deadline' => null,
			'factors'  => $factors,
			'devices'  => array(),
		);
	}

	/** @return array<string, mixed> */
	public function enable( WP_REST_Request $request ): array {
		$user   = wp_get_current_user();
		$fields = Fields::of( $request );
		if ( Totp::NAME !== ( $fields->optional( 'method' ) ?? Totp::NAME ) ) {
			throw new Refusal( Code::FactorUnavailable );
		}
		$name = $fields->optional( 'issuer', 64 );
		$this->confirm( $user, $request );
		return array( 'method' => Totp::NAME ) + $this->enrolment->begin( $user, $name, time() );
	}

	/** @return array<string, mixed> */
	public function totp_uri( WP_REST_Request $request ): array {
		$user = wp_get_current_user();
		$this->confirm( $user, $request );
		$row = $this->enrolment->active( $user->ID )[0] ?? $this->enrolment->pending( $user->ID );
		if ( null === $row ) {
			throw new Refusal( Code::TotpNotEnabled );
		}
		return array( 'totpURI' => $this->enrolment->uri( $user, $row ) );
	}

	/** Activates a pending enrolment, completes a challenge, or steps up. @return array<string, mixed> */
	public function verify_totp( WP_REST_Request $request ): array {
		$answer = $this->answer( $request, Totp::NAME );
		$verify = fn (): array => null === $answer->challenge
			? $this->activate_or_step_up( $this->gate->token_caller(), $answer )
			: $this->complete( $answer );
		[ $token, $proof ] = self::answering( $verify, Code::WrongCode, Code::TotpNotEnabled );
		return array(
			'status' => true,
			'token'  => $token,
			'user'   => $this->user( $proof->user_id ),
		);
	}

	/** @return array<string, mixed> */
	public function verify_backup_code( WP_REST_Request $request ): array {
		$answer = $this->answer( $request, BackupCode::NAME );
		$verify = fn (): array => null === $answer->challenge
			? $this->step_up( $this->gate->token_caller(), $answer )
			: $this->complete( $answer );
		[ $token, $proof ] = self::answering( $verify, Code::WrongBackupCode, Code::BackupNotEnabled );
		return array(
			'token'   => $token,
			'user'    => $this->user( $proof->user_id ),
			'session' => array(
				'token'     => $token,
				'userId'    => (string) $proof->user_id,
				'createdAt' => self::date( $proof->at ),
				'expiresAt' => self::date( $proof->at + $this->tokens->lifetime() ),
			),
		);
	}

	/** @return array<string, mixed> */
	public function generate_backup_codes( WP_REST_Request $request ): array {
		$user = wp_get_current_user();
		if ( array() === $this->enrolment->active( $user->ID ) ) {
			throw new Refusal( Code::TwoFactorNotEnabled );
		}
		$this->confirm( $user, $request );
		return array(
			'status'      => true,
			'backupCodes' => $this->enrolment->regenerate_codes( $user->ID, time() ),
		);
	}

	/** @return array<string, mixed> */
	public function disable( WP_REST_Request $request ): array {
		$user = wp_get_current_user();
		$this->confirm( $user, $request );
		if ( $this->state->is_enrolled( $user->ID ) ) {
			$this->enrolment->disable( $user->ID, time() );
		} elseif ( ! $this->enrolment->cancel( $user->ID ) ) {
			throw new Refusal( Code::TwoFactorNotEnabled );
		}
		return array( 'status' => true );
	}

	/** @return array{0: string, 1: Proof} */
	private function complete( Answer $answer ): array {
		[ , $token, $proof ] = $this->gate->complete( $answer );
		return array( $token, $proof );
	}

	/** @return array{0: string, 1: Proof} */
	private function activate_or_step_up( WP_User $user, Answer $answer ): array {
		$pending = $this->enrolment->pending( $user->ID );
		if ( null === $pending ) {
			return $this->step_up( $user, $answer );
		}
		$proof = $this->enrolment->activate( $pending, $answer->require_code(), $this->issuer->name(), time() );
		if ( null === $proof ) {
			if ( array() === $this->enrolment->active( $user->ID ) ) {
				$this->verifier->announce_wrong( $pending->type, $user->ID, $this->issuer->name() );
				throw new Refusal( Code::InvalidCode );
			}
			return $this->step_up( $user, $answer, counted: true );
		}
		SessionProof::keep_only( $user->ID, $this->presented->session( $user->ID ), $proof );
		return array( $this->gate->mint( $this->gate->admit( $proof ) )[1], $proof );
	}

	/**
	 * @param bool $counted Whether the attempt is counted already.
	 * @return array{0: string, 1: Proof}
	 */
	private function step_up( WP_User $user, Answer $answer, bool $counted = false ): array {
		$first   = Proof::first_in( $this->acceptance->proof( $user->ID )->amr ?? array() );
		$proof   = $this->verifier->confirm( $user->ID, $this->issuer->name(), $answer->require_code(), $answer->factor, time(), $counted, $first );
		$bearer  = $this->issuer->presented();
		$session = $this->presented->session( $user->ID );
		if ( null !== $bearer && $this->tokens->is_ours( $bearer ) ) {
			$this->tokens->continue_family( $bearer, $proof );
		} elseif ( null !== $session ) {
			SessionProof::stamp( $user->ID, $session, $proof );
		}
		return array( $this->gate->mint( $this->gate->admit( $proof ) )[1], $proof );
	}

	/** The answer, with better-auth's own names of the flags; there are no trusted devices and no cookies here yet. */
	private function answer( WP_REST_Request $request, string $factor ): Answer {
		$fields = Fields::of( $request );
		$fields->flag( 'trustDevice' );
		$fields->flag( 'disableSession' );
		return Answer::from( $request, '', $this->presented )->by( $factor );
	}

	/**
	 * What reveals or weakens a factor needs the password, and for a user who has one a fresh proof: a password
	 * alone must not read the secret.
	 *
	 * @throws Refusal sallyport_step_up_required, INVALID_PASSWORD, sallyport_throttled.
	 */
	private function confirm( WP_User $user, WP_REST_Request $request ): void {
		$now = time();
		$this->gate->require_step_up( $user->ID, $now );
		$password = Fields::of( $request )->password( 'password' );
		if ( ! $this->throttle->attempt( $user->user_login, Answer::device( $request ), $now, fn (): bool => $this->passwords->is_right( $user->ID, $password ) ) ) {
			throw new Refusal( Code::BadPassword );
		}
	}

	/**
	 * Puts refusals into better-auth's words.
	 *
	 * @param callable(): array{0: string, 1: Proof} $verify
	 * @return array{0: string, 1: Proof}
	 */
	private static function answering( callable $verify, Code $wrong, Code $missing ): array {
		try {
			return $verify();
		} catch ( Refusal $refusal ) {
			throw match ( $refusal->reason ) {
				Code::InvalidCode       => $refusal->as( $wrong ),
				Code::FactorUnavailable => $refusal->as( $missing ),
				Code::ChallengeGone     => $refusal->as( Code::NoChallenge ),
				Code::Locked            => $refusal->as( Code::AccountLocked ),
				default                 => $refusal,
			};
		}
	}

	/** @return array<string, mixed> */
	private function user( int $user_id ): array {
		$user = get_userdata( $user_id );
		$date = self::date( (int) strtotime( $user->user_registered . ' UTC' ) );
		return array(
			'id'               => (string) $user_id,
			'email'            => $user->user_email,
			'emailVerified'    => false, // WordPress does not know.
			'name'             => $user->display_name,
			'image'            => null,
			'twoFactorEnabled' => $this->state->is_enrolled( $user_id ),
			'createdAt'        => $date,
			'updatedAt'        => $date, // WordPress keeps no other date.
		);
	}

	/** @return array<string, mixed> */
	private static function describe( FactorRow $row ): array {
		return array(
			'id'        => $row->id,
			'type'      => $row->type,
			'label'     => $row->label,
			'added'     => gmdate( 'c', $row->created_at ),
			'last_used' => gmdate( 'c', $row->last_used_at ),
		);
	}

	private static function date( int $time ): string {
		return gmdate( 'Y-m-d\TH:i:s\Z', $time );
	}
}
