<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use ReflectionFunction;
use ReflectionMethod;
use Throwable;
use WP_User;

/**
 * Whose filter found a user, where no bridge of ours knows the credential: one of determine_current_user, or one that REST or
 * GraphQL asks what is wrong with the request. Asked only when that user was refused: each of the filters is asked once more, alone.
 */
final class Finder {
	/** What is asked once the user was determined, and may make another of them. */
	private const ERRORS = array( 'rest_authentication_errors', 'graphql_authentication_errors' );

	private static bool $asking = false;

	/** Whether a filter is being asked once more: whom it makes the current user is put back. */
	public static function is_asking(): bool {
		return self::$asking;
	}

	/** @return string The file, below WordPress's own folder; '' if it is core, or nobody says so again. */
	public static function of( int $user_id ): string {
		if ( self::$asking ) {
			return ''; // A filter that asks who the user is.
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
			$GLOBALS['current_user'] = $before; // phpcs:ignore WordPress.WP.GlobalVariablesOverride
			self::$asking            = false;
		}
	}

	/** The same, where it is not by the cookie that a plugin finds the user as well. */
	public static function without_cookie( int $user_id ): string {
		$cookies = $_COOKIE; // phpcs:ignore WordPress.Security -- put back as it was.
		unset( $_COOKIE[ AUTH_COOKIE ], $_COOKIE[ SECURE_AUTH_COOKIE ], $_COOKIE[ LOGGED_IN_COOKIE ] );
		try {
			return self::of( $user_id );
		} finally {
			$_COOKIE = $cookies;
		}
	}

	/** Of those that were asked already: which makes this user of nobody. Made the same user once more, core tells nobody. */
	private static function switching_to( int $user_id ): string {
		foreach ( array_filter( self::ERRORS, 'did_filter' ) as $hook ) {
			foreach ( self::others( $hook ) as $file => $filters ) {
				foreach ( $filters as $filter ) {
					$GLOBALS['current_user'] = new WP_User(); // phpcs:ignore WordPress.WP.GlobalVariablesOverride
					self::answer( static fn () => $filter( null, null ) );
					if ( get_current_user_id() === $user_id ) {
						return $file;
					}
				}
			}
		}
		return '';
	}

	/** @return array<string, list<callable>> File => its filters; core's and ours are not among them. */
	public static function others( string $hook = 'determine_current_user' ): array {
		$found = array();
		foreach ( $GLOBALS['wp_filter'][ $hook ]->callbacks ?? array() as $filters ) {
			foreach ( $filters as $filter ) {
				$file = self::file( $filter['function'] );
				if ( '' !== $file && ! str_starts_with( $file, WPINC . '/' ) && ! str_starts_with( $file, 'wp-admin/' ) && ! str_starts_with( $file, self::short( dirname( __DIR__, 2 ) ) . '/' ) ) {
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

	/** Where a callback is written; '' for what is in no file. */
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
