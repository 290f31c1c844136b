<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Gate\Demand;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Store\SiteUsers;
use Sallyport\WP\Store\State;
use WP_User;

/** Who has no second factor that counts, by name: Coverage has the numbers. */
final class Missing {
	public function __construct(
		private readonly Policies $policies,
		private readonly Factors $factors,
		private readonly State $state,
	) {}

	/**
	 * @param string $role Of this role alone; '': of any.
	 * @param bool   $all  Those, too, of whom none is required.
	 * @return iterable<array{user: WP_User, demand: Demand, has: list<string>}>
	 * @throws \Sallyport\WP\Refusal When the store fails.
	 */
	public function users( string $role, bool $all ): iterable {
		foreach ( SiteUsers::each( which: '' === $role ? array() : array( 'role' => $role ) ) as $user ) {
			$missing = $this->of( $user->ID );
			if ( null !== $missing && ( $all || $missing['demand']->is_required() ) ) {
				yield array( 'user' => $user ) + $missing;
			}
		}
	}

	/** @return array{demand: Demand, has: list<string>}|null What is demanded of a user and which factors do not count for it; null for who has one that does. */
	public function of( int $user_id ): ?array {
		$demand   = $this->policies->demand( $user_id );
		$enrolled = $this->state->is_enrolled( $user_id );
		// Which factors a user has costs a query: only where it makes a difference.
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
