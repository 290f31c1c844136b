<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Closure;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Namespaces;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FamilyRow;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Store\State;
use WP_User;

/** Sallyport's own access tokens (RFC 9068): minting, the token response, verification. */
final class AccessTokens {
	private const TYP    = 'at+jwt';
	private const CLIENT = 'sallyport';

	/** Seconds an access token lives under HeadlessKey's contract. */
	private const HEADLESSKEYS = 3600;

	/** @var string|null The sid of the caller's family, if a new token is to join it instead of opening one. */
	private ?string $continued = null;

	private string $kept = '';

	/** @param Closure(): RefreshTokens $refresh_tokens Lazy: needed to issue a token; most requests only present one. */
	public function __construct(
		private readonly SigningKeys $key,
		private readonly Engine $engine,
		private readonly ProofClaim $claims,
		private readonly Families $families,
		private readonly Closure $refresh_tokens,
		private readonly State $state,
		private readonly Settings $settings,
		private readonly Namespaces $namespaces,
	) {}

	/** Seconds a new access token lives, if its family lives as long. */
	public function lifetime(): int {
		$theirs = $this->namespaces->is_headlesskeys() && ! $this->settings->is_set( 'token_ttl' );
		return $theirs ? self::HEADLESSKEYS : (int) $this->settings->get( 'token_ttl' );
	}

	/**
	 * The token response for a new family, unless the caller's own family continues.
	 *
	 * @param Proof|null $proof     Null for a user without a factor.
	 * @param string     $first     How that user signed in: Proof::PASSWORD or ::SSO.
	 * @param int|null   $signed_in When, Unix seconds; null: now.
	 * @return array<string, mixed>
	 * @throws Refusal sallyport_token_stale if the user's factors changed since the proof; _token_invalid if the caller's family has ended meanwhile.
	 */
	public function response( WP_User $user, ?Proof $proof, string $first = Proof::PASSWORD, ?int $signed_in = null ): array {
		$now = time();
		if ( null !== $this->continued ) {
			$family = $this->families->with_sid( $this->continued ) ?? throw Refusal::token_invalid( 'revoked' );
			return $this->answer( $user, $proof, $family->sid, $first, $signed_in ?? $now, $now, $family->expires_at );
		}
		$family = $this->families->open( $user->ID, $proof, $first, $signed_in ?? $now, $now );
		// A reset during this login ended the families it found, but not this new one. Opening it has reloaded the user's meta.
		if ( null !== $proof && $proof->epoch !== $this->state->epoch( $user->ID ) ) {
			$this->families->end( $family );
			throw new Refusal( Code::TokenStale );
		}
		return $this->answer( $user, $proof, $family->sid, $first, $family->proven_at, $now, $family->expires_at )
			+ ( $this->refresh_tokens )()->describe( ( $this->refresh_tokens )()->issue( $family, $now ), $family, $now );
	}

	/**
	 * The token response to a refresh. It carries the family's proof with its original time.
	 *
	 * @param string|null $refresh_token The next refresh token; null if the response has an access token only.
	 * @return array<string, mixed>
	 */
	public function renewed( WP_User $user, ?Proof $proof, FamilyRow $family, #[\SensitiveParameter] ?string $refresh_token ): array {
		$now = time();
		// A family from before schema 3 has no login time if its user signed in by password alone.
		$signed_in = 0 === $family->proven_at ? $family->created_at : $family->proven_at;
		return $this->answer( $user, $proof, $family->sid, Proof::first_in( $family->amr ), $signed_in, $now, $family->expires_at )
			+ ( null === $refresh_token ? array() : ( $this->refresh_tokens )()->describe( $refresh_token, $family, $now ) );
	}

	/**
	 * @param string $first     How the user signed in, if there is no proof to say it.
	 * @param int    $signed_in When.
	 * @param int    $until     When its family ends; the token ends no later.
	 * @return array<string, mixed>
	 */
	private function answer( WP_User $user, ?Proof $proof, string $sid, string $first, int $signed_in, int $now, int $until ): array {
		$claims = $this->claims_for( $user, $proof, $sid, $first, $signed_in, $now, min( $now + $this->lifetime(), $until ) );
		return array(
			'token'       => $this->engine->jwt_sign( $claims, $this->key->keyring(), self::TYP ),
			'expiration'  => gmdate( 'c', $claims['exp'] ),
			'expires_in'  => $claims['exp'] - $now,
			'user'        => self::user( $user ),
			'refreshable' => true,
			'jti'         => $claims['jti'],
		);
	}

