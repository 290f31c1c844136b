<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use Closure;
use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\StepUp;
use Sallyport\WP\OwnPage;
use Sallyport\WP\Refusal;
use WP_REST_Request;

/** A submitted form of these screens: its nonce, its fields (validated as on the routes), and where to go next. */
final class Form {
	/**
	 * The field with the action, and the query arguments after a redirect: what was done, what to open, the step of the wizard.
	 */
	public const DO   = 'sallyport_do';
	public const DONE = 'sallyport_done';
	public const OPEN = 'sallyport_open';
	public const STEP = 'sallyport_step';

	/** Whether this request submits such a form. */
	public static function is_sent(): bool {
		return 'POST' === Client::header( 'REQUEST_METHOD' ) && isset( $_POST[ self::DO ] ) && is_string( $_POST[ self::DO ] ); // phpcs:ignore WordPress.Security.NonceVerification -- which form it is, tells which nonce.
	}

	/** A form is valid for one user only: an administrator's form about somebody else must not work for themselves. */
	public static function nonce_of( int $user_id ): string {
		return 'sallyport-security-' . $user_id;
	}

	/** Ends the request unless the form was made for its sender and this action. */
	public static function require_nonce( string $action ): void {
		$nonce = $_POST['_wpnonce'] ?? ''; // phpcs:ignore WordPress.Security -- verified here.
		if ( ! is_string( $nonce ) || false === wp_verify_nonce( $nonce, $action ) ) {
			wp_die( esc_html__( 'This page has expired. Go back, reload it, and try again.', 'sallyport' ), '', array( 'response' => 403 ) );
		}
	}

	public static function fields(): Fields {
		$request = new WP_REST_Request( 'POST' );
		$request->set_body_params( array_filter( wp_unslash( $_POST ), static fn ( mixed $value ): bool => '' !== $value ) ); // phpcs:ignore WordPress.Security.NonceVerification -- require_nonce() was before.
		return Fields::of( $request );
	}

	/** @return Closure(): string Reads the password on demand. */
	public static function password(): Closure {
		return static fn (): string => self::fields()->password( 'sallyport_password' );
	}

	public static function said( string $name ): string {
		$value = $_GET[ $name ] ?? ''; // phpcs:ignore WordPress.Security -- compared, or escaped.
		return is_string( $value ) ? sanitize_key( $value ) : '';
	}

	/**
	 * Redirects after an action, so that a reload does not repeat it; to the step-up page first, if a fresh code is missing.
	 *
	 * @param array<string, string> $said Parameters.
	 */
	public static function go( string $url, array $said ): never {
		self::leave( add_query_arg( $said, $url ) );
	}

	/** Goes to another page of this site. */
	public static function leave( string $url ): never {
		nocache_headers();
		OwnPage::go( $url );
	}

	public static function step_up( string $url, string $open ): never {
		self::leave( StepUp::url( add_query_arg( self::OPEN, $open, $url ) ) );
	}

	/**
	 * The document title, which a screen reader reads first: it says if the form was refused.
	 *
	 * @param string $page Plain text.
	 */
	public static function title( string $page, bool $is_refused ): string {
		/* translators: %s: title of a page. */
		return $is_refused ? sprintf( __( 'Error: %s', 'sallyport' ), $page ) : $page;
	}

	/** The action of the submitted form. */
	public static function action(): string {
		return self::is_sent() ? sanitize_key( wp_unslash( $_POST[ self::DO ] ) ) : ''; // phpcs:ignore WordPress.Security -- compared only.
	}

	/** The input of a field; never used for a password. */
	public static function typed( string $name ): string {
		$value = $_POST[ $name ] ?? ''; // phpcs:ignore WordPress.Security -- escaped where it is shown again.
		return is_string( $value ) ? wp_unslash( $value ) : '';
	}

	/** Which of several equal forms was submitted, by its id. */
	public static function asked(): string {
		$id = $_POST['id'] ?? ''; // phpcs:ignore WordPress.Security -- a key.
		return self::action() . ( is_string( $id ) && '' !== $id ? '-' . sanitize_key( $id ) : '' );
	}

	/**
	 * The error, for people.
	 *
	 * @param bool $of_app Whether the code is an app's, and depends on a clock.
	 */
	public static function message( Refusal $refusal, bool $of_app = true ): string {
		$text = match ( true ) {
			in_array( $refusal->reason, array( Code::InvalidParam, Code::MissingParam ), true ) => self::of_field( $refusal->field() ),
			isset( $refusal->data['clock_off'] ) => $refusal->tell() . ' ' . self::of_clock( $refusal->data['clock_off'] ),
			$of_app && Code::InvalidCode === $refusal->reason => $refusal->tell() . ' '
				. __( 'Wait for the next one. If that is wrong too, check that the clock on your phone is right.', 'sallyport' ),
			default => $refusal->tell(),
		};
		return trim( $text . ' ' . $refusal->wait() );
	}

	/** @param int $off Seconds; negative if the phone's clock is behind. */
	private static function of_clock( int $off ): string {
		$text = $off < 0
			/* translators: %s: a time such as "2 minutes". */
			? __( 'The clock on your phone seems to be %s slow. Set it to automatic time, then enter the next code.', 'sallyport' )
			/* translators: %s: a time such as "2 minutes". */
			: __( 'The clock on your phone seems to be %s fast. Set it to automatic time, then enter the next code.', 'sallyport' );
		return sprintf( $text, human_time_diff( 0, abs( $off ) ) );
	}

	private static function of_field( string $name ): string {
		return match ( $name ) {
			'sallyport_password' => __( 'Please enter your password.', 'sallyport' ),
			'sallyport_code'     => __( 'Please enter the code.', 'sallyport' ),
			'label'              => __( 'Please enter a one-line name that you have not used for another factor.', 'sallyport' ),
			'reason'             => __( 'Please enter a reason: one or two sentences, 500 bytes at most.', 'sallyport' ),
			default              => Code::InvalidParam->message(),
		};
	}
}
