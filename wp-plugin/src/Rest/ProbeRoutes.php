<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Probe\Probe;
use Sallyport\WP\Store\ProbeResult;

/** The probe over REST, for administrators. */
final class ProbeRoutes {
	public function __construct(
		private readonly Probe $probe,
		private readonly ProbeResult $result,
		private readonly Gate $gate,
		private readonly Policies $policies,
	) {}

	/**
	 * GET /probe: the results of the last one.
	 *
	 * @return array{time: string|null, current: bool, doors: list<array<string, string>>}
	 */
	public function show(): array {
		$result = $this->result->read();
		return array(
			'time'    => null === $result ? null : gmdate( 'c', $result['time'] ),
			'current' => null === $this->policies->opened_by() && ( $result['current'] ?? false ),
			'doors'   => $result['doors'] ?? array(),
		);
	}

	/**
	 * POST /probe: runs one; answers as show().
	 *
	 * @return array<string, mixed>
	 */
	public function run(): array {
		$now = time();
		$this->gate->require_step_up( get_current_user_id(), $now );
		$this->probe->run( get_current_user_id(), wp_get_current_user()->user_login, $now );
		return $this->show();
	}
}
