<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Php;
use Sallyport\WP\Problem;

/** The log of PHP or the web server, for who runs a site and sees no screen of ours: what is wrong, each thing once a minute at most. */
final class ServerLog {
	/** When each was said last. Of the site's options, since a table of ours may be what is wrong. */
	private const OPTION = 'sallyport_logged';

	public static function say( Problem $problem, int $now ): void {
		$said = get_option( self::OPTION, array() );
		$said = is_array( $said ) ? $said : array();
		if ( abs( $now - (int) ( $said[ $problem->name ] ?? 0 ) ) < MINUTE_IN_SECONDS ) {
			return;
		}
		OwnOption::write( self::OPTION, array( $problem->name => $now ) + $said, false );
		Php::log( $problem->message() );
	}
}
