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

/** Sallyport's own access tokens (RFC 9068): minted, answered, and checked. */
final class AccessTokens {
	private const TYP    = 'at+jwt';
	private const CLIENT = 'sallyport';

	/** Seconds one lives by HeadlessKey's contract. */
	private const HEADLESSKEYS = 3600;

	/** @var string|null The sid of the family a new token belongs to, when the caller's own token is being renewed. */
	private ?string $continued = null;

	private string $kept = '';

	/** @param Closure(): RefreshTokens $refresh_tokens Made when a token is issued: most requests present one. */
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

	/** Seconds an access token lives that is minted now, if its family does. */
	public function lifetime(): int {
		$theirs = $this->namespaces->is_headlesskeys() && ! $this->settings->is_set( 'token_ttl' );
		return $theirs ? self::HEADLESSKEYS : (int) $this->settings->get( 'token_ttl' );
	}

	/**
	 * The token response: of a new family, unless the caller's own goes on.
	 *
	 * @param Proof|null $proof     Null for a user without a factor.
	 * @param string     $first     How that user signed in: Proof::PASSWORD or ::SSO.
	 * @param int|null   $signed_in When, Unix seconds; null: now.
	 * @return array<string, mixed>
	 * @throws Refusal sallyport_token_stale when the factor changed since it was proven; _token_invalid when the caller's family ended meanwhile.
	 */
	public function response( WP_User $user, ?Proof $proof, string $first = Proof::PASSWORD, ?int $signed_in = null ): array {
		$now = time();
		if ( null !== $this->continued ) {
			$family = $this->families->with_sid( $this->continued ) ?? throw Refusal::token_invalid( 'revoked' );
			return $this->answer( $user, $proof, $family->sid, $first, $signed_in ?? $now, $now, $family->expires_at );
		}
		$family = $this->families->open( $user->ID, $proof, $first, $signed_in ?? $now, $now );
		// A reset that crossed this log-in ended the families it found, and this one was not there yet. Opening it has read the user's meta again.
		if ( null !== $proof && $proof->epoch !== $this->state->epoch( $user->ID ) ) {
			$this->families->end( $family );
			throw new Refusal( Code::TokenStale );
		}
		return $this->answer( $user, $proof, $family->sid, $first, $family->proven_at, $now, $family->expires_at )
			+ ( $this->refresh_tokens )()->describe( ( $this->refresh_tokens )()->issue( $family, $now ), $family, $now );
	}

	/**
	 * The token response to a refresh: the family's proof, as old as it is.
	 *
	 * @param string|null $refresh_token Its successor; null where the answer is an access token only.
	 * @return array<string, mixed>
	 */
	public function renewed( WP_User $user, ?Proof $proof, FamilyRow $family, #[\SensitiveParameter] ?string $refresh_token ): array {
		$now = time();
		// A family from before schema 3 does not say when its user logged in by password alone.
		$signed_in = 0 === $family->proven_at ? $family->created_at : $family->proven_at;
		return $this->answer( $user, $proof, $family->sid, Proof::first_in( $family->amr ), $signed_in, $now, $family->expires_at )
			+ ( null === $refresh_token ? array() : ( $this->refresh_tokens )()->describe( $refresh_token, $family, $now ) );
	}

	/**
	 * @param string $first     How the user signed in, where no proof says.
	 * @param int    $signed_in When.
	 * @param int    $until     When its family ends, and it at the latest.
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

	/** Tokens minted from here on in this request belong to the family of the one presented, which is stepped up. */
	public function continue_family( #[\SensitiveParameter] string $token, Proof $proof ): void {
		$this->continued = $this->sid_in( $token );
		$this->families->prove( $this->continued, $proof );
	}

	/** The family of the one presented goes on over an activation in this request, which ends all others. */
	public function keep_family( #[\SensitiveParameter] string $token ): void {
		$this->kept = $this->sid_in( $token );
	}

