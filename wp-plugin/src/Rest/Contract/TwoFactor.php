<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Rest\Access;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\TwoFactorRoutes;
use WP_REST_Request;

/** Managing one's second factor, as better-auth's client does (contract section 3). */
final class TwoFactor {
	private const PASSWORD = array(
		'password' => array( 'required' => true ) + Shapes::PASSWORD,
		'device'   => Shapes::FIELD,
	);

	private const VERIFY = array(
		'code'           => array( 'required' => true ) + Shapes::FIELD,
		'challenge'      => Shapes::FIELD,
		'trustDevice'    => Shapes::FLAG,
		'disableSession' => Shapes::FLAG,
	);

	private const VERIFY_CODES = array(
		Code::CodeInUrl,
		Code::Ambiguous,
		Code::NoChallenge,
		Code::AccountLocked,
		Code::NotSignedIn,
		Code::AppPassword,
		Code::TokenUnproven,
		Code::WrongDoor,
	);

	private const USER = array(
		'title'      => 'BetterAuthUser',
		'type'       => 'object',
		'required'   => array( 'id', 'email', 'emailVerified', 'name', 'image', 'twoFactorEnabled', 'createdAt', 'updatedAt' ),
		'properties' => array(
			'id'               => Shapes::TEXT,
			'email'            => Shapes::TEXT,
			'emailVerified'    => Shapes::YES_NO,
			'name'             => Shapes::TEXT,
			'image'            => array( 'type' => array( 'string', 'null' ) ),
			'twoFactorEnabled' => Shapes::YES_NO,
			'createdAt'        => Shapes::DATE,
			'updatedAt'        => Shapes::DATE,
		),
	);

	private const FACTOR = array(
		'title'      => 'Factor',
		'type'       => 'object',
		'required'   => array( 'id', 'type', 'label', 'added', 'last_used' ),
		'properties' => array(
			'id'        => array( 'type' => array( 'integer', 'string' ) ),
			'type'      => Shapes::TEXT,
			'label'     => Shapes::TEXT,
			'added'     => Shapes::NO_DATE,
			'last_used' => Shapes::NO_DATE,
			'left'      => Shapes::WHOLE,
		),
	);

	/**
	 * @param Closure(): TwoFactorRoutes $two_factor
	 * @return list<Route>
	 */
	public static function routes( Closure $two_factor ): array {
		return array(
			new Route(
				'GET',
				'/two-factor',
				fn () => $two_factor()->show(),
				'What the caller has enrolled, and what is demanded of them.',
				array(
					200 => self::answer(
						array(
							'enabled'  => Shapes::YES_NO,
							'required' => Shapes::YES_NO,
							'deadline' => Shapes::NO_DATE,
							'factors'  => array(
								'type'  => 'array',
								'items' => self::FACTOR,
							),
							'devices'  => array( 'type' => 'array' ),
						)
					),
				),
				access: Access::SIGNED_IN,
			),
			new Route(
				'POST',
				'/two-factor/enable',
				fn ( WP_REST_Request $r ) => $two_factor()->enable( $r ),
				'Begins an enrolment, pending until its first right code.',
				array(
					200 => self::answer(
						array(
							'method'      => Shapes::TEXT,
							'totpURI'     => Shapes::TEXT,
							'backupCodes' => Shapes::WORDS,
						)
					),
				),
				self::PASSWORD + array(
					'method' => array( 'enum' => array( Totp::NAME ) ) + Shapes::FIELD,
					'issuer' => array( 'maxLength' => 64 ) + Shapes::FIELD,
				),
				array( ...Shapes::STEP_UP, Code::FactorUnavailable ),
				access: Access::SIGNED_IN,
			),
			new Route(
				'POST',
				'/two-factor/get-totp-uri',
				fn ( WP_REST_Request $r ) => $two_factor()->totp_uri( $r ),
				'The address the authenticator app reads.',
				array( 200 => self::answer( array( 'totpURI' => Shapes::TEXT ) ) ),
				self::PASSWORD,
				array( ...Shapes::STEP_UP, Code::TotpNotEnabled ),
				access: Access::SIGNED_IN,
			),
			new Route(
				'POST',
				'/two-factor/verify-totp',
				fn ( WP_REST_Request $r ) => $two_factor()->verify_totp( $r ),
				'Activates a pending enrolment, completes a challenge, or steps up.',
				array(
					200 => self::answer(
						array(
							'status' => Shapes::YES_NO,
							'token'  => Shapes::TEXT,
							'user'   => self::USER,
						)
					),
				),
				self::VERIFY,
				array( ...self::VERIFY_CODES, Code::WrongCode, Code::InvalidCode, Code::TotpNotEnabled ),
				takes_challenge: true,
			),
			new Route(
				'POST',
				'/two-factor/verify-backup-code',
				fn ( WP_REST_Request $r ) => $two_factor()->verify_backup_code( $r ),
				'Completes a challenge with a backup code, or steps up.',
				array(
					200 => self::answer(
						array(
							'token'   => Shapes::TEXT,
							'user'    => self::USER,
							'session' => array( 'type' => 'object' ),
						)
					),
				),
				self::VERIFY,
				array( ...self::VERIFY_CODES, Code::WrongBackupCode, Code::BackupNotEnabled ),
				takes_challenge: true,
			),
			new Route(
				'POST',
				'/two-factor/generate-backup-codes',
				fn ( WP_REST_Request $r ) => $two_factor()->generate_backup_codes( $r ),
				'Makes new backup codes; the old ones die.',
				array(
					200 => self::answer(
						array(
							'status'      => Shapes::YES_NO,
							'backupCodes' => Shapes::WORDS,
						)
					),
				),
				self::PASSWORD,
				array( ...Shapes::STEP_UP, Code::TwoFactorNotEnabled ),
				access: Access::SIGNED_IN,
			),
			new Route(
				'POST',
				'/two-factor/disable',
				fn ( WP_REST_Request $r ) => $two_factor()->disable( $r ),
				'Removes the second factor, or cancels a pending one.',
				array( 200 => self::answer( array( 'status' => Shapes::YES_NO ) ) ),
				self::PASSWORD,
				array( ...Shapes::STEP_UP, Code::TwoFactorNotEnabled ),
				access: Access::SIGNED_IN,
			),
		);
	}

	/**
	 * @param array<string, array<string, mixed>> $properties Each of them is always there.
	 * @return array<string, mixed>
	 */
	private static function answer( array $properties ): array {
		return array(
			'type'       => 'object',
			'required'   => array_keys( $properties ),
			'properties' => $properties,
		);
	}
}
