<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** A page or mail from a file in templates/. A theme may override it in its folder sallyport/. */
final class Template {
	private const OURS = __DIR__ . '/../templates/';

	/**
	 * @param list<string>         $names Without `.php`, the most specific first; the last one exists in our templates.
	 * @param array<string, mixed> $said  The template's variables.
	 */
	public static function render( array $names, array $said ): string {
		$ours   = self::OURS . end( $names ) . '.php';
		$theirs = locate_template( array_map( static fn ( string $name ): string => "sallyport/$name.php", $names ) );
		try {
			return self::output( '' === $theirs ? $ours : $theirs, $said );
		} catch ( \Throwable $e ) {
			// If a theme's template fails, ours is used.
			wp_trigger_error( '', sprintf( 'Sallyport: the template %s failed: %s', $theirs, $e->getMessage() ) );
			return self::output( $ours, $said );
		}
	}

	/**
	 * A page of wp-admin, which themes cannot override.
	 *
	 * @param string               $name Without `.php`.
	 * @param array<string, mixed> $said The template's variables.
	 */
	public static function own( string $name, array $said ): string {
		return self::output( self::OURS . $name . '.php', $said );
	}

	/** @param array<string, mixed> $said */
	private static function output( string $file, array $said ): string {
		$level = ob_get_level();
		ob_start();
		try {
			( static function () use ( $file, $said ): void {
				foreach ( $said as $name => $value ) {
					$$name = $value;
				}
				include $file;
			} )();
			return (string) ob_get_contents();
		} finally {
			while ( ob_get_level() > $level ) {
				ob_end_clean();
			}
		}
	}
}
