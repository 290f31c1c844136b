<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Code;
use WP_Error;

/** The field for a code; what it is for stands in an element with the id HELP. */
final class CodeField {
	public const NAME = 'sallyport_code';
	public const HELP = 'sallyport-help';

	/** What says that the code is wrong; other errors, such as a mail that was not sent, say nothing of it. */
	private const WRONG = array( Code::InvalidCode, Code::InvalidParam, Code::MissingParam );

	/**
	 * @param WP_Error $errors  What the page says went wrong, by Wrong.
	 * @param bool     $digits  Whether a code has digits alone, as an app's has.
	 * @param bool     $focused Whether it has the focus at once.
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
