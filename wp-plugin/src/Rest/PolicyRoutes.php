<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Administering;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Gate\PolicyEditor;
use Sallyport\WP\Gate\Rules;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\PolicyOption;
use WP_REST_Request;

/** The policy (who must have a second factor, and which), for administrators (docs/policy.md). */
final class PolicyRoutes {
	public function __construct(
		private readonly PolicyEditor $editor,
		private readonly Policies $policies,
		private readonly Gate $gate,
		private readonly Administering $administering,
	) {}

	/**
	 * GET /policy.
	 *
	 * @return array<string, mixed>
	 */
	public function show(): array {
		return array(
			PolicyOption::SITE    => Rules::as_json( $this->editor->show( PolicyOption::SITE ) ),
			PolicyOption::NETWORK => Rules::as_json( $this->editor->show( PolicyOption::NETWORK ) ),
			'monitor'             => $this->policies->monitors(),
			'monitor_fixed'       => Policies::monitors_by_constant(),
			'broken'              => $this->policies->is_broken(),
			'factors'             => $this->editor->factors(),
		);
	}

	/**
	 * PUT /policy: {site?, network?}; answers as show(), afterwards.
	 *
	 * @return array<string, mixed>
	 */
	public function change( WP_REST_Request $request ): array {
		$now    = time();
		$caller = get_current_user_id();
		$this->gate->require_step_up( $caller, $now );
		$fields  = Fields::of( $request );
		$unknown = array_diff( $fields->names(), array( PolicyOption::SITE, PolicyOption::NETWORK ) );
		if ( array() !== $unknown ) {
			$why = static fn ( string $name ): string => $name . ' ' . __( 'is not a level of a policy.', 'sallyport' );
			throw new Refusal( Code::InvalidParam, array( 'params' => (object) array_combine( $unknown, array_map( $why, $unknown ) ) ) );
		}
		$given = array_filter(
			array(
				PolicyOption::SITE    => $fields->map( PolicyOption::SITE ),
				PolicyOption::NETWORK => $fields->map( PolicyOption::NETWORK ),
			),
			'is_array'
		);
		if ( array() === $given ) {
			throw Refusal::missing( PolicyOption::SITE );
		}
		if ( isset( $given[ PolicyOption::NETWORK ] ) && ( ! is_multisite() || ! current_user_can( 'manage_network_options' ) ) ) {
			throw new Refusal( Code::Forbidden );
		}
		// The password of an administrator without a factor must not be enough to take away the protection of others.
		$this->editor->change( $given, $caller, $now, $this->administering->has_proof( $caller ) );
		return $this->show();
	}
}
