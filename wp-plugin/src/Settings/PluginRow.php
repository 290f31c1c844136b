<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Closure;
use Sallyport\WP\Blog;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Store\State;
use Sallyport\WP\Uninstall;

/** Our row of the Plugins screen: links to start with, and what deactivating or deleting Sallyport does. */
final class PluginRow {
	/** @param Closure(): string $own URL of one's own sign-in security. */
	public function __construct(
		private readonly Settings $settings,
		private readonly State $state,
		private readonly Closure $own,
	) {}

	/**
	 * Filters plugin_action_links_… and network_admin_plugin_action_links_….
	 *
	 * @param mixed $links Core's and other plugins'.
	 * @return mixed Ours, and the same.
	 */
	public function links( mixed $links ): mixed {
		$ours = array();
		if ( Page::may_be_seen() ) {
			$ours['sallyport-settings'] = self::link( Page::url(), __( 'Settings', 'sallyport' ) );
		}
		if ( ! $this->state->is_enrolled( get_current_user_id() ) ) {
			$ours['sallyport-own'] = self::link( ( $this->own )(), __( 'Set up your second factor', 'sallyport' ) );
		}
		return is_array( $links ) ? $ours + $links : $links;
	}

	/**
	 * Filter plugin_row_meta, for our row.
	 *
	 * @param mixed $meta The row's entries.
	 * @return mixed The same, and what happens to second factors.
	 */
	public function meta( mixed $meta ): mixed {
		if ( ! is_array( $meta ) ) {
			return $meta;
		}
		$text = Uninstall::EVERYTHING === Blog::on( get_main_site_id(), fn () => $this->settings->get( 'uninstall' ) )
			? __( 'After deactivation, passwords alone are enough. Deleting it also deletes all second factors.', 'sallyport' )
			: __( 'After deactivation, passwords alone are enough. Deleting it keeps the second factors stored.', 'sallyport' );
		// On a network the main site's setting counts, and that site has the page for it.
		$may = is_main_site() && current_user_can( Page::CAPABILITY );
		return array(
			...$meta,
			esc_html( $text ) . ( $may ? ' ' . self::link( Page::of_setting( 'uninstall' ), __( 'Change what is kept', 'sallyport' ) ) : '' ),
		);
	}

	private static function link( string $url, string $text ): string {
		return '<a href="' . esc_url( $url ) . '">' . esc_html( $text ) . '</a>';
	}
}
