<?php
declare( strict_types=1 );

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

// The plugin's own file is not loaded, and its hooks must not be: its classes are about to be deleted.
require __DIR__ . '/autoload.php';

( new \Sallyport\WP\Plugin() )->uninstall()->run();
