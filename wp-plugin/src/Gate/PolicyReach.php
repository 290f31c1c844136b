<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Blog;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Store\PolicyOption;
use Sallyport\WP\Store\State;

/** Whom a change of the policy hits, said before it is made: who would have to set something up, and by when. */
final class PolicyReach {
	/** Users looked at, at most: it is an answer to somebody who waits for a page. */
	public const MOST = 5000;

	private const BATCH = 500;

	public function __construct(
		private readonly Policies $policies,
		private readonly Factors $factors,
		private readonly State $state,
	) {}

	/**
	 * Of each role: how many `users` it has; how many are `without` a factor and must have one, or sooner than before, and
	 * `until` when the first of them may do without; how many have one that is `outdated`, for it would not count any more.
	 * A user of several roles is one of the first.
	 *
	 * @param array<string, Rules> $planned Level => what it is going to say, as PolicyEditor::planned() answers.
	 * @return array{roles: array<string, array{users: int, without: int, outdated: int, until: int}>, is_all: bool} Roles of which nobody is hit are left out.
	 */
	public function of( array $planned ): array {
		$hit  = array();
		$left = self::MOST;
		$seen = array();
		foreach ( isset( $planned[ PolicyOption::NETWORK ] ) ? Blog::all() : array( get_current_blog_id() ) as $blog_id ) {
			Blog::on( $blog_id, function () use ( $planned, &$hit, &$left, &$seen ): void {
				$before = $this->policies->levels();
				for ( $offset = 0; $left > 0 && array() !== ( $users = self::users( $offset, min( self::BATCH, $left ) ) ); $offset += self::BATCH ) { // phpcs:ignore WordPress.CodeAnalysis.AssignmentInCondition -- one batch after the other.
					$left -= count( $users );
					foreach ( $users as $user ) {
						$role = $user->roles[0] ?? '';
						if ( ! isset( $seen[ "$role $user->ID" ] ) ) {
							$seen[ "$role $user->ID" ] = true;
							$hit[ $role ]              = self::added( $hit[ $role ] ?? null, $this->one( $user->ID, $before, array_merge( $before, $planned ) ) );
						}
					}
				}
			} );
		}
		return array(
			'roles'  => array_filter( $hit, static fn ( array $role ): bool => $role['without'] + $role['outdated'] > 0 ),
			'is_all' => $left > 0,
		);
	}

	/**
	 * @param array<string, Rules> $before
	 * @param array<string, Rules> $after
	 * @return array{without: int, outdated: int, until: int}
	 */
	private function one( int $user_id, array $before, array $after ): array {
		$was      = Policies::demanded( $before, $user_id );
		$is       = Policies::demanded( $after, $user_id );
		$enrolled = $this->state->is_enrolled( $user_id );
		$without  = ! $enrolled && $is->is_required() && ( ! $was->is_required() || $is->deadline < $was->deadline );
		// Which factors a user has costs a query: only where it may make a difference.
		$names    = $enrolled && ( $is->factors !== $was->factors || $is->strong !== $was->strong ) ? $this->factors->enrolled( $user_id ) : array();
		$outdated = array() !== $names && $this->counts( $names, $was ) && ! $this->counts( $names, $is );
		return array(
			'without'  => (int) $without,
			'outdated' => (int) $outdated,
			'until'    => $without ? $is->deadline : 0,
		);
	}

	/** @param list<string> $names */
	private function counts( array $names, Demand $demand ): bool {
		return array() !== Policy::allowed( $names, $demand, array_values( array_filter( $names, $this->factors->is_strong( ... ) ) ) );
	}

	/**
	 * @param array{users: int, without: int, outdated: int, until: int}|null $sum
	 * @param array{without: int, outdated: int, until: int}                  $one
	 * @return array{users: int, without: int, outdated: int, until: int}
	 */
	private static function added( ?array $sum, array $one ): array {
		$untils = array_filter( array( $sum['until'] ?? 0, $one['until'] ) );
		return array(
			'users'    => ( $sum['users'] ?? 0 ) + 1,
			'without'  => ( $sum['without'] ?? 0 ) + $one['without'],
			'outdated' => ( $sum['outdated'] ?? 0 ) + $one['outdated'],
			'until'    => array() === $untils ? 0 : min( $untils ),
		);
	}

	/** @return list<\WP_User> */
	private static function users( int $offset, int $number ): array {
		return get_users(
			array(
				'orderby'     => 'ID',
				'offset'      => $offset,
				'number'      => $number,
				'count_total' => false,
			)
		);
	}
}
