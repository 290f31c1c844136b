<?php
declare( strict_types=1 );

namespace Sallyport\WP\Bridge;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\MadeAppPassword;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Issuer\SimpleJwtLogin as Issuer;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\InheritedProofs;
use Sallyport\WP\Token\ProofClaim;
use SimpleJWTLogin\Services\ApiKeys\CreateApiKeyService;
use SimpleJWTLogin\Services\ApiKeys\UpdateApiKeyService;
use SimpleJWTLogin\Services\AuthenticateService;
use SimpleJWTLogin\Services\DeleteUserService;
use SimpleJWTLogin\Services\Integrations\TwoFactor\TwoFactorVerifyService;
use SimpleJWTLogin\Services\OAuthService;
use SimpleJWTLogin\Services\RefreshTokenService;
use SimpleJWTLogin\Services\RegisterUserService;
use SimpleJWTLogin\Services\ResetPasswordService;
use WP_REST_Request;
use WP_REST_Response;
use WP_User;

/**
 * The routes of Simple JWT Login 4, and the tokens it signs. It checks passwords itself and parses its parameters in its own
 * way, so the user is always taken from its own filters.
 */
final class SimpleJwtLogin {
	/** @var list<array{0: string, 1: WP_REST_Request}> Its services that are running, innermost last. */
	private array $services = array();

	/** @var array<string, mixed> Filter => the value before other plugins changed it, where the administrator did not enable the filter. */
	private array $unasked = array();

	public function __construct(
		private readonly Issuer $issuer,
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly ProofClaim $claims,
		private readonly InheritedProofs $inherited,
		private readonly MadeAppPassword $made,
		private readonly Engine $engine,
		private readonly SimpleJwtAnswers $answers,
	) {}

	/**
	 * Filter rest_request_before_callbacks, last: one of its routes begins.
	 *
	 * @param mixed                $response Passed through.
	 * @param array<string, mixed> $handler  As WP_REST_Server matched it.
	 */
	public function begin( mixed $response, array $handler, WP_REST_Request $request ): mixed {
		$this->services[] = array( (string) Issuer::service( $handler ), $request );
		$this->issuer->listen();
		return $response;
	}

	/**
	 * Filter rest_dispatch_request, last, when the plugin's route has determined the user. Creating an API key requires step-up,
	 * because a key outlives the proof it was made under. The plugin's own second step is blocked beside ours: it would tell right
	 * codes from wrong ones, without limit.
	 *
	 * @param mixed $response What the earlier filters answered; null lets the callback run.
	 * @return mixed The same, or a WP_Error.
	 */
	public function dispatch( mixed $response ): mixed {
		if ( null !== $response ) {
			return $response;
		}
		try {
			if ( in_array( $this->service(), array( CreateApiKeyService::class, UpdateApiKeyService::class ), true ) && is_user_logged_in() ) {
				$this->gate->require_step_up( get_current_user_id(), time() );
			} elseif ( TwoFactorVerifyService::class === $this->service() ) {
				$user_id = $this->issuer->in_second_step();
				0 !== $user_id && $this->gate->is_asked( $user_id ) && $this->prove( $user_id );
			}
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		}
		return null;
	}

	/**
	 * Filter rest_request_after_callbacks: the service is over. An API key made under a proof works like an application password.
	 * If the plugin asks for its own second step, ours replaces it.
	 *
	 * @param mixed                $response The answer.
	 * @param array<string, mixed> $handler  As WP_REST_Server matched it.
	 * @return mixed The same, or ours.
	 */
	public function end( mixed $response, array $handler ): mixed {
		$body = $response instanceof WP_REST_Response ? (array) $response->get_data() : array();
		try {
			if ( is_string( $body['data']['key'] ?? null ) && CreateApiKeyService::class === Issuer::service( $handler ) ) {
				$this->made->remember( get_current_user_id(), array( 'uuid' => Engine::digest( $body['data']['key'] ) ) );
			} elseif ( ! empty( $body['data']['two_factor_required'] ) ) {
				$user_id = Issuer::user_of_second_step( $this->engine->jwt_peek( (string) ( $body['data']['jwt'] ?? '' ) )['claims'] ?? array() );
				$proof   = $this->gate->is_asked( $user_id ) ? $this->prove( $user_id ) : null;
				return null === $proof ? $response : $this->gate->mint( $proof )[0];
			}
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		} finally {
			array_pop( $this->services );
		}
		return $response;
	}

	/** First on one of its filters: if the administrator has not enabled the filter, other plugins must not change the value. */
	public function before_others( string $filter, mixed $value ): mixed {
		if ( ! $this->issuer->is_ticked( $filter ) ) {
			$this->unasked[ $filter ] = $value;
		}
		return $value;
	}

	/** Last on the same filter. */
	private function after_others( string $filter, mixed $value ): mixed {
		$value = array_key_exists( $filter, $this->unasked ) ? $this->unasked[ $filter ] : $value;
		unset( $this->unasked[ $filter ] );
		return $value;
	}

