<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Plugin_Upgrader;
use WP_Error;
use const Sallyport\WP\PLUGIN_FILE;

/**
 * While WordPress puts another version of the plugin in its place, the old files are gone and the new ones not there: a
 * request would run without it, and a password alone would sign in. Core's maintenance mode has it come back later; where
 * core updates by itself, or several plugins at once, it is on already.
 */
final class Replacement {
	private ?Plugin_Upgrader $begun = null;

	/**
	 * Filter upgrader_source_selection, last: the package is unpacked, and the old files are about to go.
	 *
	 * @param mixed $source The folder that is to take the place of one of the same name.
	 * @return mixed The same.
	 */
	public function begin( mixed $source, mixed $upgrader ): mixed {
		if ( is_string( $source ) && $upgrader instanceof Plugin_Upgrader && basename( $source ) === dirname( plugin_basename( PLUGIN_FILE ) ) && ! wp_is_maintenance_mode() ) {
			$upgrader->maintenance_mode( true );
			$this->begun = $upgrader;
		}
		return $source;
	}

	/**
	 * Filter upgrader_install_package_result, last: the new files are there, or the old ones were left.
	 *
	 * @return mixed The same.
	 */
	public function done( mixed $result ): mixed {
		if ( ! $result instanceof WP_Error || 'folder_exists' === $result->get_error_code() ) {
			$this->end();
		}
		return $result;
	}

	/** Action shutdown, last: where it failed, core has put the old files back at 10, if it kept them. */
	public function end(): void {
		$this->begun?->maintenance_mode( false );
		$this->begun = null;
	}
}
