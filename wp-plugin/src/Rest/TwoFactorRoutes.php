<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Enrolment;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\State;
use WP_REST_Request;
use WP_User;

/** Managing one's second factor: better-auth's two-factor contract (contract section 3). */
final class TwoFactorRoutes {
	/** better-auth's word for codes by mail. */
	public const MAILED = 'otp';

	public function __construct(
		private readonly Gate $gate,
		private readonly Enrolment $enrolment,
		private readonly EmailCode $email,
		private readonly PasswordThrottle $throttle,
		private readonly Passwords $passwords,
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
		$method = $fields->optional( 'method' ) ?? Totp::NAME;
		if ( ! in_array( $method, array( Totp::NAME, self::MAILED ), true ) || ( self::MAILED === $method && '' === $user->user_email ) ) {
			throw new Refusal( Code::FactorUnavailable );
		}
		$name = $fields->optional( 'issuer', 64 );
		$this->confirm( $user, $request );
		if ( self::MAILED === $method ) {
			$this->email->give_address( $user->ID, $this->enrolment->begin( $user->ID, EmailCode::NAME, time() )->id );
			return array( 'method' => self::MAILED );
		}
		return array( 'method' => Totp::NAME ) + $this->enrolment->begin_totp( $user, $name, time() );
	}

	/** @return array<string, mixed> */
	public function totp_uri( WP_REST_Request $request ): array {
		$user = wp_get_current_user();
		$this->confirm( $user, $request );
		$row = $this->enrolment->active( $user->ID, Totp::NAME )[0] ?? $this->enrolment->pending( $user->ID, Totp::NAME )[0] ?? null;
		if ( null === $row ) {
			throw new Refusal( Code::TotpNotEnabled );
		}
		return array( 'totpURI' => $this->enrolment->uri( $user, $row ) );
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
}
