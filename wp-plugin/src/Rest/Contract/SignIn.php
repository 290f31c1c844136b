<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\SignInRoutes;
use WP_REST_Request;

/** Signing in and out, by better-auth's contract. */
final class SignIn {
	/** Fields beside either name. A challenge is opened here, and not accepted. */
	private const CREDENTIALS = array(
		'password'     => array( 'required' => true ) + Shapes::PASSWORD,
		'rememberMe'   => Shapes::FLAG,
		'code'         => Shapes::FIELD,
		'factor'       => Shapes::FIELD,
		'device'       => Shapes::FIELD,
		'device_name'  => Shapes::FIELD,
		'trust_device' => Shapes::FLAG,
	);

	private const CODES = array(
		Code::WrongCode,
		Code::FactorUnavailable,
		Code::EnrolmentRequired,
		Code::BrowserRequired,
		Code::CodeInUrl,
		Code::AccountLocked,
		Code::AppPassword,
		Code::Throttled,
	);

	private const SIGNED_IN = array(
		'title'      => 'SignedIn',
		'type'       => 'object',
		'required'   => array( 'token', 'user' ),
		'properties' => array(
			'token' => Shapes::TEXT,
			'user'  => Shapes::BETTER_AUTH_USER,
		) + Shapes::BESIDE_TOKEN,
	);

	private const REDIRECT = array(
		'title'      => 'TwoFactorRedirect',
		'type'       => 'object',
		'required'   => array( 'twoFactorRedirect', 'twoFactorMethods' ),
		'properties' => array(
			'twoFactorRedirect' => array( 'const' => true ),
			'twoFactorMethods'  => array(
				'type'  => 'array',
				'items' => array( 'enum' => array( 'totp', 'otp' ) ),
			),
		),
	);

	private const SESSION = array(
		'title'      => 'BetterAuthSession',
		'type'       => 'object',
		'required'   => array( 'id', 'token', 'userId', 'createdAt', 'updatedAt', 'expiresAt', 'ipAddress', 'userAgent' ),
		'properties' => array(
			'id'        => Shapes::TEXT,
			'token'     => Shapes::TEXT,
			'userId'    => Shapes::TEXT,
			'createdAt' => Shapes::DATE,
			'updatedAt' => Shapes::DATE,
			'expiresAt' => Shapes::DATE,
			'ipAddress' => Shapes::TEXT,
			'userAgent' => Shapes::TEXT,
		),
	);

	private const HEADERS = Shapes::AUTH_TOKEN + array(
		'X-Sallyport-Challenge' => Shapes::CHALLENGE,
		'X-Sallyport-Device'    => Shapes::TEXT,
	);

	/**
	 * @param Closure(): SignInRoutes $sign_in
	 * @return list<Route>
	 */
	public static function routes( Closure $sign_in ): array {
		$answer = array(
			200 => array(
				'oneOf' => array( self::SIGNED_IN, self::REDIRECT ),
			),
		);
		return array(
			new Route(
				'POST',
				'/sign-in/email',
				fn ( WP_REST_Request $r ) => $sign_in()->by_email( $r ),
				'Signs in with e-mail address and password: returns a token, or says that the second factor is required.',
				$answer,
				array( 'email' => array( 'required' => true ) + Shapes::FIELD ) + self::CREDENTIALS,
				array( Code::WrongEmailOrPassword, ...self::CODES ),
				signs_in: true,
				headers: self::HEADERS,
			),
			new Route(
				'POST',
				'/sign-in/username',
				fn ( WP_REST_Request $r ) => $sign_in()->by_username( $r ),
				'Signs in with user name and password; otherwise the same.',
				$answer,
				array( 'username' => array( 'required' => true ) + Shapes::FIELD ) + self::CREDENTIALS,
				array( Code::WrongUsernameOrPassword, ...self::CODES ),
				signs_in: true,
				headers: self::HEADERS,
			),
			new Route(
				'POST',
				'/sign-out',
				fn () => $sign_in()->sign_out(),
				'Ends the sign-in of the Bearer. Without a Bearer, or if that sign-in has ended, it does nothing.',
				array(
					200 => array(
						'title'      => 'SignedOut',
						'type'       => 'object',
						'required'   => array( 'success' ),
						'properties' => array( 'success' => array( 'const' => true ) ),
					),
				),
				about_bearer: true,
			),
			new Route(
				'GET',
				'/get-session',
				fn () => $sign_in()->session(),
				'Returns the sign-in of the Bearer, and its user; `null` without a Bearer.',
				array(
					200 => array(
						'oneOf' => array(
							array(
								'title'      => 'SessionAndUser',
								'type'       => 'object',
								'required'   => array( 'session', 'user' ),
								'properties' => array(
									'session' => self::SESSION,
									'user'    => Shapes::BETTER_AUTH_USER,
								),
							),
							array( 'type' => 'null' ),
						),
					),
				),
				about_bearer: true,
			),
		);
	}
}
