<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Rest\KeyRoutes;
use Sallyport\WP\Rest\Route;
use WP_REST_Request;

/** What an administrator can do (contract section 6). */
final class Administration {
	private const KEYS = array(
		'title'      => 'SigningKeys',
		'type'       => 'object',
		'required'   => array( 'source', 'algorithm', 'keys' ),
		'properties' => array(
			'source'    => Shapes::TEXT,
			'algorithm' => array( 'enum' => Engine::ALGORITHMS ),
			'keys'      => array(
				'type'  => 'array',
				'items' => array(
					'title'      => 'SigningKey',
					'type'       => 'object',
					'required'   => array( 'kid', 'algorithm', 'state', 'source', 'created', 'changed', 'until' ),
					'properties' => array(
						'kid'       => Shapes::TEXT,
						'algorithm' => array( 'enum' => Engine::ALGORITHMS ),
						'state'     => array( 'enum' => array( 'next', 'active', 'retiring' ) ),
						'source'    => Shapes::TEXT,
						'created'   => Shapes::NO_DATE,
						'changed'   => Shapes::NO_DATE,
						'until'     => Shapes::NO_DATE,
					),
				),
			),
		),
	);

	/**
	 * @param Closure(): KeyRoutes $keys
	 * @return list<Route>
	 */
	public static function keys( Closure $keys ): array {
		return array(
			new Route(
				'GET',
				'/keys',
				fn () => $keys()->show(),
				'Lists the signing keys, without any secret.',
				array( 200 => self::KEYS ),
				codes: array( Code::NotSignedIn, Code::Forbidden ),
				access: 'manage_options',
			),
			new Route(
				'POST',
				'/keys',
				fn ( WP_REST_Request $r ) => $keys()->change( $r ),
				'Generates, rotates or retires a signing key.',
				array( 200 => self::KEYS ),
				array(
					'action'    => array(
						'required' => true,
						'enum'     => array( 'generate', 'rotate', 'retire' ),
					) + Shapes::FIELD,
					'algorithm' => array( 'enum' => Engine::ALGORITHMS ) + Shapes::FIELD,
					'kid'       => Shapes::FIELD,
					'pem'       => array( 'maxLength' => KeyRoutes::PEM ) + Shapes::FIELD,
					'now'       => Shapes::FLAG,
				),
				array( Code::NotSignedIn, Code::Forbidden, Code::StepUpRequired, Code::KeyInvalid, Code::KeyUnknown, Code::KeyConflict, Code::KeysFixed ),
				access: 'manage_options',
			),
		);
	}
}
