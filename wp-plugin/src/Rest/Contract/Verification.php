<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\VerifyRoutes;
use WP_REST_Request;

/** Verifying one's second factor, as better-auth's client does (contract section 3). */
final class Verification {
	private const VERIFY = array(
		'code'           => array( 'required' => true ) + Shapes::FIELD,
		'challenge'      => Shapes::FIELD,
		'trustDevice'    => Shapes::FLAG,
		'device'         => Shapes::FIELD,
		'disableSession' => Shapes::FLAG,
	);

	private const VERIFY_CODES = array(
		Code::CodeInUrl,
		Code::Ambiguous,
		Code::NoChallenge,
		Code::TooManyAttempts,
		Code::AccountLocked,
		Code::NotSignedIn,
		Code::AppPassword,
		Code::TokenUnproven,
		Code::WrongDoor,
	);

	/**
	 * @param Closure(): VerifyRoutes $verify
	 * @return list<Route>
	 */
	public static function routes( Closure $verify ): array {
		return array(
			new Route(
				'POST',
				'/two-factor/verify-totp',
				fn ( WP_REST_Request $r ) => $verify()->verify_totp( $r ),
				'Activates a pending enrolment, completes a challenge, or steps up.',
				array(
					200 => Shapes::answer(
						array(
							'status' => Shapes::YES_NO,
							'token'  => Shapes::TEXT,
							'user'   => Shapes::BETTER_AUTH_USER,
						),
						Shapes::BESIDE_TOKEN
					),
				),
				self::VERIFY,
				array( ...self::VERIFY_CODES, Code::WrongCode, Code::InvalidCode, Code::TotpNotEnabled, Code::EnrolmentRequired, Code::EnrolmentUnconfirmed ),
				takes_challenge: true,
				takes_enrolment: true,
				signs_in: true,
				headers: Shapes::AUTH_TOKEN,
			),
			new Route(
				'POST',
				'/two-factor/verify-otp',
				fn ( WP_REST_Request $r ) => $verify()->verify_otp( $r ),
				'Activates a pending enrolment of the address, or completes a challenge, with a code that was mailed.',
				array(
					200 => Shapes::answer(
						array(
							'token' => Shapes::TEXT,
							'user'  => Shapes::BETTER_AUTH_USER,
						),
						Shapes::BESIDE_TOKEN
					),
				),
				self::VERIFY,
				array( ...self::VERIFY_CODES, Code::WrongCode, Code::CodeExpired, Code::TwoFactorNotEnabled, Code::EnrolmentRequired, Code::EnrolmentUnconfirmed ),
				takes_challenge: true,
				takes_enrolment: true,
				signs_in: true,
				headers: Shapes::AUTH_TOKEN,
			),
			new Route(
				'POST',
				'/two-factor/verify-backup-code',
				fn ( WP_REST_Request $r ) => $verify()->verify_backup_code( $r ),
				'Completes a challenge with a backup code, or steps up.',
				array(
					200 => Shapes::answer(
						array(
							'token'   => Shapes::TEXT,
							'user'    => Shapes::BETTER_AUTH_USER,
							'session' => array( 'type' => 'object' ),
						),
						Shapes::BESIDE_TOKEN
					),
				),
				self::VERIFY,
				array( ...self::VERIFY_CODES, Code::WrongBackupCode, Code::BackupNotEnabled, Code::EnrolmentRequired ),
				takes_challenge: true,
				signs_in: true,
				headers: Shapes::AUTH_TOKEN,
			),
		);
	}
}
