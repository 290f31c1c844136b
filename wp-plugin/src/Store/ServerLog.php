<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Php;
use Sallyport\WP\Problem;

/** Writes problems to the log of PHP or the web server, each at most once a minute, for hosts who do not see our screens. */
final class ServerLog {
	/** Option that holds when each was last logged. Not one of our tables, since these may be the problem. */
	private const OPTION = 'sallyport_logged';

	public static function say( Problem $problem, int $now ): void {
		$said = get_option( self::OPTION, array() );
		$said = is_array( $said ) ? $said : array();
		if ( abs( $now - (int) ( $said[ $problem->name ] ?? 0 ) ) < MINUTE_IN_SECONDS ) {
			return;
		}
		OwnOption::write( self::OPTION, array( $problem->name => $now ) + $said, autoload: false );
		Php::log( $problem->message() );
	}
}
