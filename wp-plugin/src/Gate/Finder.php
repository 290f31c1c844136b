<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use ReflectionFunction;
use ReflectionMethod;
use Throwable;
use WP_User;

/**
 * Finds the plugin whose filter identified a user by a credential that no bridge of ours knows: a filter of
 * determine_current_user, or of the authentication errors of REST or GraphQL.
 *
 * Used only after that user was refused: it calls each of the filters once more, by itself.
 */
final class Finder {
	/** Filters that run after the user was determined, in which plugins may set another user. */
	private const ERRORS = array( 'rest_authentication_errors', 'graphql_authentication_errors' );

	private static bool $asking = false;

	/** Whether a filter is being called once more. If it sets the current user, that is undone. */
	public static function is_asking(): bool {
		return self::$asking;
	}

	/** @return string The plugin's file, relative to WordPress's folder; '' if it is core, or no filter names the user again. */
	public static function of( int $user_id ): string {
		if ( self::$asking ) {
			return ''; // One of the filters asked for the current user.
		}
		self::$asking = true;
		$before       = $GLOBALS['current_user'] ?? null;
		try {
			foreach ( self::others() as $file => $filters ) {
				foreach ( $filters as $filter ) {
					if ( self::answer( $filter ) === $user_id ) {
						return $file;
					}
				}
			}
			return self::switching_to( $user_id );
		} finally {
			$GLOBALS['current_user'] = $before; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- put back as it was.
			self::$asking            = false;
		}
	}

	/** Like of(), but ignores plugins that find the user only by the cookie. */
	public static function without_cookie( int $user_id ): string {
		$cookies = $_COOKIE;
		unset( $_COOKIE[ AUTH_COOKIE ], $_COOKIE[ SECURE_AUTH_COOKIE ], $_COOKIE[ LOGGED_IN_COOKIE ] );
		try {
			return self::of( $user_id );
		} finally {
			$_COOKIE = $cookies;
		}
	}

	/**
	 * The same for the error filters that have run: which of them makes this user of an anonymous request? Core fires no
	 * action if the user does not change.
	 */
	private static function switching_to( int $user_id ): string {
		foreach ( array_filter( self::ERRORS, 'did_filter' ) as $hook ) {
			foreach ( self::others( $hook ) as $file => $filters ) {
				foreach ( $filters as $filter ) {
					$GLOBALS['current_user'] = new WP_User(); // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- as it was before the filter ran.
					self::answer( static fn () => $filter( null, null ) );
					if ( get_current_user_id() === $user_id ) {
						return $file;
					}
				}
			}
		}
		return '';
	}

	/** @return array<string, list<callable>> File => its filters, without core's and our own. */
	public static function others( string $hook = 'determine_current_user' ): array {
		$found = array();
		foreach ( $GLOBALS['wp_filter'][ $hook ]->callbacks ?? array() as $filters ) {
			foreach ( $filters as $filter ) {
				$file = self::file( $filter['function'] );
				if (
					'' !== $file
					&& ! str_starts_with( $file, WPINC . '/' )
					&& ! str_starts_with( $file, 'wp-admin/' )
					&& ! str_starts_with( $file, self::short( dirname( __DIR__, 2 ) ) . '/' )
				) {
					$found[ $file ][] = $filter['function'];
				}
			}
		}
		return $found;
	}

	private static function answer( callable $filter ): int {
		try {
			$found = $filter( false );
			return $found instanceof WP_User ? $found->ID : ( is_scalar( $found ) ? (int) $found : 0 );
		} catch ( Throwable ) {
			return 0;
		}
	}

	/** The file that defines a callback; '' if there is none. */
	public static function file( mixed $callback ): string {
		try {
			$where = match ( true ) {
				$callback instanceof Closure                             => new ReflectionFunction( $callback ),
				is_array( $callback )                                    => new ReflectionMethod( $callback[0], $callback[1] ),
				is_string( $callback ) && str_contains( $callback, '::' ) => new ReflectionMethod( ...explode( '::', $callback, 2 ) ),
				is_string( $callback )                                   => new ReflectionFunction( $callback ),
				default                                                  => new ReflectionMethod( $callback, '__invoke' ),
			};
			return self::short( (string) $where->getFileName() );
		} catch ( Throwable ) {
			return '';
		}
	}

	private static function short( string $path ): string {
		return str_replace( wp_normalize_path( ABSPATH ), '', wp_normalize_path( $path ) );
	}
}
