<?php
declare( strict_types=1 );

namespace Sallyport\WP\Notice;

/** The templates of notices: a theme's, in its folder sallyport/mail/, where it has one; else ours. */
final class Templates {
	private const OURS = __DIR__ . '/../../templates/mail/';

	public const HTML = '';
	public const TEXT = '-text';

	/**
	 * @param string $form HTML or TEXT.
	 * @return string The letter in that form.
	 */
	public static function render( Letter $letter, string $form ): string {
		$ours   = self::OURS . 'notice' . $form . '.php';
		$theirs = locate_template( array( "sallyport/mail/{$letter->name}$form.php", "sallyport/mail/notice$form.php" ) );
		try {
			return self::output( '' === $theirs ? $ours : $theirs, $letter );
		} catch ( \Throwable $e ) {
			// The mail goes out whatever a theme does.
			wp_trigger_error( '', sprintf( 'Sallyport: the template %s failed: %s', $theirs, $e->getMessage() ) );
			return self::output( $ours, $letter );
		}
	}

	/** @param Letter $letter What the template prints. */
	private static function output( string $file, Letter $letter ): string {
		$level = ob_get_level();
		ob_start();
		try {
			include $file;
			return (string) ob_get_contents();
		} finally {
			while ( ob_get_level() > $level ) {
				ob_end_clean();
			}
		}
	}
}
