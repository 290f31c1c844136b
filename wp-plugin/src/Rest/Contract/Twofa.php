<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Rest\Access;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\TwofaRoutes;
use WP_REST_Request;

/** Managing one's second factor, by laravel-devices' contract. */
final class Twofa {
	private const ON_TOP = array( 'retry_after' => Shapes::WHOLE );

	/**
	 * @param Closure(): TwofaRoutes $twofa
	 * @return list<Route>
	 */
	public static function routes( Closure $twofa ): array {
		return array(
			new Route(
				'GET',
				'/2fa/code',
				fn () => $twofa()->code(),
				'Returns the QR code for the authenticator app, ready for an <img>.',
				array(
					200 => array(
						'type'       => 'object',
						'required'   => array( 'code', 'uri' ),
						'properties' => array(
							'code' => array( 'pattern' => '^data:image/svg\+xml;base64,' ) + Shapes::TEXT,
							'uri'  => Shapes::TEXT,
						),
					),
				),
				codes: array( Code::AppPassword, Code::StepUpRequired, Code::TwofaNotEnabled, Code::EnrolmentUnconfirmed ),
				access: Access::SIGNED_IN,
				takes_enrolment: true,
			),
			new Route(
				'POST',
				'/2fa/verify',
				fn ( WP_REST_Request $r ) => $twofa()->verify( $r ),
				'Activates a pending enrolment, steps up the token of the request, or completes a challenge.',
				array(
					200 => array(
						'type'       => 'object',
						'required'   => array( 'message' ),
						'properties' => array(
							'message' => Shapes::TEXT,
							'device'  => Shapes::TEXT,
						) + Shapes::TOKEN_RESPONSE['properties'],
					),
				),
				array( 'code' => array( 'required' => true ) + Shapes::FIELD ) + Shapes::SECOND_STEP,
				array(
					Code::TwofaFailed,
					Code::TwofaThrottled,
					Code::ChallengeGone,
					Code::FactorUnavailable,
					Code::CodeInUrl,
					Code::WrongDoor,
					Code::AppPassword,
					Code::Locked,
					Code::EnrolmentRequired,
					Code::EnrolmentUnconfirmed,
				),
				takes_challenge: true,
				takes_enrolment: true,
				beside: self::ON_TOP,
				signs_in: true,
				about_bearer: true,
			),
			new Route(
				'PATCH',
				'/2fa/enable',
				fn () => $twofa()->enable(),
				'Begins an enrolment, which is pending until its first right code.',
				array( 200 => Shapes::MESSAGE ),
				codes: array( Code::AppPassword, Code::TwofaEnabled, Code::FactorUnavailable, Code::EnrolmentRequired, Code::EnrolmentUnconfirmed ),
				access: Access::SIGNED_IN,
				takes_enrolment: true,
			),
			new Route(
				'PATCH',
				'/2fa/disable',
				fn () => $twofa()->disable(),
				'Removes all factors of the caller, or cancels a pending enrolment.',
				array( 200 => Shapes::MESSAGE ),
				codes: array( Code::AppPassword, Code::StepUpRequired, Code::FactorRequired, Code::TwofaNotEnabled ),
				access: Access::SIGNED_IN,
			),
		);
	}
}
