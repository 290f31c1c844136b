<?php
declare( strict_types=1 );

namespace Sallyport\WP;

defined( 'ABSPATH' ) || exit;

spl_autoload_register(
	static function ( string $name ): void {
		if ( str_starts_with( $name, __NAMESPACE__ . '\\' ) ) {
			// Not asked before whether it is there: that costs as much as loading it, and a request loads some thirty.
			@include __DIR__ . '/src/' . strtr( substr( $name, strlen( __NAMESPACE__ ) + 1 ), '\\', '/' ) . '.php'; // phpcs:ignore WordPress.PHP.NoSilencedErrors -- the same.
		}
	},
	prepend: true // Core has autoloaders of its own, which know none of these names.
);
