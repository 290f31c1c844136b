<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\Sends;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\SendingRoutes;
use WP_REST_Request;

/** Sending codes. */
final class Sending {
	/**
	 * @param Closure(): SendingRoutes $sending
	 * @return list<Route>
	 */
	public static function routes( Closure $sending ): array {
		return array(
			new Route(
				'POST',
				'/challenge/send',
				fn ( WP_REST_Request $r ) => $sending()->send( $r ),
				'Mails a code that completes a challenge.',
				array(
					200 => array(
						'type'       => 'object',
						'required'   => array( 'sent', 'expires_in', 'resend_after' ),
						'properties' => array(
							'sent'         => array( 'const' => true ),
							'expires_in'   => Shapes::WHOLE,
							'resend_after' => array( 'const' => Sends::RESEND ),
						),
					),
				),
				array(
					'challenge' => array( 'required' => true ) + Shapes::FIELD,
					'factor'    => Shapes::FIELD,
				),
				array( Code::ChallengeGone, Code::FactorUnavailable, Code::Ambiguous, Code::Locked, Code::Throttled, Code::MailNotSent ),
				takes_challenge: true,
			),
			new Route(
				'POST',
				'/two-factor/send-otp',
				fn ( WP_REST_Request $r ) => $sending()->send_otp( $r ),
				'Mails a code: for a challenge, or to prove the e-mail address of the user who is signed in.',
				array(
					200 => array(
						'type'       => 'object',
						'required'   => array( 'status' ),
						'properties' => array( 'status' => array( 'const' => true ) ),
					),
				),
				array(
					'challenge' => Shapes::FIELD,
					'factor'    => Shapes::FIELD,
				),
				array(
					Code::NoChallenge, Code::TooManyAttempts, Code::TwoFactorNotEnabled, Code::Ambiguous, Code::AppPassword,
					Code::TokenUnproven, Code::AccountLocked, Code::Throttled, Code::MailNotSent, Code::EnrolmentUnconfirmed,
				),
				takes_challenge: true,
				takes_enrolment: true,
				about_bearer: true,
			),
		);
	}
}
