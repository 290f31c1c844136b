<?php
declare( strict_types=1 );

namespace Sallyport\WP\Bridge;

use Closure;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\BridgedLogins;
use Sallyport\WP\Issuer\UsefulTeam as Issuer;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\State;
use Sallyport\WP\Token\InheritedProofs;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;
use WP_User;

/**
 * At the hooks of JWT Auth by Useful Team.
 *
 * Its routes run inside run(), so that a refusal thrown from any of its filters ends them there, before the plugin sets its
 * refresh cookie or writes user meta. Outside of run(), where other code asks the plugin for a token, nothing is thrown: the
 * token carries no proof, and Acceptance refuses it.
 */
final class UsefulTeam {
	private ?WP_REST_Request $request = null;

	/** The user to whom the running route issues tokens; 0 before that is known. */
	private int $user_id = 0;

	/** The refresh cookie by which the running route identifies its user; null for a password. */
	private ?string $cookie = null;

	/** Why we refuse the token that is being validated. */
	private ?Refusal $invalid = null;

	/** @param Closure(): bool $cookies Whether the page that asks may use a cookie. */
	public function __construct(
		private readonly Issuer $issuer,
		private readonly BridgedLogins $logins,
		private readonly Acceptance $acceptance,
		private readonly InheritedProofs $proofs,
		private readonly State $state,
		private readonly Closure $cookies,
	) {}

	/**
	 * Filter rest_dispatch_request, last: runs a route of the plugin's.
	 *
	 * @param mixed                $response What the filters before answered; null lets the callback run.
	 * @param array<string, mixed> $handler  The matched handler.
	 * @return mixed The same, the route's answer, or a WP_Error.
	 */
	public function run( mixed $response, WP_REST_Request $request, array $handler ): mixed {
		$method = Issuer::method( $handler );
		if ( null !== $response || '' === $method ) {
			return $response;
		}
		$outer         = array( $this->request, $this->user_id, $this->cookie, $this->invalid );
		$this->request = $request;
		$this->user_id = 0;
		$this->cookie  = self::cookie( $method, $request );
		$this->invalid = null;
		try {
			$user_id = self::user_in( $this->cookie );
			$answer  = $this->logins->inheriting(
				$this->inherited( $user_id ),
				$user_id,
				static fn (): mixed => ( $handler['callback'] )( $request )
			);
			return null === $this->invalid ? $answer : $this->invalid->to_error();
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		} finally {
			list( $this->request, $this->user_id, $this->cookie, $this->invalid ) = $outer;
		}
	}

	/**
	 * Filter jwt_auth_do_custom_auth, last: for a login without `authenticate`.
	 *
	 * @param mixed $user What the site's own authentication found.
	 */
	public function custom( mixed $user ): mixed {
		return null === $this->request ? $user : $this->logins->authenticate( $user );
	}

	/**
	 * Filter jwt_auth_payload, first: before the plugin writes anything.
	 *
	 * @throws Refusal If this user may not be issued a token now.
	 */
	public function before_token( mixed $claims, WP_User $user ): mixed {
		if ( null !== $this->request ) {
			$this->user_id = $user->ID;
			$this->require_may( $user->ID );
		}
		return $claims;
	}

	/**
	 * Filter jwt_auth_refresh_expire: the only filter that runs before the plugin sets its refresh cookie.
	 *
	 * @throws Refusal If this user may not be issued a refresh token now.
	 */
	public function before_refresh_token( mixed $expires ): mixed {
		if ( null !== $this->request && 0 === $this->user_id && null !== $this->cookie ) {
			$this->user_id = self::user_in( $this->cookie );
			$this->require_may( $this->user_id );
			if ( null !== $this->logins->proof( $this->user_id ) && ! $this->proofs->spend( $this->cookie ) ) {
				throw new Refusal( Code::TokenUnproven );
			}
		}
		return $expires;
	}

