<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** A page or a mail from a file of templates/: a theme's, in its folder sallyport/, where it has one; else ours. */
final class Template {
	private const OURS = __DIR__ . '/../templates/';

	/**
	 * @param list<string>         $names Without `.php`, the most particular first; the last one is ours.
	 * @param array<string, mixed> $said  The variables of the template.
	 */
	public static function render( array $names, array $said ): string {
		$ours   = self::OURS . end( $names ) . '.php';
		$theirs = locate_template( array_map( static fn ( string $name ): string => "sallyport/$name.php", $names ) );
		try {
			return self::output( '' === $theirs ? $ours : $theirs, $said );
		} catch ( \Throwable $e ) {
			// It is shown, or goes out, whatever a theme does.
			wp_trigger_error( '', sprintf( 'Sallyport: the template %s failed: %s', $theirs, $e->getMessage() ) );
			return self::output( $ours, $said );
		}
	}

	/**
	 * A page of wp-admin's, in which themes have no say.
	 *
	 * @param string               $name Without `.php`.
	 * @param array<string, mixed> $said The variables of the template.
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
