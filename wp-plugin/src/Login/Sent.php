<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\OwnPage;
use WP_REST_Request;
use WP_User;

/** What a form of wp-login.php sent, and what each of ours carries on to the next: where to go, for how long, in which frame. */
final class Sent {
	/** As it was sent: what uses it escapes or validates it, and sanitising would eat the %xx of an address. */
	public static function text( string $name ): string {
		$value = $_POST[ $name ] ?? ''; // phpcs:ignore WordPress.Security
		return is_string( $value ) ? wp_unslash( $value ) : '';
	}

	/** Of a link: what stands in the address counts where no form was sent. */
	public static function of_link( string $name ): string {
		$value = self::is_form() ? $_POST[ $name ] ?? '' : $_GET[ $name ] ?? ''; // phpcs:ignore WordPress.Security
		return is_string( $value ) ? wp_unslash( $value ) : '';
	}

	public static function is_form(): bool {
		return 'POST' === ( $_SERVER['REQUEST_METHOD'] ?? '' );
	}

	/** The form as a request, so that its fields pass the same grammar as a client's. */
	public static function request(): WP_REST_Request {
		$request = new WP_REST_Request( 'POST' );
		$request->set_body_params( wp_unslash( $_POST ) ); // phpcs:ignore WordPress.Security.NonceVerification
		$request->set_query_params( wp_unslash( $_GET ) ); // phpcs:ignore WordPress.Security.NonceVerification
		return $request;
	}

	/** Whether it is the frame over a page of wp-admin whose user was signed out. */
	public static function is_interim(): bool {
		return '' !== self::text( 'interim-login' );
	}

	/** The hidden fields. */
	public static function carry(): void {
		printf( '<input type="hidden" name="redirect_to" value="%s" />', esc_attr( self::of_link( 'redirect_to' ) ) );
		if ( '' !== self::text( 'rememberme' ) ) {
			echo '<input type="hidden" name="rememberme" value="forever" />';
		}
		if ( self::is_interim() ) {
			echo '<input type="hidden" name="interim-login" value="1" />';
		}
	}

	/** Signs the user in, as wp-login.php does; the session carries the proof of this request. */
	public static function sign_in( WP_User $user ): void {
		wp_set_auth_cookie( $user->ID, '' !== self::text( 'rememberme' ) );
		/** This action is documented in wp-includes/user.php */
		do_action( 'wp_login', $user->user_login, $user );
	}

	/** Where the user wanted to go; of this site. */
	public static function target( WP_User $user ): string {
		$wanted = self::text( 'redirect_to' );
		/** This filter is documented in wp-login.php */
		$target = apply_filters( 'login_redirect', '' === $wanted ? admin_url() : $wanted, $wanted, $user );
		return OwnPage::of( (string) $target, admin_url() );
	}
}
