<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/** Finds who called a function, so that a log row can name the plugin at fault. */
final class Caller {
	/** @return array{file: string, line: string, function: string} */
	public static function of( string $callee ): array {
		$trace = debug_backtrace( DEBUG_BACKTRACE_IGNORE_ARGS, 30 ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions -- nothing else tells who asks.
		foreach ( $trace as $i => $frame ) {
			if ( $callee === $frame['function'] ) {
				return array(
					'file'     => str_replace( ABSPATH, '', (string) ( $frame['file'] ?? '' ) ),
					'line'     => (string) ( $frame['line'] ?? '' ),
					'function' => ( $trace[ $i + 1 ]['class'] ?? '' ) . ( $trace[ $i + 1 ]['type'] ?? '' ) . ( $trace[ $i + 1 ]['function'] ?? '' ),
				);
			}
		}
		return array(
			'file'     => '',
			'line'     => '',
			'function' => '',
		);
	}

	/** Whether the function is on the call stack. */
	public static function includes( string $callee ): bool {
		return in_array( $callee, array_column( debug_backtrace( DEBUG_BACKTRACE_IGNORE_ARGS ), 'function' ), true ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions -- the same.
	}
}
