<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Closure;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Namespaces;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\AccessTokens;
use Sallyport\WP\Token\Bearer;
use WP_Error;
use WP_REST_Response;

/** Sallyport's own tokens. */
final class Sallyport implements Issuer {
	public const NAME = 'sallyport';

	/** Routes that end a sign-in. */
	private const ENDS = array( '/token/revoke', '/sign-out' );

	/** This request's bearer, once it is known to be ours. All questions about the current user are answered from it. */
	private ?string $bearer = null;

	/** @var array<string, mixed> What hide() removed from $_SERVER. */
	private array $hidden = array();

	/** Nesting depth of determine_current_user: a plugin may ask for the user while it answers. */
	private int $depth = 0;

	private ?int $user_id = null;

	/** Why a bearer of ours was not accepted, for REST to report. */
	private ?Refusal $refusal = null;

	/** Set if it cannot be told whose bearer it is. */
	private ?Refusal $unreadable = null;

	/**
	 * @param Closure(): AccessTokens $tokens     Lazy: needed if there is a bearer to check, or a token to mint.
	 * @param Closure(): Namespaces   $namespaces Lazy: needed if a bearer was refused.
	 */
	public function __construct(
		private readonly Closure $tokens,
		private readonly Closure $namespaces,
	) {}

	public function name(): string {
		return self::NAME;
	}

	public function presented(): ?string {
		return $this->bearer ?? Bearer::token();
	}

	/** Whether this request's bearer was found to be ours, and so is no other plugin's. */
	public function is_bearer(): bool {
		return null !== $this->bearer;
	}

	/** The sid of the family of this request's access token; empty if there is none of ours. */
	public function family(): string {
		$bearer = $this->presented();
		return null === $bearer ? '' : ( $this->tokens )()->sid_in( $bearer );
	}

	/** How the sign-in of that token began: Proof::PASSWORD or ::SSO. */
	public function first_step(): string {
		$bearer = $this->presented();
		return null === $bearer ? Proof::PASSWORD : ( $this->tokens )()->first_step_in( $bearer );
	}

	/** Never: our own routes use the gate themselves. */
	public function is_login( array $handler ): bool {
		return false;
	}

	/** Never: our own validation does not need this check. */
	public function is_validation( array $handler ): bool {
		return false;
	}

	public function user_in( array $claims ): int {
		return is_string( $claims['sub'] ?? null ) && ctype_digit( $claims['sub'] ) ? (int) $claims['sub'] : 0;
	}

	public function mint( Proof $proof ): WP_REST_Response {
		$user = get_userdata( $proof->user_id );
		if ( ! $user ) {
			throw new Refusal( Code::ChallengeGone );
		}
		return new WP_REST_Response( ( $this->tokens )()->response( $user, $proof ) );
	}

	public function token_in( WP_REST_Response $response ): ?string {
		$token = ( (array) $response->get_data() )['token'] ?? null;
		return is_string( $token ) ? $token : null;
	}

	/**
	 * Filter determine_current_user at 9: hides a token of ours from the plugins at 10, which would take it for an invalid one of
	 * theirs. It is restored at 11.
	 *
	 * @param mixed $user_id Passed through.
	 */
	public function hide( mixed $user_id ): mixed {
		++$this->depth;
		try {
			$token = $this->presented();
			if ( null === $token || ! ( $this->tokens )()->is_ours( $token ) ) {
				return $user_id;
			}
			$this->bearer = $token;
			foreach ( Bearer::HEADERS as $name ) {
				if ( isset( $_SERVER[ $name ] ) ) {
					$this->hidden[ $name ] = $_SERVER[ $name ]; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- put back as it was.
					unset( $_SERVER[ $name ] );
				}
			}
		} catch ( Refusal $refusal ) {
			$this->unreadable = $refusal;
		}
		return $user_id;
	}

	/** Whether a token of ours is kept from other plugins just now. */
	public function is_hidden(): bool {
		return array() !== $this->hidden;
	}

	/**
	 * Filter determine_current_user at 11: the bearer's user, however often this is called. The bearer stands for itself, so the
	 * nonce of a cookie beside it does not matter.
	 *
	 * @param mixed $user_id What others found.
	 * @return mixed The bearer's user, if it is a valid token of ours; 0 if it is an invalid one.
	 */
	public function determine( mixed $user_id ): mixed {
		if ( --$this->depth <= 0 ) {
			$_SERVER      = $this->hidden + $_SERVER;
			$this->hidden = array();
		}
		if ( null === $this->bearer ) {
			return $user_id;
		}
		$GLOBALS['wp_rest_auth_cookie'] = null;
		return $this->named( $this->bearer );
	}

	/** The user the bearer names; 0 if it is invalid. It is verified once. */
	private function named( #[\SensitiveParameter] string $bearer ): int {
		if ( null === $this->user_id ) {
			try {
				$this->user_id = ( $this->tokens )()->user_of( $bearer );
			} catch ( Refusal $refusal ) {
				$this->user_id = 0;
				$this->refusal = $refusal;
			}
		}
		return $this->user_id;
	}

	/**
	 * A token of ours proves something only for the user it was verified for: another plugin may have found a user by something
	 * else.
	 *
	 * @param string $bearer The only one of this request, of any issuer.
	 * @throws Refusal Its refusal, or sallyport_token_unproven.
	 */
	public function require_user( #[\SensitiveParameter] string $bearer, int $user_id ): void {
		if ( null === $this->bearer ) {
			if ( ! ( $this->tokens )()->is_ours( $bearer ) ) {
				if ( ( $this->tokens )()->is_for_us( $bearer ) ) {
					// It is another site's, or was altered so that nobody verified its signature.
					throw new Refusal( Code::TokenUnproven );
				}
				return;
			}
			// A token that another plugin read in a place of its own was not verified here.
			$this->bearer = $this->presented() ?? throw new Refusal( Code::TokenUnproven );
		}
		if ( $this->named( $this->bearer ) !== $user_id ) {
			throw $this->refusal ?? new Refusal( Code::TokenUnproven );
		}
	}

	/**
	 * The proof its family was given in place.
	 *
	 * @throws Refusal As AccessTokens::proof_in_place().
	 */
	public function proof_in_place( #[\SensitiveParameter] string $token, int $user_id ): ?Proof {
		return ( $this->tokens )()->proof_in_place( $token, $user_id );
	}

	/**
	 * Filter rest_authentication_errors: an invalid bearer of ours gets a 401, and is never a guest. If the extension is missing, a
	 * bearer that identified nobody gets a 503.
	 *
	 * @param WP_Error|true|null $result What the plugins before found.
	 * @return WP_Error|true|null
	 */
	public function rest_errors( mixed $result ): mixed {
		if (
			null !== $this->refusal
			&& in_array( ( $this->namespaces )()->path( $GLOBALS['wp']->query_vars['rest_route'] ?? '' ), self::ENDS, true )
		) {
			return $result; // Ending an expired or revoked sign-in is no error; the request is anonymous all the same.
		}
		$refusal = $this->refusal ?? ( is_user_logged_in() ? null : $this->unreadable );
		return null === $refusal ? $result : $refusal->to_error();
	}
}
