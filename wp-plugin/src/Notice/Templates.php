<?php
declare( strict_types=1 );

namespace Sallyport\WP\Notice;

use Sallyport\WP\Template;

/** The templates of notices: one for all, which a theme may replace for all or for one. */
final class Templates {
	public const HTML = '';
	public const TEXT = '-text';

	/**
	 * @param string $form HTML or TEXT.
	 * @return string The letter in that form.
	 */
	public static function render( Letter $letter, string $form ): string {
		return Template::render( array( "mail/{$letter->name}$form", "mail/notice$form" ), array( 'letter' => $letter ) );
	}
}
