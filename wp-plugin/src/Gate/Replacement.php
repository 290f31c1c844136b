<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Plugin_Upgrader;
use WP_Error;
use const Sallyport\WP\PLUGIN_FILE;

/**
 * Turns on core's maintenance mode while WordPress replaces the plugin's files. Between the old files and the new ones a
 * request would run without Sallyport, and a password alone would sign in. Where core updates by itself, or updates several
 * plugins at once, it has turned maintenance mode on already.
 */
final class Replacement {
	private ?Plugin_Upgrader $begun = null;

	/**
	 * Filter upgrader_source_selection, last: the package is unpacked, and the old files are about to be deleted.
	 *
	 * @param mixed $source The unpacked folder, which will replace the one of the same name.
	 * @return mixed The same.
	 */
	public function begin( mixed $source, mixed $upgrader ): mixed {
		if (
			is_string( $source )
			&& $upgrader instanceof Plugin_Upgrader
			&& basename( $source ) === dirname( plugin_basename( PLUGIN_FILE ) )
			&& ! wp_is_maintenance_mode()
		) {
			$upgrader->maintenance_mode( true );
			$this->begun = $upgrader;
		}
		return $source;
	}

	/**
	 * Filter upgrader_install_package_result, last: the new files are in place, or the old ones were kept.
	 *
	 * @return mixed The same.
	 */
	public function done( mixed $result ): mixed {
		if ( ! $result instanceof WP_Error || 'folder_exists' === $result->get_error_code() ) {
			$this->end();
		}
		return $result;
	}

	/** Action shutdown, last: if the update failed, core has restored the old files at 10, if it kept a copy. */
	public function end(): void {
		$this->begun?->maintenance_mode( false );
		$this->begun = null;
	}
}
