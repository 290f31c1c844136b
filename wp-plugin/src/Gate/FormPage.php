<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\OwnPage;

/** Where the form stands that a browser has sent: whoever is led away from it, to give a code, is to come back. */
final class FormPage {
	/** As the browser says; empty where it does not, or names a page of another site. */
	public static function url(): string {
		$page = isset( $_SERVER['HTTP_REFERER'] ) ? esc_url_raw( wp_unslash( $_SERVER['HTTP_REFERER'] ) ) : '';
		return OwnPage::of( $page, '' );
	}
}