	/**
	 * The sign gate, last on the filter simple_jwt_login_generate_payload. Every one of its tokens passes here, and the login has
	 * done nothing before but check the password.
	 *
	 * @param mixed $claims The claims about to be signed.
	 * @return mixed The same, with the proof claim if there is a proof.
	 */
	public function sign( mixed $claims, WP_User $user ): mixed {
		$claims = $this->after_others( Issuer::CLAIMS, $claims );
		if ( ! is_array( $claims ) ) {
			return $claims;
		}
		unset( $claims[ ProofClaim::NAME ] );
		try {
			if ( ! $this->gate->is_asked( $user->ID ) ) {
				return $claims;
			}
			$proof = $this->gate->made( $user->ID ) ?? $this->prove( $user->ID );
			return null === $proof ? $claims : $this->claims->stamp( $claims + array( 'exp' => time() + $this->issuer->lifetime() ), $proof );
		} catch ( Refusal $refusal ) {
			if ( null === $this->service() ) {
				return $claims; // Not on one of its routes, but called by another plugin: the token will not be accepted.
			}
			$this->refuse( $refusal, $user->ID );
		}
	}

	/**
	 * Filters simple_jwt_login_response_auth_user and _response_refresh_token, last: records this request's proof for the refresh
	 * token about to be sent.
	 *
	 * @param mixed $response The answer's body.
	 */
	public function give( string $filter, mixed $response, WP_User $user ): mixed {
		$response = $this->after_others( $filter, $response );
		$token    = is_array( $response ) ? $response['data']['refresh_token'] ?? null : null;
		$proof    = $this->gate->made( $user->ID );
		if ( is_string( $token ) && null !== $proof ) {
			try {
				$this->inherited->keep( $token, $proof->with( issuer: Issuer::NAME ), time() + $this->issuer->refresh_lifetime() );
			} catch ( Refusal ) {
				return $response; // The store failed: the token is sent, but has no proof.
			}
		}
		return $response;
	}

	/** Filter two_factor_user_api_login_enable: the plugin's own second step is never shown beside ours. */
	public function lift( mixed $enabled, int $user_id ): mixed {
		try {
			$ours = null !== $this->gate->made( $user_id )
				|| (
					in_array( $this->service(), array( AuthenticateService::class, OAuthService::class ), true )
					&& ! $this->gate->monitors()
					&& $this->gate->is_asked( $user_id )
				);
		} catch ( Refusal ) {
			$ours = true; // The sign gate reports why.
		}
		return $ours ? true : $enabled;
	}

	/** Actions password_reset and delete_user, before core acts: done by a token alone, they require step-up. */
	public function before_harm( int $user_id ): void {
		$by_token = match ( $this->service() ) {
			ResetPasswordService::class => empty( $this->issuer->sent()['code'] ),
			DeleteUserService::class    => true,
			default                     => false,
		};
		if ( ! $by_token ) {
			return;
		}
		try {
			if ( array() !== $this->gate->required( $user_id ) ) {
				$refusal = $this->acceptance->refusal_of( $user_id );
				null === $refusal ? $this->gate->require_step_up( $user_id, time() ) : throw $refusal;
			}
		} catch ( Refusal $refusal ) {
			$this->refuse( $refusal, $user_id );
		}
	}

	/** The proof for a token of this user in the running service; null if monitor-only mode lets it pass without one. */
	private function prove( int $user_id ): ?Proof {
		return match ( $this->service() ) {
			AuthenticateService::class, RegisterUserService::class => $this->decide( $user_id, Proof::PASSWORD ),
			OAuthService::class           => $this->decide( $user_id, Proof::SSO ),
			RefreshTokenService::class    => $this->inherit( $user_id ),
			TwoFactorVerifyService::class => $this->require_proof(
				null,
				$user_id,
				new Refusal( Code::WrongDoor, array( 'issuer' => Issuer::NAME ) )
			),
			default                       => $this->require_proof( null, $user_id, new Refusal( Code::TokenUnproven ) ),
		};
	}

	private function decide( int $user_id, string $first ): ?Proof {
		return $this->gate->decide(
			$user_id,
			Issuer::NAME,
			Answer::from( end( $this->services )[1], Answer::BRIDGED, $this->presented ),
			$first
		);
	}

	/** Takes the proof from the plugin's refresh token; its successor will carry it. */
	private function inherit( int $user_id ): ?Proof {
		$token = $this->issuer->sent()['refresh_token'] ?? null;
		$found = is_string( $token ) ? $this->inherited->find( $token, Issuer::NAME, $user_id, time() ) : null;
		if ( null !== $found ) {
			$this->acceptance->require_sufficient( $found );
			$found = $this->inherited->spend( $token ) ? $found : null;
		}
		$proof = $this->require_proof( $found, $user_id, new Refusal( Code::TokenUnproven ) );
		return null === $proof ? null : $this->gate->admit( $proof );
	}

	private function require_proof( ?Proof $proof, int $user_id, Refusal $refusal ): ?Proof {
		return null !== $proof || $this->gate->lets_pass( $user_id, Issuer::NAME, $refusal ) ? $proof : throw $refusal;
	}

	/** The class of the running service. */
	private function service(): ?string {
		$going_on = end( $this->services );
		return false === $going_on ? null : $going_on[0];
	}

	private function refuse( Refusal $refusal, int $user_id ): never {
		$this->answers->refuse( $refusal, $user_id, end( $this->services )[1] );
	}
}
