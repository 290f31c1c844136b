<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Settings;

/**
 * Who may call a route: the route's own requirement, and the setting `route_roles`.
 *
 * An entry of that setting is `path=who`: the path as in docs/rest.md without its leading slash; who is off, public,
 * signed-in, or roles separated by |. It can only close a route: `public` means no further requirement. An entry that cannot
 * be parsed turns off the route it names, and so do two entries that differ.
 */
final class Access {
	public const PUBLIC    = 'public';
	public const SIGNED_IN = 'signed-in';
	private const OFF      = 'off';
	private const NO_ROLES = array( self::OFF, self::PUBLIC, self::SIGNED_IN );

	public function __construct(
		private readonly Settings $settings,
		private readonly Presented $presented,
		private readonly Cookies $cookies,
	) {}

	public function is_off( Route $route ): bool {
		return self::OFF === $this->rule( $route );
	}

	/** Whether a route's own requirement is a capability. */
	public static function is_capability( string $access ): bool {
		return ! in_array( $access, array( self::PUBLIC, self::SIGNED_IN ), true );
	}

	/** @throws Refusal rest_not_logged_in, rest_forbidden, sallyport_route_forbidden. */
	public function require( Route $route ): void {
		$who = $this->rule( $route );
		if ( ( self::PUBLIC !== $route->access || self::PUBLIC !== $who ) && ( ! is_user_logged_in() || ! $this->is_meant( $route ) ) ) {
			throw new Refusal( Code::NotSignedIn );
		}
		if ( self::is_capability( $route->access ) && ! current_user_can( $route->access ) ) {
			throw new Refusal( Code::Forbidden );
		}
		if (
			! in_array( $who, array( self::PUBLIC, self::SIGNED_IN ), true )
			&& array() === array_intersect( explode( '|', $who ), self::roles() )
		) {
			throw new Refusal( Code::RouteForbidden );
		}
	}

	/**
	 * Whether a request that changes something was sent by a page of this site or of a listed origin, or by no browser. Only a
	 * cookie has to show that, and only where a plugin waives core's nonce: CoCart does so for any URL that contains its own.
	 */
	private function is_meant( Route $route ): bool {
		if ( 'GET' === $route->method || ! $this->is_by_cookie() || Client::is_own_script() ) {
			return true;
		}
		$nonce = $_REQUEST['_wpnonce'] ?? Client::header( 'HTTP_X_WP_NONCE' ); // phpcs:ignore WordPress.Security -- as core reads it, and verified here.
		if ( is_string( $nonce ) && false !== wp_verify_nonce( $nonce, 'wp_rest' ) ) {
			return true;
		}
		// A link to an address with `_method` is a GET.
		return 'GET' !== Client::header( 'REQUEST_METHOD' ) && $this->cookies->are_of_this_page();
	}

	/** Whether the caller sent no credential but a cookie. A request that other code makes inside a page is none. */
	private function is_by_cookie(): bool {
		$user_id = get_current_user_id();
		return defined( 'REST_REQUEST' ) && REST_REQUEST
			&& null !== $this->presented->session( $user_id )
			&& ! $this->presented->has_bearer()
			&& null === $this->presented->app_password( $user_id );
	}

	/**
	 * Whether every entry can be parsed and names a route, each route once.
	 *
	 * @param list<string> $words
	 * @param list<Route>  $routes
	 */
	public static function is_understood( array $words, array $routes ): bool {
		$names = array_map( static fn ( Route $route ): string => $route->name(), $routes );
		$named = array();
		foreach ( array_map( self::split( ... ), $words ) as [ $name, $who ] ) {
			if ( ! self::is_who( $who ) || ! in_array( $name, $names, true ) || in_array( $name, $named, true ) ) {
				return false;
			}
			$named[] = $name;
		}
		return true;
	}

	/**
	 * Whether the roles in entries that can be parsed exist on this site.
	 *
	 * @param array<string> $words
	 */
	public static function are_of_roles( array $words ): bool {
		$named = array_map( static fn ( string $word ): array => explode( '|', self::split( $word )[1] ), array_values( $words ) );
		return self::are_roles( array_diff( array_merge( ...$named ), self::NO_ROLES ) );
	}

	/**
	 * Whether this site has a role with each of these names.
	 *
	 * @param array<string> $names
	 */
	public static function are_roles( array $names ): bool {
		return $names === array_filter( $names, wp_roles()->is_role( ... ) );
	}

	/** The setting's entry for a route. */
	private function rule( Route $route ): string {
		$said = array();
		foreach ( array_map( self::split( ... ), (array) $this->settings->get( 'route_roles' ) ) as [ $name, $who ] ) {
			if ( $route->name() === $name ) {
				$said[] = self::is_who( $who ) ? $who : self::OFF;
			}
		}
		return match ( count( array_unique( $said ) ) ) {
			0       => self::PUBLIC,
			1       => $said[0],
			default => self::OFF,
		};
	}

	/** @return array{0: string, 1: string} */
	private static function split( string $word ): array {
		[ $name, $who ] = explode( '=', $word, 2 ) + array( 1 => '' );
		return array( strtolower( trim( $name, '/' ) ), $who );
	}

	private static function is_who( string $who ): bool {
		return in_array( $who, self::NO_ROLES, true )
			|| (
				1 === preg_match( '/^[a-z0-9_-]+(\|[a-z0-9_-]+)*$/D', $who ) && array() === array_intersect( explode( '|', $who ), self::NO_ROLES )
			);
	}

	/** @return list<string> The caller's roles on this site. A super admin counts as an administrator of each site. */
	private static function roles(): array {
		$roles = array_values( wp_get_current_user()->roles );
		return is_multisite() && is_super_admin() ? array( ...$roles, 'administrator' ) : $roles;
	}
}
