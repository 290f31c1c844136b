<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

/** A secondary button of a form: it submits the form for another action, without a code. */
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
