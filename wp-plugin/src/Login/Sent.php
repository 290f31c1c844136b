<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Client;
use Sallyport\WP\OwnPage;
use WP_REST_Request;
use WP_User;

/** What a form of wp-login.php submitted, and what our forms pass on: where to go, for how long, in which frame. */
final class Sent {
	/** The raw value: its users escape or validate it, and sanitising would damage the %xx sequences of a URL. */
	public static function text( string $name ): string {
		$value = $_POST[ $name ] ?? ''; // phpcs:ignore WordPress.Security -- as said above.
		return is_string( $value ) ? wp_unslash( $value ) : '';
	}

	/** A value of a link: from the URL, unless a form was submitted. */
	public static function of_link( string $name ): string {
		$value = self::is_form() ? $_POST[ $name ] ?? '' : $_GET[ $name ] ?? ''; // phpcs:ignore WordPress.Security -- the same.
		return is_string( $value ) ? wp_unslash( $value ) : '';
	}

	public static function is_form(): bool {
		return 'POST' === Client::header( 'REQUEST_METHOD' );
	}

	/** The form as a REST request, so that its fields are validated like a client's. */
	public static function request(): WP_REST_Request {
		$request = new WP_REST_Request( 'POST' );
		$request->set_body_params( wp_unslash( $_POST ) ); // phpcs:ignore WordPress.Security.NonceVerification -- a challenge or a link stands for it.
		$request->set_query_params( wp_unslash( $_GET ) ); // phpcs:ignore WordPress.Security.NonceVerification -- the same.
		return $request;
	}

	/** Whether it is the login dialog that wp-admin shows over a page when the session has ended. */
	public static function is_interim(): bool {
		return '' !== self::text( 'interim-login' );
	}

	/** The hidden fields. */
	public static function carry(): void {
		printf( '<input type="hidden" name="redirect_to" value="%s" />', esc_attr( self::of_link( 'redirect_to' ) ) );
		if ( '' !== self::of_link( 'rememberme' ) ) {
			echo '<input type="hidden" name="rememberme" value="forever" />';
		}
		if ( self::is_interim() ) {
			echo '<input type="hidden" name="interim-login" value="1" />';
		}
	}

	/** Signs the user in as wp-login.php does; the session carries this request's proof. */
	public static function sign_in( WP_User $user ): void {
		wp_set_auth_cookie( $user->ID, '' !== self::of_link( 'rememberme' ) );
		Handover::end();
		/** This action is documented in wp-includes/user.php */
		do_action( 'wp_login', $user->user_login, $user );
	}

	/** Where the user wanted to go, on this site; else where core would send them. */
	public static function target( WP_User $user ): string {
		$wanted = self::of_link( 'redirect_to' );
		/** This filter is documented in wp-login.php */
		$target = (string) apply_filters( 'login_redirect', '' === $wanted ? admin_url() : $wanted, $wanted, $user );
		return in_array( $target, array( '', 'wp-admin/', admin_url() ), true ) ? self::place_of( $user ) : OwnPage::of( $target, admin_url() );
	}

	/** As in wp-login.php: on a network the user may not belong to this site, and could not open its dashboard. */
	private static function place_of( WP_User $user ): string {
		return match ( true ) {
			is_multisite() && ! get_active_blog_for_user( $user->ID ) && ! is_super_admin( $user->ID ) => user_admin_url(),
			is_multisite() && ! $user->has_cap( 'read' ) => get_dashboard_url( $user->ID ),
			! $user->has_cap( 'edit_posts' ) => $user->has_cap( 'read' ) ? admin_url( 'profile.php' ) : home_url(),
			default => admin_url(),
		};
	}

	/** Whether core's form came from a browser that keeps no cookies of this site, so that nobody can be signed in. */
	public static function lacks_cookies(): bool {
		return '' !== self::text( 'testcookie' ) && empty( $_COOKIE[ TEST_COOKIE ] );
	}
}
