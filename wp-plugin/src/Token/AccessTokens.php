<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Settings;
use WP_User;

/** Sallyport's own access tokens (RFC 9068): minted, answered, and checked. */
final class AccessTokens {
	private const TYP = 'at+jwt';

	/** @var string|null The family a new token belongs to, when the caller's own token is being renewed. */
	private ?string $family = null;

	public function __construct(
		private readonly SigningKeys $key,
		private readonly Engine $engine,
		private readonly ProofClaim $claims,
		private readonly Settings $settings,
	) {}

	/** Seconds an access token lives. */
	public function lifetime(): int {
		return max( 60, (int) $this->settings->get( 'token_ttl' ) );
	}

	/**
	 * The token response of contract section 2.
	 *
	 * @param Proof|null $proof Null for a user without a factor.
	 * @return array<string, mixed>
	 */
	public function response( WP_User $user, ?Proof $proof ): array {
		$now    = time();
		$claims = $this->claims_for( $user, $proof, $now );
		return array(
			'token'       => $this->engine->jwt_sign( $claims, $this->key->keyring(), self::TYP ),
			'expiration'  => gmdate( 'c', $claims['exp'] ),
			'expires_in'  => $this->lifetime(),
			'user'        => self::user( $user ),
			'refreshable' => false,
			'jti'         => $claims['jti'],
		);
	}

	/** Tokens minted from here on in this request belong to the family of the one presented. */
	public function continue_family( #[\SensitiveParameter] string $token ): void {
		$sid          = $this->engine->jwt_peek( $token )['claims']['sid'] ?? null;
		$this->family = is_string( $sid ) ? $sid : null;
	}

	/**
	 * Whether a bearer claims to be ours: made for this site, with our type. It may still be invalid.
	 *
	 * @throws Refusal sallyport_unavailable when nobody can tell.
	 */
	public function is_ours( #[\SensitiveParameter] string $token ): bool {
		$peeked = $this->engine->jwt_peek( $token );
		return null !== $peeked
			&& self::TYP === ( $peeked['header']['typ'] ?? null )
			&& self::issuer() === ( $peeked['claims']['iss'] ?? null );
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
		$claims = $this->engine->jwt_verify(
			$token,
			$this->key->keyring(),
			time(),
			array(
				'iss'      => self::issuer(),
				'aud'      => self::issuer(),
				'typ'      => self::TYP,
				'required' => array( 'sub', 'exp', 'iat', 'jti', 'sid' ),
			)
		);
		if ( is_string( $claims ) ) {
			throw new Refusal( Code::TokenInvalid, array( 'reason' => $claims ) );
		}
		if ( ! is_string( $claims['sub'] ) || ! ctype_digit( $claims['sub'] ) || ! get_userdata( (int) $claims['sub'] ) ) {
			throw new Refusal( Code::TokenInvalid, array( 'reason' => 'subject' ) );
		}
		return $claims;
	}

	/** Who we are in `iss` and `aud`: the stored address, which no translation plugin or proxy changes from request to request. */
	private static function issuer(): string {
		return untrailingslashit( (string) get_option( 'home' ) );
	}

	/** @return array<string, mixed> */
	private function claims_for( WP_User $user, ?Proof $proof, int $now ): array {
		$claims = array(
			'iss'       => self::issuer(),
			'sub'       => (string) $user->ID,
			'aud'       => self::issuer(),
			'client_id' => 'sallyport',
			'iat'       => $now,
			'nbf'       => $now,
			'exp'       => $now + $this->lifetime(),
			'jti'       => wp_generate_uuid4(),
			'sid'       => $this->family ?? bin2hex( random_bytes( 16 ) ),
			'amr'       => $proof?->amr ?? array( 'pwd' ),
			'acr'       => null === $proof ? 'aal1' : 'aal2',
			'auth_time' => $proof?->at ?? $now,
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