	/**
	 * Filter update_user_metadata: records the proof of a new refresh token. The plugin stores device => {token, expires}.
	 *
	 * @param mixed $check Passed through.
	 * @param mixed $value What the plugin stores.
	 */
	public function keep( mixed $check, int $user_id, string $key, mixed $value ): mixed {
		$proof = null === $this->request || $user_id !== $this->user_id || 'jwt_auth_refresh_tokens' !== $key
			? null
			: $this->logins->proof( $user_id );
		$token = null === $proof ? null : $value[ $this->request->get_param( 'device' ) ?: '' ] ?? null;
		if ( isset( $token['token'], $token['expires'] ) ) {
			$this->proofs->keep( $user_id . '.' . $token['token'], $proof->with( Issuer::NAME ), (int) $token['expires'] );
		}
		return $check;
	}

	/**
	 * Filter jwt_auth_extra_token_check, last, because the plugin's own check discards earlier results.
	 *
	 * @param mixed $failed Why the token is not valid; empty if it is.
	 */
	public function check( mixed $failed, #[\SensitiveParameter] string $token ): mixed {
		if ( ! empty( $failed ) || doing_filter( 'determine_current_user' ) ) {
			return $failed; // There Acceptance decides next, and reports why.
		}
		try {
			$this->acceptance->require_proven( $this->issuer, $token );
		} catch ( Refusal $refusal ) {
			// Without the extension the token cannot be read, so the user is unknown. Calling it valid gives no access.
			if ( Code::Unavailable !== $refusal->reason ) {
				$this->invalid = null === $this->request ? null : $refusal;
				return $refusal->reason->value;
			}
		}
		return $failed;
	}

	/**
	 * Filter rest_request_after_callbacks, last: puts our answers on the plugin's routes into its own envelope.
	 *
	 * @param array<string, mixed> $handler The matched handler.
	 */
	public function envelope( mixed $response, array $handler ): mixed {
		$code = $response instanceof WP_Error && '' !== Issuer::method( $handler ) ? Code::tryFrom( (string) $response->get_error_code() ) : null;
		if (
			null === $code
			|| ! ( str_starts_with( $code->value, 'sallyport_' ) || in_array( $code, array( Code::InvalidParam, Code::MissingParam ), true ) )
		) {
			return $response;
		}
		$data   = (array) $response->get_error_data();
		$status = (int) ( $data['status'] ?? $code->status() );
		return new WP_REST_Response(
			array(
				'success'    => false,
				'statusCode' => $status,
				'code'       => $code->value,
				'message'    => $response->get_error_message(),
				'data'       => array( 'status' => $status ) + $data,
			),
			$status
		);
	}

	/** @throws Refusal If this user may not be issued a token. */
	private function require_may( int $user_id ): void {
		$refusal = $this->logins->refusal( $user_id );
		if ( null !== $refusal ) {
			throw $refusal;
		}
	}

	/**
	 * The proof of this request's refresh cookie; whether the cookie is valid is for the plugin to check. A browser sends it
	 * whichever page asks, and core lets any page read the answer.
	 *
	 * @throws Refusal sallyport_origin_refused.
	 */
	private function inherited( int $user_id ): ?Proof {
		$proof = null !== $this->cookie && $this->state->is_enrolled( $user_id )
			? $this->proofs->find( $this->cookie, Issuer::NAME, $user_id, time() )
			: null;
		return null === $proof || ( $this->cookies )() ? $proof : throw new Refusal( Code::OriginRefused );
	}

	/** The user id before the dot of a refresh cookie. The rest may make it look like a number: 7.1e5… */
	private static function user_in( #[\SensitiveParameter] ?string $cookie ): int {
		return (int) explode( '.', (string) $cookie )[0];
	}

	/** The refresh cookie, if the plugin's route uses it. */
	private static function cookie( string $method, WP_REST_Request $request ): ?string {
		$by_password = 'get_token' === $method && null !== $request->get_param( 'username' ) && null !== $request->get_param( 'password' );
		$cookie      = $_COOKIE[ Issuer::COOKIE ] ?? null; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- looked up by its digest.
		return ! $by_password && in_array( $method, array( 'get_token', 'refresh_token' ), true ) && is_string( $cookie ) ? $cookie : null;
	}
}
