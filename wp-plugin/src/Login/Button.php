<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

/** A button for another thing one may do with a form than what it is for: it sends the form as it is, without a code. */
final class Button {
	public static function html( string $name, string $text, bool $first = false ): string {
		return sprintf(
			'<p style="clear: both; padding-top: 16px"><button type="submit" name="%s" value="1" class="button%s" formnovalidate>%s</button></p>',
			esc_attr( $name ),
			$first ? ' button-primary button-large' : '',
			esc_html( $text )
		);
	}
}
