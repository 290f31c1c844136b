<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** What the last probe of this blog found, and with which plugins: an update of one may open a door. */
final class ProbeResult {
	private const OPTION = 'sallyport_probe';

	/** @param list<array<string, string>> $doors */
	public function keep( array $doors, int $now ): void {
		$result = array(
			'time'    => $now,
			'plugins' => self::plugins(),
			'doors'   => $doors,
		);
		OwnOption::write( self::OPTION, $result, autoload: false );
	}

	/** @return array{time: int, current: bool, doors: list<array<string, string>>}|null Null before the first probe. `current`: the plugins are still the same. */
	public function read(): ?array {
		$result = get_option( self::OPTION );
		return ! is_array( $result ) || ! is_array( $result['doors'] ?? null ) ? null : array(
			'time'    => (int) ( $result['time'] ?? 0 ),
			'current' => ( $result['plugins'] ?? null ) === self::plugins(),
			'doors'   => array_values( $result['doors'] ),
		);
	}

	/** The active plugins and WordPress, with their versions, as one digest. */
	private static function plugins(): string {
		require_once ABSPATH . 'wp-admin/includes/plugin.php';
		$active   = array(
			...(array) get_option( 'active_plugins', array() ),
			...array_keys( (array) get_site_option( 'active_sitewide_plugins', array() ) ),
		);
		$versions = array_merge( array_intersect_key( get_plugins(), array_flip( array_filter( $active, 'is_string' ) ) ), get_mu_plugins() );
		$versions = array_map( static fn ( array $plugin ): string => (string) ( $plugin['Version'] ?? '' ), $versions );
		ksort( $versions );
		return hash( 'sha256', get_bloginfo( 'version' ) . ' ' . wp_json_encode( $versions ) );
	}
}
