<?php
declare( strict_types=1 );

namespace Sallyport\WP\Sso;

use Sallyport\WP\Engine;
use Sallyport\WP\Store\SsoSiteRow;
use Sallyport\WP\Token\AccessTokens;
use WP_User;

/**
 * The assertions that sites make to one another: a JWT of type sso+jwt, and an HMAC that binds it to the connection.
 *
 * Ours are signed with the shared secret. Another site's are signed with that secret, or with its own key if it is stored.
 */
final class SsoTokens {
	/** Greatest time from `iat` to `exp`, in seconds. */
	private const TTL = 60;

	/** Seconds another site's clock may be ahead. */
	private const AHEAD = 10;

	private const TYP = 'sso+jwt';

	public function __construct(
		private readonly ConnectedSites $sites,
		private readonly Engine $engine,
	) {}

	/**
	 * @param list<string> $amr       How the user signed in here.
	 * @param int          $auth_time When.
	 * @return array{site_key: string, token: string, signature: string}
	 */
	public function issue( SsoSiteRow $site, WP_User $user, array $amr, int $auth_time, int $now ): array {
		$claims = array(
			'iss'            => AccessTokens::issuer(),
			'aud'            => $site->url,
			'sub'            => (string) $user->ID,
			'iat'            => $now,
			'exp'            => $now + self::TTL,
			'jti'            => wp_generate_uuid4(),
			'email'          => $user->user_email,
			'email_verified' => true,
			'amr'            => $amr,
			'auth_time'      => $auth_time,
		);
		$secret = $this->sites->secret( $site );
		$token  = $this->engine->jwt_sign(
			$claims,
			$this->engine->keyring( $this->engine->signing_key( $secret, 'HS256', $site->site_key ), array() ),
			self::TYP
		);
		return array(
			'site_key'  => $site->site_key,
			'token'     => $token,
			'signature' => $this->engine->mac_with( $site->site_key . '.' . $token, $secret ),
		);
	}

	/**
	 * @return array<string, mixed>|string The claims, or a stable reason why not. Only the holder of the secret learns another one than `signature`.
	 */
	public function verify(
		SsoSiteRow $site,
		#[\SensitiveParameter] string $token,
		#[\SensitiveParameter] string $signature,
		int $now,
	): array|string {
		$secret = $this->sites->secret( $site );
		if ( ! $this->engine->mac_verify_with( $site->site_key . '.' . $token, $signature, $secret ) ) {
			return 'signature';
		}
		$key    = '' === $site->public_key
			? $this->engine->signing_key( $secret, 'HS256', $site->site_key )
			: $this->engine->public_key( $site->public_key );
		$claims = $this->engine->jwt_verify(
			$token,
			$this->engine->keyring( $key, array() ),
			$now,
			array(
				'iss'      => $site->url,
				'aud'      => AccessTokens::issuer(),
				'typ'      => self::TYP,
				'required' => array( 'sub', 'iat', 'exp', 'jti', 'email' ),
			)
		);
		return is_string( $claims ) ? $claims : self::checked( $claims, $now );
	}

	/**
	 * @param array<string, mixed> $claims
	 * @return array<string, mixed>|string
	 */
	private static function checked( array $claims, int $now ): array|string {
		[ 'iat' => $issued, 'exp' => $expires, 'jti' => $jti, 'email' => $email ] = $claims;
		return match ( true ) {
			! is_int( $issued ) || ! is_int( $expires ) => 'malformed',
			$expires - $issued > self::TTL              => 'too_long',
			$issued > $now + self::AHEAD                => 'not_yet_valid',
			! is_string( $jti ) || '' === $jti          => 'malformed',
			! is_string( $email )                       => 'malformed',
			default                                     => $claims,
		};
	}
}
