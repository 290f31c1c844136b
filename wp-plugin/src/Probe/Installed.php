<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

/** The installed plugins, as named in their headers. */
final class Installed {
	/**
	 * @param string $path One of its files.
	 * @return array{title: string, version: string}|null Null if it belongs to no plugin.
	 */
	public static function of_file( string $path ): ?array {
		$name = plugin_basename( $path );
		return self::first(
			static fn ( string $main ): bool => $name === $main || ( str_contains( $main, '/' ) && str_starts_with( $name, dirname( $main ) . '/' ) )
		);
	}

	/**
	 * @param string $file The name of its main file, whatever its folder.
	 * @return array{title: string, version: string}|null
	 */
	public static function by_main( string $file ): ?array {
		return self::first( static fn ( string $main ): bool => basename( $main ) === $file );
	}

	/**
	 * @param callable(string): bool $is Given the main file, relative to the plugins folder.
	 * @return array{title: string, version: string}|null
	 */
	private static function first( callable $is ): ?array {
		require_once ABSPATH . 'wp-admin/includes/plugin.php';
		foreach ( get_plugins() + get_mu_plugins() as $main => $plugin ) {
			if ( $is( (string) $main ) ) {
				return array(
					'title'   => (string) $plugin['Name'],
					'version' => (string) $plugin['Version'],
				);
			}
		}
		return null;
	}
}
