<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Blog;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Store\PolicyOption;
use Sallyport\WP\Store\SiteUsers;
use Sallyport\WP\Store\State;

/** Previews whom a change of the policy affects: who would have to set up a factor, and by when. */
final class PolicyReach {
	/** How many users a preview looks at while somebody waits for the page. */
	public const MOST = 5000;

	public function __construct(
		private readonly Policies $policies,
		private readonly Factors $factors,
		private readonly State $state,
	) {}

	/**
	 * Counts the affected users by role. A user with several roles is counted for the first.
	 *
	 * `users`: all users of the role. `without`: those without a factor who must have one, or must have it sooner than before;
	 * `until` is the first deadline among them. `outdated`: those whose only factors would no longer count.
	 *
	 * @param array<string, Rules> $planned Level => its new rules, as PolicyEditor::planned() returns them.
	 * @return array{roles: array<string, array{users: int, without: int, outdated: int, until: int}>, is_all: bool} Without
	 *         the roles of which nobody is affected.
	 */
	public function of( array $planned, int $most = self::MOST ): array {
		$hit  = array();
		$left = $most;
		$seen = array();
		foreach ( isset( $planned[ PolicyOption::NETWORK ] ) ? Blog::of_network() : array( get_current_blog_id() ) as $blog_id ) {
			Blog::on( $blog_id, function () use ( $planned, &$hit, &$left, &$seen ): void {
				$before = $this->policies->levels();
				foreach ( SiteUsers::each( $left ) as $user ) {
					--$left;
					$role = $user->roles[0] ?? '';
					if ( ! isset( $seen[ "$role $user->ID" ] ) ) {
						$seen[ "$role $user->ID" ] = true;
						$hit[ $role ]              = self::added( $hit[ $role ] ?? null, $this->one( $user->ID, $before, array_merge( $before, $planned ) ) );
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
	 * The same as sentences.
	 *
	 * @param array<string, array{users: int, without: int, outdated: int, until: int}> $roles As of() returns them.
	 * @return list<array{0: string, 1: string}> Name of a role, and what happens to its users.
	 */
	public static function said( array $roles, int $now ): array {
		$said = array();
		foreach ( $roles as $role => $hit ) {
			$name   = '' === $role ? __( 'Without a role', 'sallyport' ) : translate_user_role( wp_roles()->role_names[ $role ] ?? $role );
			$said[] = array( $name, implode( ' ', self::sentences( $hit, $now ) ) );
		}
		return $said;
	}

	/**
	 * Whether somebody who can sign in now could not right after the change, without setting something up first.
	 *
	 * @param array<string, array{users: int, without: int, outdated: int, until: int}> $roles As of() returns them.
	 */
	public static function is_at_once( array $roles, int $now ): bool {
		return array() !== array_filter(
			$roles,
			static fn ( array $hit ): bool => $hit['outdated'] > 0 || ( $hit['without'] > 0 && $hit['until'] <= $now )
		);
	}

	/**
	 * @param array{users: int, without: int, outdated: int, until: int} $hit
	 * @return list<string>
	 */
	private static function sentences( array $hit, int $now ): array {
		$sentences = array();
		if ( $hit['without'] > 0 && $hit['until'] > $now ) {
			$sentences[] = sprintf(
				/* translators: 1: number of users, 2: of how many, 3: date. */
				_n( '%1$d of %2$d has no second factor and has until %3$s to set one up.', '%1$d of %2$d have no second factor and have until %3$s to set one up.', $hit['without'], 'sallyport' ),
				$hit['without'],
				$hit['users'],
				wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $hit['until'] )
			);
		} elseif ( $hit['without'] > 0 ) {
			$sentences[] = sprintf(
				/* translators: 1: number of users, 2: of how many. */
				_n( '%1$d of %2$d has no second factor and, from now on, cannot sign in or stay signed in until one is set up.', '%1$d of %2$d have no second factor and, from now on, cannot sign in or stay signed in until they set one up.', $hit['without'], 'sallyport' ),
				$hit['without'],
				$hit['users']
			);
		}
		if ( $hit['outdated'] > 0 ) {
			$sentences[] = sprintf(
				/* translators: 1: number of users, 2: of how many. */
				_n( '%1$d of %2$d has only a factor that no longer counts, and has to set up another one at the next sign-in.', '%1$d of %2$d have only a factor that no longer counts, and have to set up another one at the next sign-in.', $hit['outdated'], 'sallyport' ),
				$hit['outdated'],
				$hit['users']
			);
		}
		return $sentences;
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
		// Reading a user's factors costs a query, so it is done only if it can make a difference.
		$names    = $enrolled && ( $is->factors !== $was->factors || $is->strong !== $was->strong )
			? $this->factors->enrolled( $user_id )
			: array();
		$outdated = array() !== $names
			&& array() !== $this->policies->counting( $names, $was )
			&& array() === $this->policies->counting( $names, $is );
		return array(
			'without'  => (int) $without,
			'outdated' => (int) $outdated,
			'until'    => $without ? $is->deadline : 0,
		);
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
}
