<?php
declare( strict_types=1 );

namespace Sallyport\WP\Bridge;

use Closure;
use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\BridgedLogins;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Issuer\CoCart as Issuer;
use Sallyport\WP\Issuer\Issuers;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\InheritedProofs;
use WP_Error;
use WP_REST_Request;

/**
 * At the hooks of CoCart, which accepts a password with any request, and of its JWT plugin, whose login issues tokens to the
 * request's user.
 */
final class CoCart {
	/** The user whose password came with this request; 0 if none did. */
	private int $by_password = 0;

	/** Why the request does not count as that user in spite of the password. */
	private ?Refusal $refusal = null;

	/** Whether the code is being checked. Meanwhile the request is anonymous. */
	private bool $deciding = false;

	/** The user to whom the running route issues tokens; 0 if none is running. */
	private int $user_id = 0;

	/** Seconds for which the plugin accepts a new refresh token. */
	private int $lifetime = 0;

	public function __construct(
		private readonly Issuer $issuer,
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly BridgedLogins $logins,
		private readonly Challenges $challenges,
		private readonly InheritedProofs $proofs,
		private readonly Presented $presented,
		private readonly Issuers $issuers,
	) {}

	/**
	 * Filter cocart_authenticate, first: notes the user CoCart found by password. A user found later came by a token.
	 *
	 * @param mixed $found A user's id, or false.
	 */
	public function by_password( mixed $found ): mixed {
		$this->by_password = (int) $found;
		return $found;
	}

	/**
	 * Filter cocart_authenticate, last: a password requires the second factor, on every route.
	 *
	 * @param mixed $found A user's id.
	 * @return mixed The same, or 0.
	 */
	public function authenticate( mixed $found ): mixed {
		$user_id = (int) $found;
		if ( 0 === $user_id || $user_id !== $this->by_password ) {
			return $found;
		}
		if ( $this->deciding ) {
			return 0;
		}
		$this->deciding = true;
		try {
			if ( null === $this->refusal && null === $this->gate->made( $user_id ) && $this->gate->is_asked( $user_id ) ) {
				$this->decide( $user_id, self::request() );
			}
		} catch ( Refusal $refusal ) {
			$this->refusal = $refusal;
		} finally {
			$this->deciding = false;
		}
		return null === $this->refusal ? $found : 0;
	}

	/** Filter rest_authentication_errors, last: reports the refusal. CoCart would continue as a guest. */
	public function rest_errors( mixed $result ): mixed {
		return null === $this->refusal ? $result : $this->refusal->to_error();
	}

	/**
	 * Filter rest_request_before_callbacks, last: at the login, a challenge replaces the password before the route asks for the
	 * current user.
	 *
	 * @param mixed                $response What the earlier filters answered.
	 * @param array<string, mixed> $handler  The matched handler.
	 * @return mixed The same, or a WP_Error.
	 */
	public function take_challenge( mixed $response, array $handler, WP_REST_Request $request ): mixed {
		$given = Fields::of( $request )->has( Answer::BRIDGED . 'challenge' ) || null !== $request->get_header( 'x_sallyport_challenge' );
		if (
			$response instanceof WP_Error
			|| ! $given
			|| ! $this->issuer->is_login( $handler )
			|| null !== $this->gate->made( $this->by_password )
		) {
			return $response;
		}
		try {
			wp_set_current_user( $this->prove( Answer::from( $request, Answer::BRIDGED, $this->presented ) )->user_id );
			return $response;
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		}
	}

	/**
	 * Filter rest_dispatch_request, before the last: tokens are issued only to a user who holds a proof, and nothing is written
	 * before that is checked.
	 *
	 * @param mixed                $response What the earlier filters answered; null lets the callback run.
	 * @param array<string, mixed> $handler  The matched handler.
	 * @return mixed The same, the route's answer, or a WP_Error.
	 */
	public function run( mixed $response, WP_REST_Request $request, array $handler ): mixed {
		$route = Issuer::route( $handler );
		if ( null !== $response || '' === $route ) {
			return $response;
		}
		$refresh = Issuer::REFRESH === $route ? $request->get_param( 'refresh_token' ) : null;
		$answer  = static fn (): mixed => ( $handler['callback'] )( $request );
		try {
			$user_id = Issuer::LOGIN === $route
				? get_current_user_id()
				: ( is_string( $refresh ) && '' !== $refresh ? $this->issuer->user_of( $refresh ) : 0 );
			if ( 0 === $user_id || ! $this->gate->is_asked( $user_id ) ) {
				return $answer();
			}
			return $this->logins->inheriting(
				$this->inherited( $user_id, $refresh ),
				$user_id,
				fn (): mixed => $this->give( $user_id, $refresh, $answer )
			);
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		}
	}

