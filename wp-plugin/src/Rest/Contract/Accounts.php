<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Accounts\PasswordReset;
use Sallyport\WP\Code;
use Sallyport\WP\Rest\Access;
use Sallyport\WP\Rest\AccountRoutes;
use Sallyport\WP\Rest\Route;
use WP_REST_Request;

/** Accounts and their passwords. */
final class Accounts {
	private const REQUIRED = array( 'required' => true );

	private const REGISTRATION = array(
		'username' => self::REQUIRED + Shapes::FIELD,
		'email'    => self::REQUIRED + Shapes::FIELD,
		'password' => self::REQUIRED + Shapes::PASSWORD,
		'name'     => array( 'maxLength' => AccountRoutes::NAME ) + Shapes::FIELD,
	);

	private const REGISTERED = array(
		'title'      => 'Registered',
		'type'       => 'object',
		'required'   => array( 'user_id', 'user' ),
		'properties' => array(
			'user_id'        => Shapes::WHOLE,
			'user'           => Shapes::USER,
			'token_response' => array( 'anyOf' => array( Shapes::TOKEN_RESPONSE, Shapes::ENROLMENT ) ),
		),
	);

	private const FORGOTTEN = array(
		'login'    => self::REQUIRED + Shapes::FIELD,
		'delivery' => array(
			'type' => 'string',
			'enum' => array( PasswordReset::LINK, PasswordReset::CODE ),
		),
	);

	private const RESET = array(
		'login'    => self::REQUIRED + Shapes::FIELD,
		'password' => self::REQUIRED + Shapes::PASSWORD,
		'token'    => Shapes::FIELD,
		'otp'      => Shapes::FIELD,
	);

	private const CHANGE = array(
		'current_password' => self::REQUIRED + Shapes::PASSWORD,
		'new_password'     => self::REQUIRED + Shapes::PASSWORD,
		'device'           => Shapes::FIELD,
	);

	/**
	 * @param Closure(): AccountRoutes $accounts
	 * @return list<Route>
	 */
	public static function routes( Closure $accounts ): array {
		return array(
			new Route(
				'POST',
				'/register',
				fn ( WP_REST_Request $r ) => $accounts()->register( $r ),
				'Creates an account, if the site lets people register, and signs its user in; or, if registration goes by mail, gives everybody the same answer and sends a mail.',
				array(
					201 => self::REGISTERED,
					202 => Shapes::MESSAGE,
				),
				self::REGISTRATION,
				array( Code::RegistrationRefused, Code::Throttled ),
				headlesskey: true,
				signs_in: true,
			),
			new Route(
				'POST',
				'/forgot-password',
				fn ( WP_REST_Request $r ) => $accounts()->forgot( $r ),
				'Mails a link or a code for a new password, if the user exists.',
				array( 200 => Shapes::MESSAGE ),
				self::FORGOTTEN,
				array( Code::Throttled ),
				headlesskey: true,
			),
			new Route(
				'POST',
				'/reset-password',
				fn ( WP_REST_Request $r ) => $accounts()->reset( $r ),
				'Sets a new password, with the key of the mailed link or with the mailed code.',
				array( 200 => Shapes::MESSAGE ),
				self::RESET,
				array( Code::ResetRefused, Code::Throttled ),
				headlesskey: true,
			),
			new Route(
				'POST',
				'/change-password',
				fn ( WP_REST_Request $r ) => $accounts()->change( $r ),
				'Changes the password of the caller, and ends all their sign-ins.',
				array( 200 => Shapes::MESSAGE ),
				self::CHANGE,
				array( Code::Forbidden, Code::StepUpRequired, Code::InvalidPassword, Code::Throttled ),
				headlesskey: true,
				access: Access::SIGNED_IN,
			),
		);
	}
}
