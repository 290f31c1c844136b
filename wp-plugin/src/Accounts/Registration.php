<?php
declare( strict_types=1 );

namespace Sallyport\WP\Accounts;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Limits;
use Sallyport\WP\Php;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\ThrottleRows;
use WP_Error;
use WP_User;

/** Creates accounts by core's own rules and settings: only the site chooses the role. */
final class Registration {
	/** Seconds after which a name can be registered again if the request that claimed it died. */
	private const CLAIM = 60;

	/** Core's codes, on a single site and on a network, for a login name that is not available. */
	private const NAME_REFUSED = array( 'invalid_username', 'username_exists', 'user_name' );

	public function __construct(
		private readonly ThrottleRows $claims,
		private readonly Limits $limits,
		private readonly AccountMail $mail,
		private readonly Activity $activity,
	) {}

	/** Whether the site or the network allows registration. */
	public function is_open(): bool {
		return (bool) get_option( 'users_can_register' );
	}

	/**
	 * Creates an account.
	 *
	 * @param string $name Display name; empty: the login name.
	 * @throws Refusal sallyport_registration_refused, for every error.
	 */
	public function register( string $login, string $email, #[\SensitiveParameter] string $password, string $name, int $now ): WP_User {
		$user = $this->attempt( $login, $email, $password, $name, $now );
		return $user instanceof WP_User ? $user : throw new Refusal( Code::RegistrationRefused );
	}

	/**
	 * Creates an account whose password is set by a mailed link; a user who already has one is told so by mail. Called after the
	 * answer was sent.
	 */
	public function register_by_mail( string $login, string $email, string $name, int $now ): void {
		$owner = get_user_by( 'email', $email );
		if ( ! is_email( $email ) || ! $this->limits->may_mail( 'register', $email, $now ) ) {
			$this->refuse( $owner ? $owner->ID : 0, 'no mail' );
			return;
		}
		if ( $owner ) {
			$this->refuse( $owner->ID, 'email_exists' );
			$this->mail->already_registered( $owner );
			return;
		}
		$user = $this->attempt( $login, $email, null, $name, $now );
		if ( ! $user instanceof WP_User ) {
			if ( array() !== array_intersect( $user->get_error_codes(), self::NAME_REFUSED ) ) {
				$this->mail->name_not_available( $email );
			}
			return;
		}
		$key = get_password_reset_key( $user );
		if ( is_string( $key ) ) {
			$this->mail->welcome( $user, $key );
		}
		$this->announce( $user );
	}

	/** Notifies the administrator, as core does. */
	public function announce( WP_User $user ): void {
		wp_new_user_notification( $user->ID, null, 'admin' );
	}

	/**
	 * Claims the login name and the address, once only: core checks whether they are taken, and writes later.
	 *
	 * @param string|null $password Null if none was chosen yet.
	 */
	private function attempt(
		string $login,
		string $email,
		#[\SensitiveParameter] ?string $password,
		string $name,
		int $now,
	): WP_User|WP_Error {
		$claims = array( 'register-login:' . Php::lower( sanitize_user( $login ) ), 'register-email:' . Php::lower( $email ) );
		$held   = array_filter( $claims, fn ( string $claim ): bool => $this->claims->claim( $claim, self::CLAIM, $now ) );
		try {
			$user = $held === $claims ? self::make( $login, $email, $password, $name ) : new WP_Error( 'claimed' );
		} finally {
			array_map( $this->claims->clear( ... ), $held );
		}
		if ( $user instanceof WP_User ) {
			$this->activity->record( Event::AccountRegistered, $user->ID );
		} else {
			$this->refuse( 0, implode( ' ', $user->get_error_codes() ) );
		}
		return $user;
	}

	private function refuse( int $user_id, string $reason ): void {
		$this->activity->record( Event::RegistrationRefused, $user_id, '', Code::RegistrationRefused->value, array( 'reason' => $reason ) );
	}

	private static function make( string $typed, string $email, #[\SensitiveParameter] ?string $password, string $name ): WP_User|WP_Error {
		/** These hooks are documented in wp-includes/user.php */
		$email  = (string) apply_filters( 'user_registration_email', $email );
		$login  = is_multisite() ? $typed : sanitize_user( $typed );
		$errors = is_multisite() ? wpmu_validate_user_signup( $typed, $email )['errors'] : self::core_errors( $typed, $login, $email );
		if ( ! is_email( $email ) ) {
			$errors->add( 'invalid_email', '' ); // On a network core would correct an address that is nearly valid.
		}
		if ( null !== $password ) {
			$errors->merge_from( PasswordRules::errors( $password, array( $login, $email ), null ) );
		}
		do_action( 'register_post', $login, $email, $errors );
		$errors = apply_filters( 'registration_errors', $errors, $login, $email );
		if ( ! $errors instanceof WP_Error ) {
			return new WP_Error( 'registration_errors' );
		}
		return $errors->has_errors() ? $errors : self::insert( $login, $email, $password ?? bin2hex( random_bytes( 32 ) ), $name );
	}

	private static function insert( string $login, string $email, #[\SensitiveParameter] string $password, string $name ): WP_User|WP_Error {
		$role = (string) get_option( 'default_role' );
		$id   = wp_insert_user(
			array(
				'user_login'   => $login,
				'user_email'   => wp_slash( $email ),
				'user_pass'    => Passwords::form( $password ),
				'display_name' => wp_slash( $name ),
				'nickname'     => wp_slash( $name ),
				'role'         => $role,
			)
		);
		if ( is_wp_error( $id ) ) {
			return $id;
		}
		$added = is_multisite() ? add_user_to_blog( get_current_blog_id(), $id, $role ) : true;
		if ( is_wp_error( $added ) ) {
			require_once ABSPATH . 'wp-admin/includes/ms.php';
			wpmu_delete_user( $id );
			return $added;
		}
		return new WP_User( $id );
	}

	/** The checks of register_new_user(), which cannot be used itself because it sets a password of its own. */
	private static function core_errors( string $typed, string $login, string $email ): WP_Error {
		$errors = new WP_Error();
		if ( '' === $login || ! validate_username( $typed ) || mb_strlen( $login ) > 60 || self::is_illegal( $login ) ) {
			$errors->add( 'invalid_username', '' );
		}
		if ( username_exists( $login ) ) {
			$errors->add( 'username_exists', '' );
		}
		if ( email_exists( $email ) ) {
			$errors->add( 'email_exists', '' );
		}
		return $errors;
	}

	private static function is_illegal( string $login ): bool {
		/** This filter is documented in wp-includes/user.php */
		return in_array( strtolower( $login ), array_map( 'strtolower', (array) apply_filters( 'illegal_user_logins', array() ) ), true );
	}
}