	/** Filter cocart_jwt_auth_refresh_token_expiration, last: right before the plugin stores the token. */
	public function expires_in( mixed $seconds ): mixed {
		$this->lifetime = (int) $seconds;
		return $seconds;
	}

	/**
	 * Filter add_user_metadata: records the proof of a new refresh token.
	 *
	 * @param mixed $check Passed through.
	 * @param mixed $value What the plugin stores.
	 */
	public function keep( mixed $check, int $user_id, string $key, mixed $value ): mixed {
		$proof = 0 === $this->user_id || $user_id !== $this->user_id || '_cocart_jwt_refresh_token' !== $key
			? null
			: $this->logins->proof( $user_id );
		if ( null !== $proof && is_string( $value ) ) {
			$this->proofs->keep( $value, $proof->with( Issuer::NAME ), time() + $this->lifetime );
		}
		return $check;
	}

	/** @throws Refusal If the password is not enough. */
	private function decide( int $user_id, WP_REST_Request $request ): void {
		$answer = Answer::from( $request, Answer::BRIDGED, $this->presented );
		if ( null === $answer->challenge ) {
			$this->gate->decide( $user_id, Issuer::NAME, $answer );
		} elseif ( $this->prove( $answer )->user_id !== $user_id ) {
			throw new Refusal( Code::Ambiguous );
		}
	}

	/** @throws Refusal sallyport_wrong_door with nothing spent, or as Verifier::complete() does. */
	private function prove( Answer $answer ): Proof {
		$challenge = $this->challenges->find( $answer->require_challenge(), time() );
		if ( Issuer::NAME !== $challenge->issuer ) {
			throw new Refusal( Code::WrongDoor, array( 'issuer' => $challenge->issuer ) );
		}
		return $this->gate->prove( $challenge, $answer );
	}

	/**
	 * The proof that new tokens inherit: of an accepted token, or of the refresh token. Not of a cookie, because CoCart checks no
	 * nonce for it, and answers any origin.
	 */
	private function inherited( int $user_id, #[\SensitiveParameter] mixed $refresh ): ?Proof {
		if ( is_string( $refresh ) ) {
			return $this->proofs->find( $refresh, Issuer::NAME, $user_id, time() );
		}
		return array() === $this->issuers->presented() ? null : $this->acceptance->proof( $user_id );
	}

	/**
	 * @param Closure(): mixed $answer
	 * @throws Refusal If no tokens may be issued.
	 */
	private function give( int $user_id, #[\SensitiveParameter] mixed $refresh, Closure $answer ): mixed {
		if ( Issuer::is_outdated() ) {
			throw Refusal::unavailable( Problem::Issuer );
		}
		if ( ! is_string( $refresh ) && null !== $this->presented->app_password( $user_id ) ) {
			throw new Refusal( Code::AppPassword );
		}
		$refusal = $this->logins->refusal( $user_id );
		if ( null !== $refusal ) {
			throw $refusal;
		}
		if ( is_string( $refresh ) && null !== $this->logins->proof( $user_id ) && ! $this->proofs->spend( $refresh ) ) {
			throw new Refusal( Code::TokenUnproven );
		}
		$outer         = $this->user_id;
		$this->user_id = $user_id;
		try {
			return $answer();
		} finally {
			$this->user_id = $outer;
		}
	}

	/** This request as a WP_REST_Request: CoCart checks the password before there is one. */
	private static function request(): WP_REST_Request {
		$request = new WP_REST_Request( (string) ( $_SERVER['REQUEST_METHOD'] ?? 'GET' ) ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- the request as core makes it.
		$request->set_query_params( wp_unslash( $_GET ) ); // phpcs:ignore WordPress.Security.NonceVerification -- the same.
		$request->set_body_params( wp_unslash( $_POST ) ); // phpcs:ignore WordPress.Security.NonceVerification -- the same.
		$request->set_body( (string) \WP_REST_Server::get_raw_data() );
		foreach ( wp_unslash( $_SERVER ) as $name => $value ) {
			if ( is_string( $value ) && ( str_starts_with( (string) $name, 'HTTP_X_SALLYPORT_' ) || 'CONTENT_TYPE' === $name ) ) {
				$request->set_header( str_starts_with( $name, 'HTTP_' ) ? substr( $name, 5 ) : $name, $value );
			}
		}
		return $request;
	}
}
