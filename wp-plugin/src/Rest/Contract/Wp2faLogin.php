<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Namespaces;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\Wp2faRoutes;
use WP_REST_Request;

/** WP 2FA's REST login, if that plugin is not active. */
final class Wp2faLogin {
	private const PATHS = array(
		'/login',
		'/login/(?P<user_id>[^/]+)',
		'/login/(?P<user_id>[^/]+)/(?P<token>[^/]+)',
		'/login/(?P<user_id>[^/]+)/(?P<token>[^/]+)/(?P<provider>[^/]+)',
		'/login/(?P<user_id>[^/]+)/(?P<token>[^/]+)/(?P<provider>[^/]+)/(?P<remember_device>[^/]+)',
	);

	/**
	 * @param Closure(): Wp2faRoutes $wp2fa
	 * @return list<Route>
	 */
	public static function routes( Closure $wp2fa ): array {
		return array_map(
			static fn ( string $path ): Route => new Route(
				'GET, POST',
				$path,
				fn ( WP_REST_Request $r ) => $wp2fa()->login( $r ),
				'Completes a sign-in with a code, as WP 2FA does.',
				array(
					200 => array(
						'type'       => 'object',
						'required'   => array( 'status', 'message', 'redirect_to' ),
						'properties' => array(
							'status'      => Shapes::YES_NO,
							'message'     => Shapes::TEXT,
							'redirect_to' => Shapes::TEXT,
							'token'       => Shapes::TEXT,
							'device'      => Shapes::TEXT,
							'retry_after' => Shapes::WHOLE,
						),
					),
				),
				array(
					'user_id'         => Shapes::WHOLE,
					'token'           => Shapes::FIELD,
					'provider'        => Shapes::FIELD,
					'remember_device' => Shapes::FLAG,
					'challenge'       => Shapes::FIELD,
				),
				array( Code::Ambiguous, Code::WrongDoor, Code::OriginRefused ),
				takes_challenge: true,
				beside: array( 'status' => Shapes::WHOLE ),
				namespace: Namespaces::WP2FA,
			),
			self::PATHS
		);
	}
}
