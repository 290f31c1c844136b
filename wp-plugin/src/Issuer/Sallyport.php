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

	/** The routes that end a sign-in. */
	private const ENDS = array( '/token/revoke', '/sign-out' );

	/** The bearer of this request, once it is known to be one of ours: what every question about the user is answered from. */
	private ?string $bearer = null;

	/** @var array<string, mixed> What hide() took out of $_SERVER. */
	private array $hidden = array();

	/** How many questions about the user are going on: a plugin may ask one while it answers another. */
	private int $depth = 0;

	private ?int $user_id = null;

	/** Why a bearer of ours was not accepted, for REST to say. */
	private ?Refusal $refusal = null;

	/** Set when nobody can tell whose bearer it is. */
	private ?Refusal $unreadable = null;

	/**
	 * @param Closure(): AccessTokens $tokens     Made when there is a bearer to look at, or a token to mint.
	 * @param Closure(): Namespaces   $namespaces Made when one was refused.
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

	/** Whether the bearer of this request was found to be one of ours: it is none of another plugin's then. */
	public function is_bearer(): bool {
		return null !== $this->bearer;
	}

	/** The sid of the family whose access token this request brings; empty where it brings none of ours. */
	public function family(): string {
		$bearer = $this->presented();
		return null === $bearer ? '' : ( $this->tokens )()->sid_in( $bearer );
	}

	/** What the sign-in of that token began with: Proof::PASSWORD or ::SSO. */
	public function first_step(): string {
		$bearer = $this->presented();
		return null === $bearer ? Proof::PASSWORD : ( $this->tokens )()->first_step_in( $bearer );
	}

	/** Our own routes ask the gate themselves. */
	public function is_login( array $handler ): bool {
		return false;
	}

	/** Nor does our own validation need telling. */
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
	 * Filter determine_current_user at 9: keeps a token of ours from the plugins at 10, who would take it for a bad
	 * one of theirs. It is put back at 11.
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
					$this->hidden[ $name ] = $_SERVER[ $name ]; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput
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
	 * Filter determine_current_user at 11: who the bearer says it is, however often it is asked. It stands for itself,
	 * so the nonce of a cookie beside it does not matter.
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
		$GLOBALS['wp_rest_auth_cookie'] = null; // phpcs:ignore WordPress.WP.GlobalVariablesOverride
		return $this->named( $this->bearer );
	}

	/** Whom the bearer names; 0 if it is invalid. It is looked at once. */
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
	 * A token of ours proves something of the user it was found valid for: another plugin may have found one by something else.
	 *
	 * @param string $bearer The only one of this request, of any issuer.
	 * @throws Refusal What it was refused for, or sallyport_token_unproven.
	 */
	public function require_user( #[\SensitiveParameter] string $bearer, int $user_id ): void {
		if ( null === $this->bearer ) {
			if ( ! ( $this->tokens )()->is_ours( $bearer ) ) {
				if ( ( $this->tokens )()->is_for_us( $bearer ) ) {
					throw new Refusal( Code::TokenUnproven ); // One of another site, or one that was altered until nobody looked at its signature.
				}
				return;
			}
			$this->bearer = $this->presented() ?? throw new Refusal( Code::TokenUnproven ); // Where another plugin reads its own, nobody looked at it.
		}
		if ( $this->named( $this->bearer ) !== $user_id ) {
			throw $this->refusal ?? new Refusal( Code::TokenUnproven );
		}
	}

	/** The proof its family was given in place. @throws Refusal As AccessTokens::proof_in_place(). */
	public function proof_in_place( #[\SensitiveParameter] string $token, int $user_id ): ?Proof {
		return ( $this->tokens )()->proof_in_place( $token, $user_id );
	}

	/**
	 * Filter rest_authentication_errors: an invalid bearer of ours is a 401, never a guest; where the extension that
	 * could tell is missing, a bearer that made nobody of the request is a 503.
	 *
	 * @param WP_Error|true|null $result What the plugins before found.
	 * @return WP_Error|true|null
	 */
	public function rest_errors( mixed $result ): mixed {
		if ( null !== $this->refusal && in_array( ( $this->namespaces )()->path( $GLOBALS['wp']->query_vars['rest_route'] ?? '' ), self::ENDS, true ) ) {
			return $result; // Ending what is expired or revoked is no error; the request is nobody's all the same.
		}
		$refusal = $this->refusal ?? ( is_user_logged_in() ? null : $this->unreadable );
		return null === $refusal ? $result : $refusal->to_error();
	}
}
