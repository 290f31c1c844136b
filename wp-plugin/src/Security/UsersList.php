<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use Closure;
use Sallyport\WP\Enrolment\Coverage;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Meta;
use Sallyport\WP\Store\State;
use WP_User_Query;

/** Second factors in the list of users: a column, and a view of those who must have one and have none. */
final class UsersList {
	private const COLUMN = 'sallyport';

	/** Query argument that filters the list, and its value. */
	private const FACTOR  = 'sallyport_factor';
	private const MISSING = 'missing';

	/** Core's query for the list, once it has run. */
	private ?WP_User_Query $listed = null;

	/**
	 * @param Closure(int): ?int  $deadline As AdminPage::deadline().
	 * @param Closure(): Coverage $coverage
	 */
	public function __construct(
		private readonly State $state,
		private readonly Meta $meta,
		private readonly Policies $policies,
		private readonly Closure $deadline,
		private readonly Closure $coverage,
	) {}

	/**
	 * URL of the list of users who must have a factor and have none that counts.
	 *
	 * @param string $role As in core's list; empty for any.
	 */
	public static function url( string $role = '' ): string {
		return add_query_arg( array_filter( array( 'role' => $role, self::FACTOR => self::MISSING ) ), admin_url( 'users.php' ) );
	}

	/** Filter manage_users_columns. */
	public function columns( mixed $columns ): mixed {
		return is_array( $columns ) ? $columns + array( self::COLUMN => __( 'Second factor', 'sallyport' ) ) : $columns;
	}

	/**
	 * Filter manage_users_custom_column. The meta is loaded for the whole page, by core or by prime(), so a row costs no query.
	 */
	public function cell( mixed $output, string $column, int $user_id ): mixed {
		return self::COLUMN === $column ? esc_html( $this->said( $user_id ) ) : $output;
	}

	private function said( int $user_id ): string {
		$this->prime();
		if ( $this->state->is_enrolled( $user_id ) ) {
			return __( 'On', 'sallyport' );
		}
		$deadline = ( $this->deadline )( $user_id );
		if ( null === $deadline ) {
			return __( 'Off', 'sallyport' );
		}
		$text = $deadline > time()
			/* translators: %s: a date. */
			? __( 'Off; required from %s', 'sallyport' )
			/* translators: %s: a date. */
			: __( 'Off; required since %s', 'sallyport' );
		return sprintf( $text, wp_date( (string) get_option( 'date_format' ), $deadline ) );
	}

	/** If the object cache outlives a request, core's cached meta is not used, and each user's is read again (adr/0038). */
	private function prime(): void {
		$listed       = null === $this->listed ? array() : $this->listed->get_results();
		$this->listed = null;
		try {
			$this->meta->prime( array_map( 'intval', array_keys( $listed ) ) ); // Core's `all_with_meta` is keyed by id.
		} catch ( Refusal ) {
			return; // Each of them then counts as a user with a factor.
		}
	}

	/** Filter views_users: a link to these users, while a factor is required of anybody. */
	public function views( mixed $views ): mixed {
		if ( ! is_array( $views ) || ( ! self::is_narrowed() && ! $this->policies->require_any() ) ) {
			return $views;
		}
		$current = ' class="current" aria-current="page"';
		$views   = self::is_narrowed() ? str_replace( $current, '', $views ) : $views;
		$views[ self::COLUMN ] = '<a href="' . esc_url( self::url() ) . '"' . ( self::is_narrowed() ? $current : '' ) . '>'
			. esc_html__( 'Second factor missing', 'sallyport' ) . '</a>';
		return $views;
	}

	/** Filter users_list_table_query_args, which only core's list fires. */
	public function narrow( mixed $query ): mixed {
		return is_array( $query ) ? array( self::FACTOR => self::is_narrowed() ? self::MISSING : '' ) + $query : $query;
	}

	/** Action pre_user_query. By a condition instead of `include`, since a site may have more users than fit into memory. */
	public function ask( WP_User_Query $query ): void {
		$this->listed = null === $query->get( self::FACTOR ) ? $this->listed : $query;
		if ( self::MISSING !== $query->get( self::FACTOR ) ) {
			return;
		}
		try {
			$query->query_where .= ' AND ' . ( $this->coverage )()->where_missing();
		} catch ( Refusal ) {
			$query->query_where .= ' AND 1 = 0'; // A notice says why.
		}
	}

	/** Action restrict_manage_users: keeps the filter when the list is searched. */
	public function keep( string $which ): void {
		if ( 'top' === $which && self::is_narrowed() ) {
			echo '<input type="hidden" name="', esc_attr( self::FACTOR ), '" value="', esc_attr( self::MISSING ), '">';
		}
	}

	private static function is_narrowed(): bool {
		return self::MISSING === Form::said( self::FACTOR );
	}
}
