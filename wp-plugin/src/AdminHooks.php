<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Admin\Notices;
use Sallyport\WP\Security\AdminPage;
use Sallyport\WP\Settings\Page;
use Sallyport\WP\Webhook\Wake;

use function add_action; // By name alone each call would look in our namespace first.
use function add_filter;

/** Hooks that only wp-admin fires, admin-ajax.php included. A request for a page of the site does not load them. */
final class AdminHooks {
	public function __construct( private readonly Plugin $plugin ) {}

	public function register(): void {
		$p = $this->plugin;
		add_action( 'admin_menu', fn () => $p->settings_page()->add() );
		add_action( 'network_admin_menu', fn () => $p->network_settings_page()->add() );
		add_action(
			'load-settings_page_' . Page::PAGE,
			fn () => ( is_network_admin() ? $p->network_settings_page() : $p->settings_page() )->load()
		);
		foreach ( array( 'plugin_action_links_', 'network_admin_plugin_action_links_' ) as $links ) {
			add_filter( $links . plugin_basename( PLUGIN_FILE ), fn ( $links ) => $p->plugin_row()->links( $links ) );
		}
		add_filter( 'plugin_row_meta', fn ( $meta, $which ) => Hooks::is_this( $which ) ? $p->plugin_row()->meta( $meta ) : $meta, 10, 2 );
		add_filter( 'manage_users_columns', fn ( $columns ) => $p->users_list()->columns( $columns ) );
		add_filter(
			'manage_users_custom_column',
			fn ( $output, $column, $id ) => $p->users_list()->cell( $output, (string) $column, (int) $id ),
			10,
			3
		);
		add_filter( 'views_users', fn ( $views ) => $p->users_list()->views( $views ) );
		add_filter( 'users_list_table_query_args', fn ( $query ) => $p->users_list()->narrow( $query ) );
		add_action( 'pre_user_query', fn ( \WP_User_Query $query ) => $p->users_list()->ask( $query ) );
		add_action( 'restrict_manage_users', fn ( $which ) => $p->users_list()->keep( (string) $which ) );
		foreach ( array( 'load-profile.php', 'load-user-edit.php' ) as $screen ) { // user-edit.php with one's own id is the profile.
			add_action( $screen, fn () => $p->step_up()->before_screen( isset( $_GET['newuseremail'] ), self_admin_url( 'profile.php' ) ) ); // phpcs:ignore WordPress.Security.NonceVerification -- core checks it.
		}
		add_action( 'load-plugins.php', fn () => $p->deactivation()->before_screen() );
		add_action( 'load-authorize-application.php', fn () => $p->step_up()->before_screen( true, self_admin_url() ) );
		add_action( 'admin_notices', fn () => Notices::may_be_seen() && $p->notices()->show() );
		add_action( 'network_admin_notices', fn () => Notices::may_be_seen() && $p->notices()->show() );
		add_action( 'admin_init', fn () => wp_doing_ajax() || $p->privacy_policy_text()->suggest() ); // Core compares the texts at 100.
		// Core's own handler, at 1, ends the request.
		add_action( 'wp_ajax_destroy-sessions', fn () => $p->revocation()->log_out_everywhere(), 0 );
		foreach ( array( 'wp_ajax_nopriv_', 'wp_ajax_' ) as $ajax ) {
			add_action( $ajax . Wake::ACTION, fn () => $p->webhook_worker()->serve() );
		}
		// Scheduled events can get lost. On the main site the check costs no query.
		add_action( 'admin_init', fn () => ! is_main_site() || wp_next_scheduled( Housekeeping::EVENT ) || $p->housekeeping()->schedule(), 0 );
	}

	/** Action init: the page of sign-in security, and its row in the profile. */
	public function register_sign_in_security(): void {
		$p = $this->plugin;
		foreach ( array( 'admin_menu', 'user_admin_menu' ) as $menu ) {
			add_action( $menu, fn () => $p->security_page()->add() );
		}
		foreach ( array( 'load-users_page_', 'load-profile_page_' ) as $load ) { // Core's names for users who may edit users, and for all others.
			add_action( $load . AdminPage::PAGE, fn () => $p->security_page()->load() );
		}
		foreach ( array( 'show_user_profile', 'edit_user_profile' ) as $profile ) {
			add_action( $profile, fn ( $user ) => $user instanceof \WP_User && $p->security_page()->row( $user ) );
		}
		add_action( 'all_admin_notices', fn () => $p->security_page()->remind() );
		add_action( 'enqueue_block_editor_assets', fn () => $p->security_front_end()->load_editor() );
	}
}
