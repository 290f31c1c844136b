<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use Closure;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Store\State;
use WP_User;

/**
 * Sign-in security in wp-admin: a page of its own, because forms cannot be nested in the profile's; a row in the profile that
 * links to it; and a notice while a factor is required and missing.
 */
final class AdminPage {
	public const PAGE = 'sallyport-security';

	/**
	 * @param Closure(): OwnSecurity  $own
	 * @param Closure(): UserSecurity $others
	 */
	public function __construct(
		private readonly Closure $own,
		private readonly Closure $others,
		private readonly State $state,
		private readonly Policies $policies,
	) {}

	/** Actions admin_menu and user_admin_menu: every user with a password may have a second factor. */
	public function add(): void {
		add_submenu_page(
			self::parent(),
			__( 'Sign-in security', 'sallyport' ),
			__( 'Sign-in security', 'sallyport' ),
			'read',
			self::PAGE,
			$this->show( ... )
		);
	}

	/** Before the page: handles a submitted form, and loads what the page needs. */
	public function load(): void {
		$user_id = self::wanted();
		if ( get_current_user_id() !== $user_id && ! UserSecurity::may_be_seen( $user_id ) ) {
			wp_die( esc_html__( 'You are not allowed to do this.', 'sallyport' ), '', array( 'response' => 403 ) );
		}
		Assets::load();
		$is_own  = get_current_user_id() === $user_id;
		$is_done = ! Form::is_sent()
			|| ( $is_own ? ( $this->own )()->act( self::url() ) : ( $this->others )()->act( $user_id, self::url( $user_id ) ) );
		$title   = $is_own ? __( 'Sign-in security', 'sallyport' ) : self::title_of( get_userdata( $user_id )->user_login );
		$GLOBALS['title'] = Form::title( $title, ! $is_done ); // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- as core's own screens do.
	}

	/** @param string $name Plain text or HTML, as the title is. */
	private static function title_of( string $name ): string {
		/* translators: %s: user name. */
		return sprintf( __( 'Sign-in security of %s', 'sallyport' ), $name );
	}

	private function show(): void {
		$user_id = self::wanted();
		$user    = get_userdata( $user_id );
		$is_own  = get_current_user_id() === $user_id;
		$title   = $is_own
			? __( 'Sign-in security', 'sallyport' )
			: self::title_of( '<bdi>' . esc_html( $user ? $user->user_login : '' ) . '</bdi>' );
		echo '<div class="wrap"><h1>', wp_kses( $title, array( 'bdi' => array() ) ), '</h1>';
		echo $is_own ? ( $this->own )()->html( self::url() ) : ( $this->others )()->html( $user_id, self::url( $user_id ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- the templates escape.
		echo '</div>';
	}

	/** Actions show_user_profile and edit_user_profile: the user's state, and a link to the page. */
	public function row( WP_User $user ): void {
		$is_own = get_current_user_id() === $user->ID;
		if ( ! $is_own && ! UserSecurity::may_be_seen( $user->ID ) ) {
			return;
		}
		$is_on    = $this->state->is_enrolled( $user->ID );
		$deadline = $this->deadline( $user->ID );
		?>
		<h2><?php esc_html_e( 'Sign-in security', 'sallyport' ); ?></h2>
		<table class="form-table" role="presentation">
			<tr>
				<th scope="row"><?php esc_html_e( 'Second factor', 'sallyport' ); ?></th>
				<td>
					<p>
						<?php
						if ( null !== $deadline && $deadline <= time() ) {
							/* translators: %s: a date. */
							echo esc_html( sprintf( __( 'Off, although the policy has required one since %s.', 'sallyport' ), self::date( $deadline ) ) );
						} else {
							$is_on
								? esc_html_e( 'On: signing in takes a code in addition to the password.', 'sallyport' )
								: esc_html_e( 'Off: the password alone is enough.', 'sallyport' );
							echo null === $deadline
								? ''
								/* translators: %s: a date. */
								: ' <strong>' . esc_html( sprintf( __( 'The policy requires one from %s.', 'sallyport' ), self::date( $deadline ) ) ) . '</strong>';
						}
						?>
					</p>
					<p>
						<?php
						$text = $is_on || ! $is_own
							? __( 'Factors, backup codes, devices', 'sallyport' )
							: __( 'Set up a second factor', 'sallyport' );
						?>
						<a class="button" href="<?php echo esc_url( $is_own ? self::url() : self::url( $user->ID ) ); ?>"><?php echo esc_html( $text ); ?></a>
					</p>
				</td>
			</tr>
		</table>
		<?php
	}

	/** Action all_admin_notices, on the pages where people start: the deadline, for a user who must have a factor and has none. */
	public function remind(): void {
		// On a network: dashboard-network, and so on.
		$begins   = in_array( strtok( (string) get_current_screen()?->base, '-' ), array( 'dashboard', 'profile' ), true );
		$deadline = $begins ? $this->deadline( get_current_user_id() ) : null;
		if ( null === $deadline ) {
			return;
		}
		$text = $deadline > time()
			/* translators: %s: a date. */
			? sprintf( __( 'This site requires you to use a second factor. From %s, you cannot sign in with your password alone.', 'sallyport' ), self::date( $deadline ) )
			: __( 'This site requires you to use a second factor, and you have not set one up yet.', 'sallyport' );
		printf(
			'<div class="notice notice-warning"><p>%s <a href="%s">%s</a></p></div>',
			esc_html( $text ),
			esc_url( self::url() ),
			esc_html__( 'Set up a second factor', 'sallyport' )
		);
	}

	/** When a user without a factor must have one, Unix seconds; null if they have one, or need none. Costs no query. */
	public function deadline( int $user_id ): ?int {
		return Policies::is_disabled() || $this->state->is_enrolled( $user_id ) ? null : $this->policies->deadline( $user_id );
	}

	public static function date( int $at ): string {
		return (string) wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $at );
	}

	/** @param int $user_id 0: the current user's. */
	public static function url( int $user_id = 0 ): string {
		$file = self::parent() . '?page=' . self::PAGE . ( 0 === $user_id ? '' : '&user_id=' . $user_id );
		return is_user_admin() ? user_admin_url( $file ) : admin_url( $file );
	}

	/** The parent menu. The dashboard of a user who belongs to no site (wp-admin/user/) has no list of users. */
	private static function parent(): string {
		return current_user_can( 'edit_users' ) && ! is_user_admin() ? 'users.php' : 'profile.php';
	}

	/** URL of a user's own page, independent of the current user. */
	public static function of( WP_User $user ): string {
		return admin_url( ( user_can( $user, 'edit_users' ) ? 'users.php' : 'profile.php' ) . '?page=' . self::PAGE );
	}

	/** The user this page is about. */
	private static function wanted(): int {
		$id = $_GET['user_id'] ?? ''; // phpcs:ignore WordPress.Security -- digits, and it only asks.
		return is_string( $id ) && ctype_digit( $id ) ? (int) $id : get_current_user_id();
	}
}
