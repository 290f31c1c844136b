<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\OwnFactors;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Rest\Access;
use Sallyport\WP\Rest\DeviceRoutes;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\TwoFactorRoutes;
use WP_REST_Request;

/** Managing one's second factor, by better-auth's contract. */
final class TwoFactor {
	private const PASSWORD = array(
		'password' => array( 'required' => true ) + Shapes::PASSWORD,
		'device'   => Shapes::FIELD,
	);

	private const ONE = '/two-factor/factors/(?P<id>\d{1,18}|backup_code)';

	private const LABEL = array(
		'maxLength'          => OwnFactors::LABEL,
		'x-sallyport-counts' => 'characters',
	) + Shapes::FIELD;

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
			'drift'     => Shapes::WHOLE,
		),
	);

	private const DEVICE = array(
		'title'      => 'Device',
		'type'       => 'object',
		'required'   => array( 'id', 'name', 'trusted', 'added', 'last_used', 'expires', 'this' ),
		'properties' => array(
			'id'        => Shapes::WHOLE,
			'name'      => Shapes::TEXT,
			'trusted'   => Shapes::YES_NO,
			'added'     => Shapes::DATE,
			'last_used' => Shapes::DATE,
			'expires'   => Shapes::DATE,
			'this'      => Shapes::YES_NO,
		),
	);

	/**
	 * @param Closure(): TwoFactorRoutes $two_factor
	 * @param Closure(): DeviceRoutes    $devices
	 * @return list<Route>
	 */
	public static function routes( Closure $two_factor, Closure $devices ): array {
		return array(
			new Route(
				'GET',
				'/two-factor',
				fn ( WP_REST_Request $r ) => array( 'devices' => $devices()->all( $r ) ) + $two_factor()->show(),
				'Returns the factors of the caller, and what the policy requires of them.',
				array(
					200 => Shapes::answer(
						array(
							'enabled'  => Shapes::YES_NO,
							'required' => Shapes::YES_NO,
							'deadline' => Shapes::NO_DATE,
							'factors'  => array(
								'type'  => 'array',
								'items' => self::FACTOR,
							),
							'devices'  => array(
								'type'  => 'array',
								'items' => self::DEVICE,
							),
						)
					),
				),
				codes: array( Code::EnrolmentUnconfirmed ),
				access: Access::SIGNED_IN,
				takes_enrolment: true,
			),
			new Route(
				'DELETE',
				'/two-factor/devices/(?P<id>\d{1,18})',
				fn ( WP_REST_Request $r ) => $devices()->forget( $r ),
				'Ends the trust in a device; it is unknown again.',
				array( 200 => Shapes::DELETED ),
				codes: array( Code::NoSuchDevice ),
				access: Access::SIGNED_IN,
			),
			new Route(
				'POST',
				'/two-factor/enable',
				fn ( WP_REST_Request $r ) => $two_factor()->enable( $r ),
				'Begins an enrolment, which is pending until its first right code.',
				array(
					200 => array(
						'oneOf' => array(
							Shapes::answer(
								array(
									'method'      => array( 'const' => Totp::NAME ),
									'totpURI'     => Shapes::TEXT,
									'backupCodes' => Shapes::WORDS,
								)
							),
							Shapes::answer( array( 'method' => array( 'const' => TwoFactorRoutes::MAILED ) ) ),
						),
					),
				),
				self::PASSWORD + array(
					'method'    => array( 'enum' => array( Totp::NAME, TwoFactorRoutes::MAILED ) ) + Shapes::FIELD,
					'issuer'    => array( 'maxLength' => 64 ) + Shapes::FIELD,
					'label'     => self::LABEL,
					'algorithm' => array( 'enum' => Totp::ALGORITHMS ) + Shapes::FIELD,
					'digits'    => array(
						'type'    => 'integer',
						'minimum' => Totp::DIGITS[0],
						'maximum' => Totp::DIGITS[1],
					),
					'period'    => array(
						'type'    => 'integer',
						'minimum' => Totp::PERIODS[0],
						'maximum' => Totp::PERIODS[1],
					),
				),
				array( ...Shapes::STEP_UP, Code::FactorUnavailable, Code::FactorLimit, Code::EnrolmentRequired, Code::EnrolmentUnconfirmed ),
				access: Access::SIGNED_IN,
				takes_enrolment: true,
			),
			new Route(
				'POST',
				'/two-factor/get-totp-uri',
				fn ( WP_REST_Request $r ) => $two_factor()->totp_uri( $r ),
				'Returns the `otpauth:` URI for the authenticator app.',
				array( 200 => Shapes::answer( array( 'totpURI' => Shapes::TEXT ) ) ),
				self::PASSWORD + array( 'id' => Shapes::WHOLE ),
				array( ...Shapes::STEP_UP, Code::TotpNotEnabled ),
				access: Access::SIGNED_IN,
			),
			new Route(
				'PATCH',
				self::ONE,
				fn ( WP_REST_Request $r ) => $two_factor()->rename( $r ),
				'Changes the label of a factor.',
				array( 200 => self::FACTOR ),
				array( 'label' => array( 'required' => true ) + self::LABEL ),
				array( Code::NoSuchFactor ),
				access: Access::SIGNED_IN,
			),
			new Route(
				'DELETE',
				self::ONE,
				fn ( WP_REST_Request $r ) => $two_factor()->remove( $r ),
				'Removes one factor. All other sign-ins of the caller end.',
				array( 200 => Shapes::DELETED ),
				codes: array( Code::StepUpRequired, Code::FactorRequired, Code::NoSuchFactor ),
				access: Access::SIGNED_IN,
			),
			new Route(
				'POST',
				'/two-factor/generate-backup-codes',
				fn ( WP_REST_Request $r ) => $two_factor()->generate_backup_codes( $r ),
				'Creates new backup codes; the old ones stop working.',
				array(
					200 => Shapes::answer(
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
				'Removes all factors of the caller, or cancels a pending enrolment.',
				array( 200 => Shapes::answer( array( 'status' => Shapes::YES_NO ) ) ),
				self::PASSWORD,
				array( ...Shapes::STEP_UP, Code::FactorRequired, Code::TwoFactorNotEnabled ),
				access: Access::SIGNED_IN,
			),
		);
	}
}
