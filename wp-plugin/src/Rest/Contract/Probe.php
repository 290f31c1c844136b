<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Probe\Finding;
use Sallyport\WP\Probe\Verdict;
use Sallyport\WP\Rest\ProbeRoutes;
use Sallyport\WP\Rest\Route;

/** Whether this site can be entered with a password alone (docs/doors.md). */
final class Probe {
	private const FINDINGS = array(
		'title'      => 'Probe',
		'type'       => 'object',
		'required'   => array( 'time', 'current', 'doors' ),
		'properties' => array(
			'time'    => Shapes::NO_DATE,
			'current' => Shapes::YES_NO,
			'doors'   => array(
				'type'  => 'array',
				'items' => array(
					'title'      => 'Door',
					'type'       => 'object',
					'required'   => Finding::FIELDS,
					'properties' => array(
						'door'    => Shapes::TEXT,
						'verdict' => array(
							'enum' => array(
								Verdict::Shut->value,
								Verdict::Open->value,
								Verdict::NotThere->value,
								Verdict::Unknown->value,
								Verdict::NotMade->value,
							),
						),
						'reason'  => Shapes::TEXT,
						'gate'    => Shapes::TEXT,
					),
				),
			),
		),
	);

	/**
	 * @param Closure(): ProbeRoutes $probe
	 * @return list<Route>
	 */
	public static function routes( Closure $probe ): array {
		return array(
			new Route(
				'GET',
				'/probe',
				fn () => $probe()->show(),
				'Returns the results of the last probe of this site. `current` is true if the plugins are still the same, and neither SALLYPORT_DISABLE nor monitor-only lets users in.',
				array( 200 => self::FINDINGS ),
				access: 'manage_options',
			),
			new Route(
				'POST',
				'/probe',
				fn () => $probe()->run(),
				'Runs a probe: tries every door of this site with the right password of a temporary user, and no code.',
				array( 200 => self::FINDINGS ),
				codes: array( Code::StepUpRequired ),
				access: 'manage_options',
			),
		);
	}
}