	/** Steps up the family of the presented token. Tokens minted later in this request belong to it. */
	public function continue_family( #[\SensitiveParameter] string $token, Proof $proof ): void {
		$this->continued = $this->sid_in( $token );
		$this->families->prove( $this->continued, $proof );
	}

	/** Keeps the family of the presented token over an activation in this request, which ends all others. */
	public function keep_family( #[\SensitiveParameter] string $token ): void {
		$this->kept = $this->sid_in( $token );
	}

	/** The sid of the family that keep_family() spared; empty if none. */
	public function kept_family(): string {
		return $this->kept;
	}

	/**
	 * Steps up the family of the presented token in place: all its tokens count by this proof from now on.
	 *
	 * @throws Refusal sallyport_token_invalid: the family has ended.
	 */
	public function prove_in_place( #[\SensitiveParameter] string $token, Proof $proof ): void {
		$this->families->prove_in_place(
			$this->families->with_sid( $this->sid_in( $token ) ) ?? throw Refusal::token_invalid( 'revoked' ),
			$proof
		);
	}

	/**
	 * The proof that the token's family was given in place since the token was issued. Null for anything but a valid Sallyport
	 * token of this user.
	 *
	 * @throws Refusal sallyport_token_invalid {reason}, or _unavailable.
	 */
	public function proof_in_place( #[\SensitiveParameter] string $token, int $user_id ): ?Proof {
		$proof = $this->families->proof_in_place( $user_id, $this->sid_in( $token ) );
		return null !== $proof && $this->user_of( $token ) === $user_id ? $proof : null;
	}

	/** The sid in a Sallyport token that was accepted; empty for any other token. */
	public function sid_in( #[\SensitiveParameter] string $token ): string {
		$sid = $this->is_ours( $token ) ? $this->engine->jwt_peek( $token )['claims']['sid'] ?? '' : '';
		return is_string( $sid ) ? $sid : '';
	}

	/** How the sign-in of an accepted Sallyport token began: Proof::PASSWORD or ::SSO. */
	public function first_step_in( #[\SensitiveParameter] string $token ): string {
		$amr = $this->is_ours( $token ) ? $this->engine->jwt_peek( $token )['claims']['amr'] ?? array() : array();
		return Proof::first_in( is_array( $amr ) ? $amr : array() );
	}

	/**
	 * The family of a token that we signed, even of an expired one; null if the family has ended.
	 *
	 * @throws Refusal sallyport_token_invalid {reason} for a token that was never ours.
	 */
	public function family_of( #[\SensitiveParameter] string $token ): ?FamilyRow {
		$issued = $this->engine->jwt_peek( $token )['claims']['iat'] ?? 0;
		return $this->families->with_sid( $this->checked( $token, is_int( $issued ) ? $issued : 0 )['sid'] );
	}

	/**
	 * Whether a bearer token claims to be ours: it has our type or names our client, and comes from this site. A token from
	 * before the site changed its address is recognised by a key of this site. It may still be invalid.
	 *
	 * @throws Refusal sallyport_unavailable if that cannot be told.
	 */
	public function is_ours( #[\SensitiveParameter] string $token ): bool {
		$peeked = $this->engine->jwt_peek( $token );
		return null !== $peeked
			&& ( self::TYP === ( $peeked['header']['typ'] ?? null ) || $this->is_for_us( $token ) )
			&& (
				self::issuer() === ( $peeked['claims']['iss'] ?? null )
				|| in_array( $peeked['header']['kid'] ?? null, array_column( $this->key->all(), 'kid' ), true )
			);
	}

	/** Whether a bearer token claims to be issued to our client, by any site. */
	public function is_for_us( #[\SensitiveParameter] string $token ): bool {
		return self::CLIENT === ( $this->engine->jwt_peek( $token )['claims']['client_id'] ?? null );
	}

