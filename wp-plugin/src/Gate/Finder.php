<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use ReflectionFunction;
use ReflectionMethod;
use Throwable;

/**
 * Whose filter of determine_current_user found a user, where no bridge of ours knows the credential. Asked only when that
 * user was refused: each of the filters is asked once more, alone.
 */
final class Finder {
	private static bool $asking = false;

	/** @return string The file, below WordPress's own folder; '' if it is core, or nobody says so again. */
	public static function of( int $user_id ): string {
		if ( self::$asking ) {
			return ''; // A filter that asks who the user is.
		}
		self::$asking = true;
		try {
			foreach ( self::others() as $file => $filters ) {
				foreach ( $filters as $filter ) {
					if ( self::answer( $filter ) === $user_id ) {
						return $file;
					}
				}
			}
			return '';
		} finally {
			self::$asking = false;
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
			return $found instanceof \WP_User ? $found->ID : ( is_scalar( $found ) ? (int) $found : 0 );
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
