<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;
use WP_Error;

/** Errors as wp-login.php shows them, with the wait in words. */
final class Wrong {
	private static bool $said = false;

	/** @param string $more A sentence to append, plain text. */
	public static function error( Refusal $refusal, string $more = '' ): WP_Error {
		$text = in_array( $refusal->reason, array( Code::InvalidParam, Code::MissingParam ), true )
			? __( 'Please enter the code.', 'sallyport' )
			: $refusal->tell();
		return self::says( $refusal->reason->value, implode( ' ', array_filter( array( $text, $more, $refusal->wait() ) ) ) );
	}

	/**
	 * A link that is invalid or incomplete. Core's language switcher drops the key from the URL; then the link itself is
	 * still good.
	 */
	public static function link( string $more ): WP_Error {
		return '' === Sent::of_link( 'link' )
			? self::says( Code::LinkGone->value, __( 'Please follow the link again.', 'sallyport' ) )
			: self::error( new Refusal( Code::LinkGone ), $more );
	}

	/** ARIA attributes for a field: its error and its help. */
	public static function described( WP_Error $errors, bool $invalid, string $help = '' ): string {
		$by = trim( ( $errors->has_errors() ? 'login_error ' : '' ) . $help );
		return ( '' === $by ? '' : ' aria-describedby="' . esc_attr( $by ) . '"' ) . ( $invalid ? ' aria-invalid="true"' : '' );
	}

	/** Filter login_title. */
	public static function title( mixed $title ): mixed {
		return self::$said && is_string( $title ) ? Form::title( $title, is_refused: true ) : $title;
	}

	public static function says( string $reason, string $text ): WP_Error {
		self::$said = true;
		/* translators: %s: what went wrong. */
		return new WP_Error( $reason, sprintf( __( '<strong>Error:</strong> %s', 'sallyport' ), esc_html( $text ) ) );
	}
}
