<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Gate\Demand;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Store\SiteUsers;
use Sallyport\WP\Store\State;
use WP_User;

/** Lists the users without a second factor that counts; Coverage has the numbers. */
final class Missing {
	public function __construct(
		private readonly Policies $policies,
		private readonly Factors $factors,
		private readonly State $state,
	) {}

	/**
	 * @param string $role Only users with this role; '': any.
	 * @param bool   $all  Also users of whom no factor is required.
	 * @return iterable<array{user: WP_User, demand: Demand, has: list<string>}>
	 * @throws \Sallyport\WP\Refusal If the store fails.
	 */
	public function users( string $role, bool $all ): iterable {
		foreach ( SiteUsers::each( which: '' === $role ? array() : array( 'role' => $role ) ) as $user ) {
			$missing = $this->of( $user->ID );
			if ( null !== $missing && ( $all || $missing['demand']->is_required() ) ) {
				yield array( 'user' => $user ) + $missing;
			}
		}
	}

	/** @return array{demand: Demand, has: list<string>}|null What is demanded of a user, and their factors, none of which counts; null if one counts. */
	public function of( int $user_id ): ?array {
		$demand   = $this->policies->demand( $user_id );
		$enrolled = $this->state->is_enrolled( $user_id );
		// Reading a user's factors costs a query, so it is done only if it can make a difference.
		if ( $enrolled && null === $demand->factors && ! $demand->strong ) {
			return null;
		}
		$has = $enrolled ? $this->factors->enrolled( $user_id ) : array();
		return array() !== $this->policies->allowed( $user_id, $has ) ? null : array(
			'demand' => $demand,
			'has'    => $has,
		);
	}
}