	/**
	 * The user that a Sallyport token names.
	 *
	 * @throws Refusal sallyport_token_invalid {reason}, or _unavailable.
	 */
	public function user_of( #[\SensitiveParameter] string $token ): int {
		return (int) $this->verify( $token )['sub'];
	}

	/**
	 * @return array<string, mixed> The claims of a valid Sallyport token.
	 * @throws Refusal sallyport_token_invalid {reason}, or _unavailable.
	 */
	public function verify( #[\SensitiveParameter] string $token ): array {
		$claims = $this->checked( $token, time() );
		if ( ! get_userdata( (int) $claims['sub'] ) ) {
			throw Refusal::token_invalid( 'subject' );
		}
		if ( ! $this->families->is_live( (int) $claims['sub'], $claims['sid'] ) ) {
			throw $this->ended( $claims );
		}
		return $claims;
	}

	/** Why a family has ended; the answer says so if the user's factors changed. */
	private function ended( array $claims ): Refusal {
		$user_id = (int) $claims['sub'];
		$state   = $this->state->read( $user_id );
		if ( ! ( $state['enrolled'] ?? false ) ) {
			return Refusal::token_invalid( 'revoked' );
		}
		try {
			$proof = $this->claims->read( $claims, time() );
		} catch ( Refusal $refusal ) {
			return $refusal;
		}
		if ( $proof->user_id !== $user_id ) {
			return new Refusal( Code::TokenUnproven );
		}
		return $proof->epoch === $state['epoch'] ? Refusal::token_invalid( 'revoked' ) : new Refusal( Code::TokenStale );
	}

	/**
	 * @param int $now The time at which it must be valid.
	 * @return array<string, mixed> The claims of a token that we signed.
	 */
	private function checked( #[\SensitiveParameter] string $token, int $now ): array {
		$claims = $this->engine->jwt_verify(
			$token,
			$this->key->keyring(),
			$now,
			array(
				'iss'      => self::issuer(),
				'aud'      => self::issuer(),
				'typ'      => self::TYP,
				'required' => array( 'sub', 'exp', 'iat', 'jti', 'sid' ),
			)
		);
		if ( is_string( $claims ) ) {
			throw Refusal::token_invalid( $claims );
		}
		if ( ! is_string( $claims['sub'] ) || ! ctype_digit( $claims['sub'] ) || ! is_string( $claims['sid'] ) ) {
			throw Refusal::token_invalid( 'subject' );
		}
		return $claims;
	}

	/** Our name in `iss` and `aud`: the stored address, which no translation plugin or proxy can change for one request. */
	public static function issuer(): string {
		return untrailingslashit( (string) get_option( 'home' ) );
	}

	/** @return array<string, mixed> */
	private function claims_for( WP_User $user, ?Proof $proof, string $sid, string $first, int $signed_in, int $now, int $expires_at ): array {
		$claims = array(
			'iss'       => self::issuer(),
			'sub'       => (string) $user->ID,
			'aud'       => self::issuer(),
			'client_id' => self::CLIENT,
			'iat'       => $now,
			'nbf'       => $now,
			'exp'       => $expires_at,
			'jti'       => wp_generate_uuid4(),
			'sid'       => $sid,
			'amr'       => $proof?->amr ?? array( $first ),
			'acr'       => $proof?->is_strong() ? 'aal2' : 'aal1',
			'auth_time' => $proof?->at ?? $signed_in,
			'data'      => array(
				'ID'         => $user->ID,
				'user_login' => $user->user_login,
				'user'       => array( 'id' => (string) $user->ID ),
			),
		);
		return null === $proof ? $claims : $this->claims->stamp( $claims, $proof );
	}

	/** @return array{ID: int, user_login: string, user_email: string, display_name: string, roles: list<string>} */
	public static function user( WP_User $user ): array {
		return array(
			'ID'           => $user->ID,
			'user_login'   => $user->user_login,
			'user_email'   => $user->user_email,
			'display_name' => $user->display_name,
			'roles'        => array_values( $user->roles ),
		);
	}
}
