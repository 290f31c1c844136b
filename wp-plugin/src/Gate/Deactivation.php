<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use const Sallyport\WP\PLUGIN_FILE;

/** Deactivating Sallyport weakens every account of the site, so it requires step-up however it is done. */
final class Deactivation {
	public function __construct( private readonly StepUp $step_up ) {}

	/** Action load-plugins.php: core's screen cannot show why a plugin stays active, so step-up comes first. */
	public function before_screen(): void {
		$action = '-1' === self::sent( 'action' ) ? self::sent( 'action2' ) : self::sent( 'action' ); // The list has two action menus.
		$chosen = match ( $action ) {
			'deactivate' => array( self::sent( 'plugin' ) ),
			'deactivate-selected' => (array) wp_unslash( $_REQUEST['checked'] ?? array() ), // phpcs:ignore WordPress.Security -- core checks the nonce; compared only.
			default => array(),
		};
		$this->step_up->before_screen( self::lists( $chosen ), self_admin_url( 'plugins.php' ) );
	}

	/**
	 * Filters pre_update_option_active_plugins and pre_update_site_option_active_sitewide_plugins, last.
	 *
	 * @param mixed $active Plugin files, as values or as keys.
	 * @param mixed $before What is stored.
	 * @return mixed What is to be stored; the present value refuses the change.
	 */
	public function keep( mixed $active, mixed $before ): mixed {
		return self::lists( $before ) && ! self::lists( $active ) && null !== $this->step_up->refusal() ? $before : $active;
	}

	/**
	 * Filter pre_update_option, last: keeps Sallyport out of the list of plugins that core's recovery mode is about to pause.
	 *
	 * Recovery mode pauses a plugin that caused a fatal error, for anybody who opens the link mailed to the site's address. A
	 * request that is large enough can run out of memory in any file, so an attacker could choose the plugin.
	 *
	 * @param mixed $value Of any option.
	 */
	public static function unpaused( mixed $value, string $option ): mixed {
		if ( str_ends_with( $option, '_paused_extensions' ) && is_array( $value['plugin'] ?? null ) ) {
			unset( $value['plugin'][ dirname( plugin_basename( PLUGIN_FILE ) ) ] );
		}
		return $value;
	}

	/** @param mixed $files Plugin files, as values or as keys: whether ours is among them. */
	public static function lists( mixed $files ): bool {
		$file = plugin_basename( PLUGIN_FILE );
		return is_array( $files ) && ( isset( $files[ $file ] ) || in_array( $file, $files, true ) );
	}

	private static function sent( string $name ): string {
		$sent = $_REQUEST[ $name ] ?? ''; // phpcs:ignore WordPress.Security -- as above.
		return is_string( $sent ) ? wp_unslash( $sent ) : '';
	}
}
