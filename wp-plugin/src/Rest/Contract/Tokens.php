<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Rest\Access;
use Sallyport\WP\Rest\FamilyRoutes;
use Sallyport\WP\Rest\KeySet;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\TokenRoutes;
use WP_REST_Request;

/** Login, and the life of a token. */
final class Tokens {
	private const CREDENTIALS = array(
		'username' => Shapes::FIELD,
		'password' => Shapes::PASSWORD,
	) + Shapes::SECOND_STEP;

	private const CHALLENGE = array(
		'challenge' => array( 'required' => true ) + Shapes::FIELD,
		'code'      => array( 'required' => true ) + Shapes::FIELD,
	) + Shapes::SECOND_STEP;

	private const GIVEN = array( 'token' => Shapes::TOKEN );

	private const LIST = array(
		'type'  => 'array',
		'items' => array( 'description' => 'As that plugin defines it.' ),
	);

	private const LOGIN_CODES = array(
		...Shapes::SIGN_IN,
		Code::InvalidCredentials,
		Code::SecondFactorRequired,
		Code::BrowserRequired,
		Code::WrongDoor,
		Code::AppPassword,
		Code::Throttled,
		Code::MissingParam,
	);

	private const VALID = array(
		'title'      => 'ValidToken',
		'type'       => 'object',
		'required'   => array( 'valid', 'data' ),
		'properties' => array(
			'valid' => array( 'const' => true ),
			'data'  => Shapes::OBJECT,
		),
	);

	private const INVALID = array(
		'valid' => array(
			'required' => true,
			'const'    => false,
		),
	);

	private const FAMILY = array(
		'title'      => 'SignIn',
		'type'       => 'object',
		'required'   => array( 'id', 'device_name', 'ip', 'created', 'last_used', 'expires', 'current' ),
		'properties' => array(
			'id'          => Shapes::WHOLE,
			'device_name' => Shapes::TEXT,
			'ip'          => Shapes::TEXT,
			'created'     => Shapes::DATE,
			'last_used'   => Shapes::DATE,
			'expires'     => Shapes::DATE,
			'current'     => Shapes::YES_NO,
		),
	);

	private const JWKS = array(
		'title'      => 'KeySet',
		'type'       => 'object',
		'required'   => array( 'keys' ),
		'properties' => array(
			'keys' => array(
				'type'  => 'array',
				'items' => array(
					'required'   => array( 'kty', 'kid', 'alg' ),
					'properties' => array(
						'kty' => Shapes::TEXT,
						'kid' => Shapes::TEXT,
						'alg' => Shapes::TEXT,
					),
				) + Shapes::OBJECT,
			),
		),
	);

	/**
	 * @param Closure(): TokenRoutes $tokens
	 * @return list<Route>
	 */
	public static function logins( Closure $tokens ): array {
		return array(
			new Route(
				'POST',
				'/token',
				fn ( WP_REST_Request $r ) => $tokens()->token( $r ),
				'Signs in: takes password and code, or challenge and code, and returns a token.',
				array( 200 => Shapes::TOKEN_RESPONSE ),
				self::CREDENTIALS,
				self::LOGIN_CODES,
				headlesskey: true,
				signs_in: true,
			),
			new Route(
				'POST',
				'/login',
				fn ( WP_REST_Request $r ) => $tokens()->login( $r ),
				'Signs in as `/token` does, and also returns the profile of the user.',
				array( 200 => Shapes::TOKEN_RESPONSE ),
				self::CREDENTIALS,
				self::LOGIN_CODES,
				headlesskey: true,
				signs_in: true,
			),
			new Route(
				'POST',
				'/token/validate',
				fn ( WP_REST_Request $r ) => $tokens()->validate( $r ),
				'Says whether a token would be accepted, and returns its claims.',
				array( 200 => self::VALID ),
				self::GIVEN,
				array( Code::TokenInvalid, Code::TokenUnproven, Code::TokenStale, Code::Ambiguous, Code::MissingParam ),
				headlesskey: true,
				beside: self::INVALID,
				about_bearer: true,
			),
			new Route(
				'POST',
				'/challenge/verify',
				fn ( WP_REST_Request $r ) => $tokens()->verify( $r ),
				'Completes a challenge: returns the native answer of the issuer that opened it.',
				array( 200 => array( 'anyOf' => array( Shapes::TOKEN_RESPONSE, Shapes::OBJECT, self::LIST ) ) ), // Our answer, or another plugin's own.
				self::CHALLENGE,
				array( ...Shapes::SIGN_IN, Code::WrongDoor ),
				takes_challenge: true,
				signs_in: true,
				headers: array( 'X-Sallyport-Device' => Shapes::TEXT ),
			),
		);
	}

	/**
	 * @param Closure(): FamilyRoutes $families
	 * @param Closure(): KeySet       $key_set
	 * @return list<Route>
	 */
	public static function families( Closure $families, Closure $key_set ): array {
		return array(
			new Route(
				'POST',
				'/token/refresh',
				fn ( WP_REST_Request $r ) => $families()->refresh( $r ),
				'Exchanges a refresh token for its successor and a new access token.',
				array( 200 => Shapes::TOKEN_RESPONSE ),
				array(
					'refresh_token' => Shapes::FIELD,
					'device'        => Shapes::FIELD,
				) + self::GIVEN,
				array( Code::TokenInvalid, Code::TokenUnproven, Code::TokenStale, Code::RefreshReused, Code::MissingParam ),
				headlesskey: true,
				signs_in: true,
			),
			new Route(
				'POST',
				'/token/revoke',
				fn ( WP_REST_Request $r ) => $families()->revoke( $r ),
				'Ends the sign-in that a token belongs to, or all sign-ins of its user.',
				array( 200 => Shapes::MESSAGE ),
				self::GIVEN + array( 'all' => Shapes::FLAG ),
				array( Code::TokenInvalid, Code::TokenUnproven, Code::TokenStale, Code::Ambiguous, Code::OriginRefused, Code::MissingParam ),
				headlesskey: true,
				about_bearer: true,
			),
			new Route(
				'GET',
				'/tokens',
				fn () => $families()->all(),
				'Lists the sign-ins of the caller.',
				array(
					200 => array(
						'type'  => 'array',
						'items' => self::FAMILY,
					),
				),
				headlesskey: true,
				access: Access::SIGNED_IN,
			),
			new Route(
				'DELETE',
				'/tokens',
				fn () => $families()->end_others(),
				'Ends all other sign-ins of the caller.',
				array( 200 => Shapes::DELETED ),
				headlesskey: true,
				access: Access::SIGNED_IN,
			),
			new Route(
				'DELETE',
				'/tokens/(?P<id>\d{1,18})',
				fn ( WP_REST_Request $r ) => $families()->end( $r ),
				'Ends one sign-in of the caller.',
				array( 200 => Shapes::DELETED ),
				codes: array( Code::NoSuchToken ),
				headlesskey: true,
				access: Access::SIGNED_IN,
			),
			new Route(
				'GET',
				KeySet::ROUTE,
				fn ( WP_REST_Request $r ) => $key_set()->show( (string) $r->get_header( 'if_none_match' ) ),
				'Returns the JWK set that verifies the access tokens of this site.',
				array(
					200 => self::JWKS,
					304 => array(),
				),
				headlesskey: true,
				headers: array( 'ETag' => Shapes::TEXT ),
			),
		);
	}
}
