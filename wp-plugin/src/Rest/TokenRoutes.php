<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Device\Devices;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Acceptance;
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
use WP_REST_Request;
use WP_REST_Response;
use WP_User;

/** Logging in for Sallyport's own token, and completing a challenge of any issuer (contract sections 1 and 2). */
final class TokenRoutes {
	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly PasswordThrottle $throttle,
		private readonly Passwords $passwords,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
		private readonly Families $families,
		private readonly Devices $devices,
		private readonly Activity $activity,
		private readonly Client $client,
	) {}

	/** POST /token: password and code, or challenge and code, for a token. */
	public function token( WP_REST_Request $request ): WP_REST_Response {
		$this->gate->require_ready();
		$answer = Answer::from( $request, '', $this->presented );
		$this->client->name_device( $answer->device_name );
		if ( null !== $answer->challenge ) {
			return $this->greet( $this->gate->complete( $answer, $this->issuer->name() )[0], $answer );
		}
		$user  = $this->check_password( Fields::of( $request ), $answer->device );
		$proof = $this->gate->decide( $user->ID, $this->issuer->name(), $answer );
		if ( null !== $proof ) {
			return $this->greet( $this->gate->mint( $proof )[0], $answer );
		}
		// The gate lets a user pass who is not known to have a factor; if it could not tell, we do not.
		$this->gate->require_ready();
		$body = $this->tokens->response( $user, null );
		if ( ! $this->passwords->is_still_right( $user, Fields::of( $request )->password( 'password' ) ) ) {
			$family = $this->tokens->family_of( $body['token'] );
			if ( null !== $family ) {
				$this->families->end( $family );
			}
			throw new Refusal( Code::InvalidCredentials );
		}
		$this->activity->record( Event::TokenIssued, $user->ID, $this->issuer->name() );
		return $this->greet( new WP_REST_Response( $body ), $answer );
	}

	/** POST /login: the same, with the user's profile. */
	public function login( WP_REST_Request $request ): WP_REST_Response {
		$response = $this->token( $request );
		$body     = $response->get_data();
		$user     = get_userdata( $body['user']['ID'] );
		if ( $user ) {
			$body['user'] += array(
				'first_name'  => $user->first_name,
				'last_name'   => $user->last_name,
				'nickname'    => $user->nickname,
				'description' => $user->description,
				'url'         => $user->user_url,
				'locale'      => get_user_locale( $user ),
				'registered'  => gmdate( 'c', (int) strtotime( $user->user_registered . ' UTC' ) ),
				'avatar_url'  => (string) get_avatar_url( $user ),
			);
			$response->set_data( $body );
		}
		return $response;
	}

	/** POST /challenge/verify: the native answer of the issuer the challenge was opened by. */
	public function verify( WP_REST_Request $request ): WP_REST_Response {
		$this->gate->require_ready();
		$answer = Answer::from( $request, '', $this->presented );
		if ( null === $answer->challenge ) {
			throw new Refusal( Code::MissingParam, array( 'params' => array( 'challenge' ) ) );
		}
		$this->client->name_device( $answer->device_name );
		[ $response, , $proof ] = $this->gate->complete( $answer );
		return $this->issuer->name() === $proof->issuer ? $this->greet( $response, $answer ) : $response;
	}

	/** The log-in is complete: a client that asked for it is a known device from here on, and one that is stays so. */
	private function greet( WP_REST_Response $response, Answer $answer ): WP_REST_Response {
		$now    = time();
		$body   = $response->get_data();
		$known  = $this->devices->find( $answer->device, $now );
		$family = null === $known && ! $answer->wants_device() ? null : $this->families->with_sid( $this->tokens->sid_in( $body['token'] ) );
		if ( null === $family ) {
			return $response;
		}
		if ( $known?->user_id === $family->user_id ) {
			$this->devices->use( $known, $now );
			$this->families->bind( $family, $known->id );
		} elseif ( $answer->wants_device() ) {
			$response->set_data( $body + array( 'device' => $this->devices->remember( $family->user_id, $family->device, $now ) ) );
		}
		return $response;
	}

	/** POST /token/validate: valid means that acceptance would let it in. */
	public function validate( WP_REST_Request $request ): WP_REST_Response {
		$this->gate->require_ready();
		$token  = GivenToken::of( Fields::of( $request ), $this->issuer );
		$claims = $this->tokens->verify( $token );
		$this->acceptance->require_proven( $this->issuer, $token );
		return new WP_REST_Response(
			array(
				'valid' => true,
				'data'  => $claims,
			)
		);
	}

	/**
	 * Core's check of the password in each of its forms. Only the last goes through wp_authenticate(), whose
	 * wp_login_failed the lock-out plugins count: one wrong password is one failure.
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
	 * The name core looks up for what was typed, so that all of its spellings are counted as one; empty for what cannot
	 * be a name, because core would strip it still further.
	 */
	private static function name( string $typed ): string {
		$name = sanitize_user( $typed );
		return sanitize_user( $name ) === $name ? $name : '';
	}

	/**
	 * @throws Refusal sallyport_invalid_credentials: one answer, in one time, for an unknown user and a wrong password.
	 */
	private function check_password( Fields $fields, #[\SensitiveParameter] ?string $device ): WP_User {
		$login    = self::name( $fields->text( 'username' ) );
		$password = $fields->password( 'password' );
		$user     = $this->throttle->attempt( $login, $device, time(), fn (): WP_User|false => $this->right_user( $login, $password ) );
		if ( false === $user ) {
			$this->activity->record( Event::PasswordRefused, 0, $this->issuer->name(), Code::InvalidCredentials->value );
			throw new Refusal( Code::InvalidCredentials );
		}
		return $user;
	}

	/**
	 * @return WP_User|false False for an unknown user and a wrong password, in one time.
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
