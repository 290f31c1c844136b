<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use WP_Error;

/** What went wrong, as wp-login.php says it: the wait in words. */
final class Wrong {
	/** @param string $more A sentence to add, plain text. */
	public static function error( Refusal $refusal, string $more = '' ): WP_Error {
		$text = in_array( $refusal->reason, array( Code::InvalidParam, Code::MissingParam ), true )
			? __( 'Please enter the code.', 'sallyport' )
			: $refusal->reason->message();
		if ( isset( $refusal->data['retry_after'] ) ) {
			/* translators: %s: a time such as "15 minutes". */
			$more = trim( $more . ' ' . sprintf( __( 'Try again in %s.', 'sallyport' ), human_time_diff( time(), time() + (int) $refusal->data['retry_after'] ) ) );
		}
		return self::says( $refusal->reason->value, trim( $text . ' ' . $more ) );
	}

	public static function says( string $reason, string $text ): WP_Error {
		/* translators: %s: what went wrong. */
		return new WP_Error( $reason, sprintf( __( '<strong>Error:</strong> %s', 'sallyport' ), esc_html( $text ) ) );
	}
}
