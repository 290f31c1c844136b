<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\VerifyRoutes;
use WP_REST_Request;

/** Verifying one's second factor, by better-auth's contract. */
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
			self::route(
				'/two-factor/verify-totp',
				fn ( WP_REST_Request $r ) => $verify()->verify_totp( $r ),
				'Activates a pending enrolment, completes a challenge, or steps up.',
				array( 'status' => Shapes::YES_NO ),
				array( Code::WrongCode, Code::TotpNotEnabled, Code::EnrolmentRequired, Code::EnrolmentUnconfirmed ),
				takes_enrolment: true,
			),
			self::route(
				'/two-factor/verify-otp',
				fn ( WP_REST_Request $r ) => $verify()->verify_otp( $r ),
				'Activates a pending enrolment of an e-mail address, or completes a challenge, with a mailed code.',
				array(),
				array( Code::WrongCode, Code::CodeExpired, Code::TwoFactorNotEnabled, Code::EnrolmentRequired, Code::EnrolmentUnconfirmed ),
				takes_enrolment: true,
			),
			self::route(
				'/two-factor/verify-backup-code',
				fn ( WP_REST_Request $r ) => $verify()->verify_backup_code( $r ),
				'Completes a challenge with a backup code, or steps up.',
				array(
					'session' => array(
						'title'      => 'ProvenSession',
						'type'       => 'object',
						'required'   => array( 'token', 'userId', 'createdAt', 'expiresAt' ),
						'properties' => array(
							'token'     => Shapes::TEXT,
							'userId'    => Shapes::TEXT,
							'createdAt' => Shapes::DATE,
							'expiresAt' => Shapes::DATE,
						),
					),
				),
				array( Code::WrongBackupCode, Code::BackupNotEnabled, Code::EnrolmentRequired ),
			),
		);
	}

	/**
	 * @param Closure(WP_REST_Request): mixed $callback
	 * @param array<string, mixed>            $more  Members of the answer besides the token's and the user's.
	 * @param list<Code>                      $codes Refusals besides those of all these routes.
	 */
	private static function route(
		string $path,
		Closure $callback,
		string $does,
		array $more,
		array $codes,
		bool $takes_enrolment = false,
	): Route {
		$fields = array(
			'token' => Shapes::TEXT,
			'user'  => Shapes::BETTER_AUTH_USER,
		);
		return new Route(
			'POST',
			$path,
			$callback,
			$does,
			array( 200 => Shapes::answer( $fields + $more, Shapes::BESIDE_TOKEN ) ),
			self::VERIFY,
			array( ...self::VERIFY_CODES, ...$codes ),
			takes_challenge: true,
			takes_enrolment: $takes_enrolment,
			signs_in: true,
			headers: Shapes::AUTH_TOKEN,
		);
	}
}