	/** The sid of the family that keep_family() named; empty if none. */
	public function kept_family(): string {
		return $this->kept;
	}

	/**
	 * Steps up the family of the one presented, which lives on: it counts by this proof from here on.
	 *
	 * @throws Refusal sallyport_token_invalid: the family has ended.
	 */
	public function prove_in_place( #[\SensitiveParameter] string $token, Proof $proof ): void {
		$this->families->prove_in_place( $this->families->with_sid( $this->sid_in( $token ) ) ?? throw Refusal::token_invalid( 'revoked' ), $proof );
	}

	/**
	 * The proof its family was given in place since it was issued. What is not a valid token of ours, of this user, has none.
	 *
	 * @throws Refusal sallyport_token_invalid {reason}, or _unavailable.
	 */
	public function proof_in_place( #[\SensitiveParameter] string $token, int $user_id ): ?Proof {
		$proof = $this->families->proof_in_place( $user_id, $this->sid_in( $token ) );
		return null !== $proof && $this->user_of( $token ) === $user_id ? $proof : null;
	}

	/** The sid in a token of ours that was accepted; empty in any other. */
	public function sid_in( #[\SensitiveParameter] string $token ): string {
		$sid = $this->is_ours( $token ) ? $this->engine->jwt_peek( $token )['claims']['sid'] ?? '' : '';
		return is_string( $sid ) ? $sid : '';
	}

	/** What the sign-in of a token of ours that was accepted began with: Proof::PASSWORD or ::SSO. */
	public function first_step_in( #[\SensitiveParameter] string $token ): string {
		$amr = $this->is_ours( $token ) ? $this->engine->jwt_peek( $token )['claims']['amr'] ?? array() : array();
		return Proof::first_in( is_array( $amr ) ? $amr : array() );
	}

	/**
	 * The family of a token that we signed, even one that has expired; null once the family has ended.
	 *
	 * @throws Refusal sallyport_token_invalid {reason} for a token that never was ours.
	 */
	public function family_of( #[\SensitiveParameter] string $token ): ?FamilyRow {
		$issued = $this->engine->jwt_peek( $token )['claims']['iat'] ?? 0;
		return $this->families->with_sid( $this->checked( $token, is_int( $issued ) ? $issued : 0 )['sid'] );
	}

	/**
	 * Whether a bearer claims to be ours: of our type or for our client, and of this site or, from before it had another
	 * address, of a key of this site. It may still be invalid.
	 *
	 * @throws Refusal sallyport_unavailable when nobody can tell.
	 */
	public function is_ours( #[\SensitiveParameter] string $token ): bool {
		$peeked = $this->engine->jwt_peek( $token );
		return null !== $peeked
			&& ( self::TYP === ( $peeked['header']['typ'] ?? null ) || $this->is_for_us( $token ) )
			&& ( self::issuer() === ( $peeked['claims']['iss'] ?? null ) || in_array( $peeked['header']['kid'] ?? null, array_column( $this->key->all(), 'kid' ), true ) );
	}

	/** Whether a bearer says that it was issued to our client, by whatever site. */
	public function is_for_us( #[\SensitiveParameter] string $token ): bool {
		return self::CLIENT === ( $this->engine->jwt_peek( $token )['claims']['client_id'] ?? null );
	}

	/**
	 * The user a token of ours names.
	 *
	 * @throws Refusal sallyport_token_invalid {reason}, or _unavailable.
	 */
	public function user_of( #[\SensitiveParameter] string $token ): int {
		return (int) $this->verify( $token )['sub'];
	}

	/**
	 * @return array<string, mixed> The claims of a valid token of ours.
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

	/** Why a family lives no more: where the user's factor changed, that is told. */
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
	 * @param int $now The time to judge it by.
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

	/** Who we are in `iss` and `aud`: the stored address, which no translation plugin or proxy changes from request to request. */
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
