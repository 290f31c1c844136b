<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;

/** A filter that is heard after all others of its hook: some answer at the last priority, and have come there later. */
final class LastWord {
	public static function on( string $hook, Closure $filter, int $arguments ): void {
		$put_last = static function ( mixed $value ) use ( $hook, $filter, $arguments ): mixed {
			remove_filter( $hook, $filter, PHP_INT_MAX );
			add_filter( $hook, $filter, PHP_INT_MAX, $arguments );
			return $value;
		};
		add_filter( $hook, $filter, PHP_INT_MAX, $arguments );
		add_filter( $hook, $put_last, PHP_INT_MIN );
	}
}
