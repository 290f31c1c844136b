<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Token\AccessTokens;
use Sallyport\WP\Token\Families;
use WP_Error;
use WP_REST_Response;
use WP_User;

/** The password login of our own routes, for a Sallyport token, whichever contract they answer by. */
final class PasswordLogin {
	public function __construct(
		private readonly Gate $gate,
		private readonly Presented $presented,
		private readonly PasswordThrottle $throttle,
		private readonly Passwords $passwords,
		private readonly AccessTokens $tokens,
		private readonly Families $families,
		private readonly Activity $activity,
	) {}

	/**
	 * @param string $login As typed: a login name or an address.
	 * @return WP_REST_Response The token response.
	 * @throws Refusal sallyport_invalid_credentials, with the same answer and time for an unknown user and a wrong password;
	 *                 sallyport_second_factor_required with a challenge, or the reason why the code was not accepted.
	 */
	public function log_in( string $login, #[\SensitiveParameter] string $password, Answer $answer ): WP_REST_Response {
		$user  = $this->check_password( self::name( $login ), $password, $answer->device );
		$proof = $this->gate->decide( $user->ID, Sallyport::NAME, $answer );
		if ( null !== $proof ) {
			return $this->gate->mint( $proof )[0];
		}
		// The gate lets a user pass who is not known to have a factor. If it could not tell, we refuse.
		$this->gate->require_ready();
		$body = $this->tokens->response( $user, null );
		if ( ! $this->passwords->is_still_right( $user, $password ) ) {
			$family = $this->tokens->family_of( $body['token'] );
			if ( null !== $family ) {
				$this->families->end( $family );
			}
			throw new Refusal( Code::InvalidCredentials );
		}
		$this->activity->record( Event::TokenIssued, $user->ID, Sallyport::NAME );
		return new WP_REST_Response( $body );
	}

	/**
	 * Core's check of the password in each of its forms. Only the last form goes through wp_authenticate(), which fires
	 * wp_login_failed, so that lock-out plugins count one wrong password as one failure.
	 */
	private static function authenticate( string $login, #[\SensitiveParameter] string $password ): WP_User|WP_Error {
		$forms = Passwords::forms( $password );
		$last  = array_pop( $forms );
		foreach ( $forms as $form ) {
			/** This filter is documented in wp-includes/pluggable.php */
			$user = apply_filters( 'authenticate', null, $login, trim( $form ) );
			if ( $user instanceof WP_User ) {
				return $user;
			}
		}
		return wp_authenticate( $login, $last );
	}

	/**
	 * The name core looks up for the typed text, so that all its spellings count as one. Empty for text that core would strip
	 * further, which cannot be a name.
	 */
	private static function name( string $typed ): string {
		$name = sanitize_user( $typed );
		return sanitize_user( $name ) === $name ? $name : '';
	}

	/** @throws Refusal sallyport_invalid_credentials. */
	private function check_password(
		string $login,
		#[\SensitiveParameter] string $password,
		#[\SensitiveParameter] ?string $device,
	): WP_User {
		$user = $this->throttle->attempt( $login, $device, time(), fn (): WP_User|false => $this->right_user( $login, $password ) );
		if ( false === $user ) {
			$this->activity->record( Event::PasswordRefused, 0, Sallyport::NAME, Code::InvalidCredentials->value );
			throw new Refusal( Code::InvalidCredentials );
		}
		return $user;
	}

	/**
	 * @return WP_User|false False for an unknown user or a wrong password, after the same time.
	 * @throws Refusal sallyport_app_password_not_exchangeable.
	 */
	private function right_user( string $login, #[\SensitiveParameter] string $password ): WP_User|false {
		$user = $this->gate->own_login( static fn () => self::authenticate( $login, $password ) );
		if ( ! $user instanceof WP_User ) {
			$this->passwords->burn( $login, $password );
			return false;
		}
		if ( null !== $this->presented->app_password( $user->ID ) ) {
			throw new Refusal( Code::AppPassword );
		}
		return $user;
	}
}
