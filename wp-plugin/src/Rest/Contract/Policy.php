<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Gate\Rules;
use Sallyport\WP\Rest\PolicyRoutes;
use Sallyport\WP\Rest\Route;
use WP_REST_Request;

/** The policy: who must have a second factor, and which. */
final class Policy {
	private const MODE = array( 'enum' => array( 'off', 'optional', 'required' ) );

	private const MODES = array(
		'type'                 => 'object',
		'additionalProperties' => self::MODE,
	);

	private const LEVEL = array(
		'title'                => 'PolicyLevel',
		'type'                 => 'object',
		'additionalProperties' => false,
		'properties'           => array(
			'default'                 => self::MODE,
			'roles'                   => self::MODES,
			'capabilities'            => self::MODES,
			'users'                   => self::MODES,
			'sites'                   => self::MODES,
			'grace_days'              => array(
				'minimum' => 0,
				'maximum' => Rules::LONGEST,
			) + Shapes::WHOLE,
			'factors'                 => array(
				'type'                 => 'object',
				'additionalProperties' => Shapes::WORDS,
			),
			'strong_roles'            => Shapes::WORDS,
			'weak_for_administrators' => Shapes::YES_NO,
			'confirm_by_mail'         => Shapes::YES_NO,
			'monitor'                 => Shapes::YES_NO,
		),
	);

	/** Null if there is no network. */
	private const NETWORK = array( 'anyOf' => array( self::LEVEL, array( 'type' => 'null' ) ) );

	private const POLICY = array(
		'title'      => 'Policy',
		'type'       => 'object',
		'required'   => array( 'site', 'network', 'monitor', 'monitor_fixed', 'broken', 'factors' ),
		'properties' => array(
			'site'          => self::LEVEL,
			'network'       => self::NETWORK,
			'monitor'       => Shapes::YES_NO,
			'monitor_fixed' => Shapes::YES_NO,
			'broken'        => Shapes::YES_NO,
			'factors'       => Shapes::WORDS,
		),
	);

	/**
	 * @param Closure(): PolicyRoutes $policy
	 * @return list<Route>
	 */
	public static function routes( Closure $policy ): array {
		return array(
			new Route(
				'GET',
				'/policy',
				fn () => $policy()->show(),
				'Returns the policy: who must have a second factor, and which.',
				array( 200 => self::POLICY ),
				access: 'manage_options',
			),
			new Route(
				'PUT',
				'/policy',
				fn ( WP_REST_Request $r ) => $policy()->change( $r ),
				'Replaces the policy of the site or of the network; a field that is left out returns to its default.',
				array( 200 => self::POLICY ),
				array(
					'site'    => self::LEVEL,
					'network' => self::NETWORK,
				),
				array( Code::StepUpRequired, Code::PolicyLocksOut, Code::MissingParam ),
				access: 'manage_options',
			),
		);
	}
}
