<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Code;
use WP_Error;

/** The input field for a code. The element with the id HELP describes it. */
final class CodeField {
	public const NAME = 'sallyport_code';
	public const HELP = 'sallyport-help';

	/** Errors that mean the code is wrong; others, such as a mail that was not sent, say nothing about it. */
	private const WRONG = array( Code::InvalidCode, Code::InvalidParam, Code::MissingParam );

	/**
	 * @param WP_Error $errors  The page's errors, from Wrong.
	 * @param bool     $digits  Whether the code consists of digits only, as an app's does.
	 * @param bool     $focused Whether it gets the focus at once.
	 */
	public static function html( WP_Error $errors, bool $digits = false, bool $focused = true ): string {
		return sprintf(
			'<p><label for="%1$s">%2$s</label><input type="text" name="%1$s" id="%1$s" class="input" size="20" maxlength="64" dir="ltr"%3$s autocomplete="one-time-code" autocapitalize="off" spellcheck="false"%4$s required%5$s /></p>',
			esc_attr( self::NAME ),
			esc_html__( 'Code', 'sallyport' ),
			$digits ? ' inputmode="numeric"' : '',
			Wrong::described( $errors, in_array( Code::tryFrom( (string) $errors->get_error_code() ), self::WRONG, true ), self::HELP ),
			$focused ? ' autofocus' : ''
		);
	}
}
