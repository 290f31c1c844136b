<?php
declare( strict_types=1 );

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

// The plugin's own file is not loaded, and its hooks must not be: its classes are about to be deleted.
spl_autoload_register(
	static function ( string $name ): void {
		if ( str_starts_with( $name, 'Sallyport\\WP\\' ) ) {
			$file = __DIR__ . '/src/' . strtr( substr( $name, 13 ), '\\', '/' ) . '.php';
			if ( is_file( $file ) ) {
				require_once $file;
			}
		}
	}
);

( new \Sallyport\WP\Plugin() )->uninstall()->run();
