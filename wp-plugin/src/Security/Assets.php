<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use const Sallyport\WP\PLUGIN_FILE;
use const Sallyport\WP\VERSION;

/** Style and script of these screens. */
final class Assets {
	private const NAME = 'sallyport-security';

	/** The same, and the style of Settings → Sallyport. */
	public static function load_settings(): void {
		self::load();
		wp_enqueue_style( 'sallyport-settings', plugins_url( 'assets/settings.css', PLUGIN_FILE ), array( self::NAME ), VERSION );
	}

	public static function load(): void {
		if ( wp_script_is( self::NAME ) ) {
			return;
		}
		wp_enqueue_style( self::NAME, plugins_url( 'assets/security.css', PLUGIN_FILE ), array(), VERSION );
		wp_enqueue_script( self::NAME, plugins_url( 'assets/security.js', PLUGIN_FILE ), array(), VERSION, array( 'strategy' => 'defer' ) );
	}
}
