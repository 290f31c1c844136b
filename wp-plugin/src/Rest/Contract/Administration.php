<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Activity\Log;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Rest\ActivityRoutes;
use Sallyport\WP\Rest\KeyRoutes;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Store\KeyState;
use WP_REST_Request;

/** Administration: keys and activity. */
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
						'state'     => array( 'enum' => array( KeyState::Next->value, KeyState::Active->value, KeyState::Retiring->value ) ),
						'source'    => Shapes::TEXT,
						'created'   => Shapes::NO_DATE,
						'changed'   => Shapes::NO_DATE,
						'until'     => Shapes::NO_DATE,
					),
				),
			),
		),
	);

	private const ACTIVITY = array(
		'title'      => 'Activity',
		'type'       => 'object',
		'required'   => array( 'items', 'total', 'pages' ),
		'properties' => array(
			'items' => array(
				'type'  => 'array',
				'items' => array(
					'title'      => 'ActivityEntry',
					'type'       => 'object',
					'required'   => Log::FIELDS,
					'properties' => array(
						'id'      => Shapes::WHOLE,
						'time'    => Shapes::DATE,
						'event'   => Shapes::TEXT,
						'user'    => array(
							'type'       => array( 'object', 'null' ),
							'required'   => array( 'ID', 'user_login' ),
							'properties' => array(
								'ID'         => Shapes::WHOLE,
								'user_login' => Shapes::TEXT,
							),
						),
						'ip'      => Shapes::TEXT,
						'device'  => Shapes::TEXT,
						'issuer'  => Shapes::TEXT,
						'outcome' => Shapes::TEXT,
						'detail'  => Shapes::OBJECT,
					),
				),
			),
			'total' => Shapes::WHOLE,
			'pages' => Shapes::WHOLE,
		),
	);

	private const WORD = array( 'maxLength' => 64 ) + Shapes::FIELD;

	/** A date means its start, in UTC. */
	private const MOMENT = array(
		'anyOf' => array(
			array(
				'type'   => 'string',
				'format' => 'date',
			),
			array(
				'type'   => 'string',
				'format' => 'date-time',
			),
		),
	);

	/**
	 * @param Closure(): ActivityRoutes $activity
	 * @return list<Route>
	 */
	public static function activity( Closure $activity ): array {
		return array(
			new Route(
				'GET',
				'/activity',
				fn ( WP_REST_Request $r ) => $activity()->show( $r ),
				'Lists the activity log of this site, newest first.',
				array( 200 => self::ACTIVITY ),
				query: array(
					'event'    => array(
						'type' => 'string',
						'enum' => array_column( Event::cases(), 'value' ),
					),
					'user'     => array( 'minimum' => 0 ) + Shapes::WHOLE,
					'ip'       => array(
						'anyOf' => array(
							array(
								'type'   => 'string',
								'format' => 'ipv4',
							),
							array(
								'type'   => 'string',
								'format' => 'ipv6',
							),
						),
					),
					'issuer'   => self::WORD,
					'outcome'  => self::WORD,
					'after'    => self::MOMENT,
					'before'   => self::MOMENT,
					'page'     => array(
						'minimum' => 1,
						'maximum' => ActivityRoutes::PAGES,
						'default' => 1,
					) + Shapes::WHOLE,
					'per_page' => array(
						'minimum' => 1,
						'maximum' => ActivityRoutes::MOST,
						'default' => ActivityRoutes::PAGE,
					) + Shapes::WHOLE,
					'format'   => array(
						'type'    => 'string',
						'enum'    => ActivityRoutes::FORMATS,
						'default' => 'json',
					),
				),
				access: 'manage_options',
				also: array( 'text/csv', 'application/x-ndjson' ),
			),
		);
	}

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
				'Lists the signing keys, without their secrets.',
				array( 200 => self::KEYS ),
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
						'enum'     => KeyRoutes::ACTIONS,
					) + Shapes::FIELD,
					'algorithm' => array( 'enum' => Engine::ALGORITHMS ) + Shapes::FIELD,
					'kid'       => Shapes::FIELD,
					'pem'       => array( 'maxLength' => KeyRoutes::PEM ) + Shapes::FIELD,
					'now'       => Shapes::FLAG,
				),
				array( Code::StepUpRequired, Code::KeyInvalid, Code::KeyUnknown, Code::KeyConflict, Code::KeysFixed ),
				access: 'manage_options',
			),
		);
	}
}
