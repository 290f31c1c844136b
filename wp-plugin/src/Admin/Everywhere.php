<?php
declare( strict_types=1 );

namespace Sallyport\WP\Admin;

use Sallyport\WP\Blog;
use Sallyport\WP\Gate\Deactivation;

/**
 * Whether Sallyport is active wherever a network's users sign in. Users are the same on every site, and on those of every other
 * network of this WordPress. Core activates it for a whole network only; a site that became a network keeps it for itself.
 */
final class Everywhere {
	/** Networks checked at most. */
	private const MOST = 100;

	/** Whether it is active for this site alone. */
	public static function is_here_alone(): bool {
		return is_multisite() && Deactivation::lists( get_option( 'active_plugins' ) ) && ! self::is_on_in( Blog::network() );
	}

	/** @return list<string> Networks in which it is inactive, if it is active in this one. */
	public static function off_in(): array {
		$networks = is_multisite() && self::is_on_in( Blog::network() ) ? get_networks( array( 'number' => self::MOST ) ) : array();
		return array_values( array_map(
			static fn ( \WP_Network $network ): string => $network->domain . $network->path,
			array_filter( $networks, static fn ( \WP_Network $network ): bool => ! self::is_on_in( (int) $network->id ) )
		) );
	}

	public static function here_alone(): string {
		return __( 'Sallyport is on for this site only. On every other site of the network a password alone is enough, even for users with a second factor and for those who run the network. Turn it on for the network: Network Admin → Plugins → Network Activate, or wp plugin activate sallyport --network.', 'sallyport' );
	}

	/** @return array<string, mixed> A result for Site Health. */
	public static function result(): array {
		if ( self::is_here_alone() ) {
			return SiteHealth::result(
				SiteHealth::CRITICAL,
				__( 'Other sites of the network can be entered with a password alone', 'sallyport' ),
				self::here_alone()
			);
		}
		$off = self::off_in();
		return array() === $off
			? SiteHealth::result(
				SiteHealth::GOOD,
				__( 'Every site of the network asks for the second factor', 'sallyport' ),
				__( 'Sallyport is on wherever its users sign in.', 'sallyport' )
			)
			: SiteHealth::result(
				SiteHealth::CRITICAL,
				__( 'Another network can be entered with a password alone', 'sallyport' ),
				__( 'The networks of this WordPress have the same users, and Sallyport is off in these. Turn it on there, too.', 'sallyport' ),
				array_fill_keys( $off, '' )
			);
	}

	private static function is_on_in( int $network ): bool {
		return Deactivation::lists( get_network_option( $network, 'active_sitewide_plugins' ) );
	}
}
