<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Accounts\PasswordReset;
use Sallyport\WP\Accounts\PasswordRules;
use Sallyport\WP\Accounts\Registration;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\AfterAnswer;
use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Limits;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Token\AccessTokens;
use WP_REST_Request;
use WP_REST_Response;
use WP_Session_Tokens;
use WP_User;

/** Accounts and their passwords. No answer reveals whether an account exists. */
final class AccountRoutes {
	/** Longest name in bytes; the column holds as many characters. */
	public const NAME = 250;

	public function __construct(
		private readonly Registration $registration,
		private readonly PasswordReset $reset,
		private readonly Limits $limits,
		private readonly AfterAnswer $after,
		private readonly Gate $gate,
		private readonly Presented $presented,
		private readonly PasswordThrottle $throttle,
		private readonly Passwords $passwords,
		private readonly AccessTokens $tokens,
		private readonly Greeting $greeting,
		private readonly Settings $settings,
		private readonly Activity $activity,
	) {}

	/** POST /register: an account and its first token; or, by setting, the same answer for everybody, and the rest by mail. */
	public function register( WP_REST_Request $request ): WP_REST_Response {
		if ( ! $this->registration->is_open() ) {
			throw new Refusal( Code::NoRoute );
		}
		$this->gate->require_ready();
		$fields   = Fields::of( $request );
		$login    = $fields->text( 'username' );
		$email    = $fields->text( 'email' );
		$password = $fields->password( 'password' );
		$name     = sanitize_text_field( $fields->optional( 'name', self::NAME ) ?? '' );
		$now      = time();
		$this->limits->count( 'register', $now );
		if ( $this->settings->get( 'register_confirm' ) ) {
			$this->after->then( fn () => $this->registration->register_by_mail( $login, $email, $name, $now ) );
			return new WP_REST_Response( array( 'message' => __( 'Please check your email to confirm the registration.', 'sallyport' ) ), 202 );
		}
		$user = $this->registration->register( $login, $email, $password, $name, $now );
		$this->after->then( fn () => $this->registration->announce( $user ) );
		$made = array(
			'user_id' => $user->ID,
			'user'    => AccessTokens::user( $user ),
		);
		return new WP_REST_Response( $made + $this->first_token( $user ), 201 );
	}

	/**
	 * POST /forgot-password: a mail with a link or a code.
	 *
	 * @return array{message: string}
	 */
	public function forgot( WP_REST_Request $request ): array {
		$this->gate->require_ready();
		$fields   = Fields::of( $request );
		$login    = $fields->text( 'login' );
		$delivery = $fields->one_of( 'delivery', array( PasswordReset::LINK, PasswordReset::CODE ) ) ?? PasswordReset::LINK;
		$now      = time();
		$this->limits->count( 'reset_request', $now );
		$this->after->then( fn () => $this->reset->send( $login, $delivery, $now ) );
		return array( 'message' => __( 'Password reset email sent.', 'sallyport' ) );
	}

	/**
	 * POST /reset-password: sets a new password, with the key or code that was mailed.
	 *
	 * @return array{message: string}
	 */
	public function reset( WP_REST_Request $request ): array {
		$this->gate->require_ready();
		$fields   = Fields::of( $request );
		$login    = $fields->text( 'login' );
		$password = $fields->password( 'password' );
		$key      = $fields->optional( 'token' );
		$code     = $fields->optional( 'otp' );
		if ( null !== $key && null !== $code ) {
			throw new Refusal( Code::Ambiguous );
		}
		$given = $key ?? $code ?? throw Refusal::missing( 'token' );
		$now   = time();
		$this->limits->count( 'password_reset', $now );
		$this->reset->reset( $login, $given, $password, $now );
		return array( 'message' => __( 'Password updated successfully.', 'sallyport' ) );
	}

	/**
	 * POST /change-password: changes the caller's password, given the present one. Ends every sign-in, the caller's included.
	 *
	 * @return array{message: string}
	 */
	public function change( WP_REST_Request $request ): array {
		$user = wp_get_current_user();
		if ( null !== $this->presented->app_password( $user->ID ) ) {
			throw new Refusal( Code::Forbidden );
		}
		$this->gate->require_ready();
		$fields  = Fields::of( $request );
		$current = $fields->password( 'current_password' );
		$new     = $fields->password( 'new_password' );
		$this->gate->require_step_up( $user->ID, time() );
		$this->check_password( $user, $current, Answer::device( $request ) );
		$errors = PasswordRules::errors( $new, array( $user->user_login, $user->user_email ), $user );
		if ( $errors->has_errors() ) {
			throw new Refusal( Code::InvalidParam, array( 'params' => array( 'new_password' => implode( ' ', $errors->get_error_messages() ) ) ) );
		}
		$this->store( $user, $new );
		return array( 'message' => __( 'Password changed successfully. Please login again.', 'sallyport' ) );
	}

	private function check_password( WP_User $user, #[\SensitiveParameter] string $password, #[\SensitiveParameter] ?string $device ): void {
		if ( ! $this->throttle->attempt_of( $user, $device, time(), fn (): bool => $this->passwords->is_right( $user->ID, $password ) ) ) {
			$this->activity->record( Event::PasswordRefused, $user->ID, Sallyport::NAME, Code::InvalidPassword->value );
			throw new Refusal( Code::InvalidPassword );
		}
	}

	/** Stores the password through core, which mails the user. Runs anonymously, so that core sets no new cookie. */
	private function store( WP_User $user, #[\SensitiveParameter] string $password ): void {
		wp_set_current_user( 0 );
		wp_update_user(
			array(
				'ID'        => $user->ID,
				'user_pass' => Passwords::form( $password ),
			)
		);
		WP_Session_Tokens::get_instance( $user->ID )->destroy_all();
		if ( ! $this->passwords->is_stored( $user, $password ) ) {
			throw Refusal::token_invalid( 'revoked' ); // What crossed this request has ended every sign-in.
		}
	}

	/** @return array<string, mixed> Empty if another plugin enrolled the user as soon as the account was created. */
	private function first_token( WP_User $user ): array {
		if ( array() !== $this->gate->required( $user->ID ) ) {
			return array();
		}
		if (
			$this->gate->is_asked( $user->ID )
			&& ! $this->gate->lets_pass( $user->ID, Sallyport::NAME, new Refusal( Code::EnrolmentRequired ) )
		) {
			return array( 'token_response' => $this->gate->enrolment( $user->ID )->data );
		}
		$this->activity->record( Event::TokenIssued, $user->ID, Sallyport::NAME );
		return array( 'token_response' => $this->tokens->response( $user, null ) + $this->greeting->deadline( $user->ID ) );
	}
}
