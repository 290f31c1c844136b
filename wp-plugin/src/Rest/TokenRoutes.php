<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Client;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Token\AccessTokens;
use WP_REST_Request;
use WP_REST_Response;

/** Login for a Sallyport token, and completing a challenge of any issuer. */
final class TokenRoutes {
	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly PasswordLogin $login,
		private readonly Greeting $greeting,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
		private readonly Client $client,
	) {}

	/** POST /token: exchanges password and code, or challenge and code, for a token. */
	public function token( WP_REST_Request $request ): WP_REST_Response {
		$this->gate->require_ready();
		$answer = Answer::from( $request, '', $this->presented );
		$this->client->name_device( $answer->device_name );
		if ( null !== $answer->challenge ) {
			return $this->greeting->greet( $this->gate->complete( $answer, Sallyport::NAME )[0], $answer );
		}
		$fields = Fields::of( $request );
		return $this->greeting->greet( $this->login->log_in( $fields->text( 'username' ), $fields->password( 'password' ), $answer ), $answer );
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

	/** POST /challenge/verify: the native answer of the issuer that opened the challenge. */
	public function verify( WP_REST_Request $request ): WP_REST_Response {
		$this->gate->require_ready();
		$answer = Answer::from( $request, '', $this->presented );
		$this->client->name_device( $answer->device_name );
		[ $response, , $proof ] = $this->gate->complete( $answer );
		return Sallyport::NAME === $proof->issuer ? $this->greeting->greet( $response, $answer ) : $response;
	}

	/** POST /token/validate: valid means that Acceptance would accept it. */
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
}
