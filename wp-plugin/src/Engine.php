<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\Exception\{InvalidToken, SallyportException};
use Sallyport\Key;
use Sallyport\Keyring;

/**
 * The only caller of the extension, which makes and checks every code, token, hash and seal.
 *
 * Each method throws Refusal (sallyport_unavailable) if the extension is missing or of another version, or the master key
 * cannot be used. So "no check said no" is never an answer. The key, or require(), stands on a line of its own before the
 * call, because PHP resolves a function before it evaluates the arguments.
 */
final class Engine {
	/** The major.minor version of the extension that this plugin needs. */
	public const EXTENSION = '0.1';

	/** Algorithms of signing keys. */
	public const ALGORITHMS = array(
		'HS256', 'HS384', 'HS512',
		'RS256', 'RS384', 'RS512',
		'PS256', 'PS384', 'PS512',
		'ES256', 'ES384', 'EdDSA',
	);

	public function __construct( private readonly PurposeKeys $keys ) {}

	/**
	 * Checks that the extension and the master key can be used.
	 *
	 * @throws Refusal If not, with the reason as its problem.
	 */
	public function require(): void {
		$this->require_extension();
		$this->keys->require();
	}

	/**
	 * Checks the extension alone: that it is loaded, and has the right version.
	 *
	 * @throws Refusal If not.
	 */
	public function require_extension(): void {
		$version = phpversion( 'sallyport' );
		if ( false === $version ) {
			throw Refusal::unavailable( Problem::ExtensionMissing );
		}
		if ( ! str_starts_with( $version, self::EXTENSION . '.' ) ) {
			throw Refusal::unavailable( Problem::ExtensionVersion );
		}
	}

	/** The 32-byte key of a purpose, for making something. */
	private function key( string $purpose ): string {
		return $this->keys( $purpose )[0];
	}

	/** @return non-empty-list<string> The keys of a purpose, for checking or opening something: two while everything is resealed. */
	private function keys( string $purpose ): array {
		$this->require_extension();
		return $this->keys->of( $purpose );
	}

	/** The first 8 hex digits of the master key's check value. Identifies the key that a proof was made under. */
	public function key_id(): string {
		$this->require_extension();
		return $this->keys->id();
	}

	/**
	 * Switches this blog to the new master key for everything it makes. Every node must have both keys.
	 *
	 * @throws Refusal Also if there is no new key.
	 */
	public function adopt_new_key(): void {
		$this->require();
		$this->keys->adopt();
	}

	/** A new base32 TOTP secret of 20 bytes. */
	public function totp_secret(): string {
		$this->require();
		return \Sallyport\totp_secret();
	}

	public function totp_uri(
		#[\SensitiveParameter] string $secret,
		string $account,
		string $issuer,
		string $algorithm,
		int $digits,
		int $period,
	): string {
		$this->require();
		return \Sallyport\totp_uri( $secret, $account, $issuer, $algorithm, $digits, $period );
	}

	/** An SVG image of a QR code. */
	public function qr_svg( #[\SensitiveParameter] string $text, string $title ): string {
		$this->require();
		return \Sallyport\qr_svg( $text, $title );
	}

	/** @return int|null The matched time step, if it is later than $after; $skew steps around the current one are accepted. */
	public function totp_verify(
		#[\SensitiveParameter] string $secret,
		#[\SensitiveParameter] string $code,
		int $now,
		int $after,
		string $algorithm,
		int $digits,
		int $period,
		int $skew,
	): ?int {
		$this->require();
		return \Sallyport\totp_verify( $secret, $code, $now, $after, $skew, $algorithm, $digits, $period );
	}

	public function wp2fa_unseal( string $stored, #[\SensitiveParameter] string $key ): ?string {
		$this->require();
		return \Sallyport\wp2fa_unseal( $stored, $key );
	}

	/** @return array{codes: list<string>, hashes: list<string>} */
	public function backup_codes(): array {
		$this->require();
		return \Sallyport\backup_codes();
	}

	/**
	 * @param list<string> $hashes
	 * @return int|null The index of the hash that matches.
	 */
	public function backup_code_verify( #[\SensitiveParameter] string $code, array $hashes ): ?int {
		$this->require();
		try {
			return \Sallyport\backup_code_verify( $code, $hashes );
		} catch ( SallyportException ) {
			throw Refusal::unavailable( Problem::SecretUnreadable );
		}
	}

	/** A random code of so many digits. */
	public function otp_code( int $digits ): string {
		$this->require();
		return \Sallyport\otp_code( $digits );
	}

	/** Seals a secret for one row: it cannot be unsealed for another $owner. */
	public function seal( #[\SensitiveParameter] string $plaintext, string $purpose, string $owner ): string {
		$key = $this->key( 'seal' );
		return \Sallyport\seal( $plaintext, $purpose . ':' . $owner, $key );
	}

	public function unseal( string $sealed, string $purpose, string $owner ): string {
		return $this->opened( $sealed, $purpose . ':' . $owner, $this->keys( 'seal' ) );
	}

	/**
	 * Seals a secret again under the new master key.
	 *
	 * @return string|null Null if it is sealed under that key already.
	 * @throws Refusal If it can be opened by none of the keys, or there is no new one.
	 */
	public function reseal( string $sealed, string $purpose, string $owner ): ?string {
		$this->require_extension();
		$new = $this->keys->next( 'seal' );
		try {
			$this->opened( $sealed, $purpose . ':' . $owner, array( $new ) );
			return null;
		} catch ( Refusal ) {
			return \Sallyport\seal( $this->unseal( $sealed, $purpose, $owner ), $purpose . ':' . $owner, $new );
		}
	}

	/** @param list<string> $keys */
	private function opened( string $sealed, string $aad, array $keys ): string {
		try {
			return \Sallyport\unseal( $sealed, $aad, $keys );
		} catch ( SallyportException ) {
			throw Refusal::unavailable( Problem::SecretUnreadable );
		}
	}

	/** Seals a refresh token's successor under a key that only a client with the old token can derive. */
	public function seal_successor( #[\SensitiveParameter] string $successor, #[\SensitiveParameter] string $token ): string {
		$this->require();
		return \Sallyport\seal( $successor, 'successor', \Sallyport\purpose_key( $token, 'successor' ) );
	}

	public function unseal_successor( string $sealed, #[\SensitiveParameter] string $token ): string {
		$this->require();
		try {
			return \Sallyport\unseal( $sealed, 'successor', array( \Sallyport\purpose_key( $token, 'successor' ) ) );
		} catch ( SallyportException ) {
			throw Refusal::unavailable( Problem::SecretUnreadable );
		}
	}

	/** HMAC-SHA-256 under the key of $purpose, lower-case hex. */
	public function mac( #[\SensitiveParameter] string $message, string $purpose ): string {
		$key = $this->key( $purpose );
		return \Sallyport\mac( $message, $key );
	}

	public function mac_verify( #[\SensitiveParameter] string $message, #[\SensitiveParameter] string $mac, string $purpose ): bool {
		foreach ( $this->keys( $purpose ) as $key ) {
			if ( \Sallyport\mac_verify( $message, $mac, $key ) ) {
				return true;
			}
		}
		return false;
	}

	/** HMAC-SHA-256 under a secret that is shared with another party, lower-case hex. */
	public function mac_with( #[\SensitiveParameter] string $message, #[\SensitiveParameter] string $secret ): string {
		$this->require();
		return \Sallyport\mac( $message, $secret );
	}

	public function mac_verify_with(
		#[\SensitiveParameter] string $message,
		#[\SensitiveParameter] string $mac,
		#[\SensitiveParameter] string $secret,
	): bool {
		$this->require();
		return \Sallyport\mac_verify( $message, $mac, $secret );
	}

	/**
	 * Another party's public key, as a JWK that names its algorithm.
	 *
	 * @param string      $material  One PEM, or one JWK in JSON.
	 * @param string|null $algorithm Needed for a PEM; a JWK may name it itself.
	 * @param string      $kid       For a PEM.
	 * @throws Refusal sallyport_key_invalid: malformed, weak, symmetric, private, or not for this algorithm.
	 */
	public function public_jwk( #[\SensitiveParameter] string $material, ?string $algorithm, string $kid ): string {
		$this->require();
		try {
			$key = str_starts_with( ltrim( $material ), '{' )
				? Key::fromJwk( $material, $algorithm )
				: Key::fromPem( (string) $algorithm, $material, $kid );
			$jwk = $key->publicJwk();
		} catch ( SallyportException ) {
			throw new Refusal( Code::KeyInvalid );
		}
		return $key->isPrivate() ? throw new Refusal( Code::KeyInvalid ) : (string) wp_json_encode( $jwk );
	}

	/** The key of a JWK from public_jwk(). */
	public function public_key( string $jwk ): Key {
		$this->require();
		try {
			return Key::fromJwk( $jwk );
		} catch ( SallyportException ) {
			throw Refusal::unavailable( Problem::SecretUnreadable );
		}
	}

	/** A fresh signing key. */
	public function new_signing_key( string $algorithm ): Key {
		$this->require();
		return Key::generate( $algorithm, 'sp-' . bin2hex( random_bytes( 6 ) ) );
	}

	/**
	 * A signing key from given material.
	 *
	 * @param string      $material The bytes of a secret for HS*, one PEM for the others.
	 * @param string|null $kid      Null: the extension's default; for a key pair its RFC 7638 thumbprint.
	 * @throws Refusal sallyport_key_invalid: weak, malformed, or not for this algorithm.
	 */
	public function signing_key( #[\SensitiveParameter] string $material, string $algorithm, ?string $kid = null ): Key {
		$this->require();
		try {
			return $this->is_symmetric( $algorithm ) ? Key::fromSecret( $algorithm, $material, $kid ) : Key::fromPem( $algorithm, $material, $kid );
		} catch ( SallyportException ) {
			throw new Refusal( Code::KeyInvalid );
		}
	}

	/** Whether the algorithm signs and verifies with the same secret. */
	public function is_symmetric( string $algorithm ): bool {
		return str_starts_with( $algorithm, 'HS' );
	}

	/**
	 * @param Key       $active Signs.
	 * @param list<Key> $others Verify only.
	 */
	public function keyring( Key $active, array $others ): Keyring {
		$this->require();
		return new Keyring( $active, $others );
	}

	/** @return array{keys: list<array<string, string>>} The JWK set, which never contains a symmetric key. */
	public function jwks( Keyring $keys ): array {
		return $keys->jwks();
	}

	/** @param array<string, mixed> $claims */
	public function jwt_sign( array $claims, Keyring $keys, string $typ ): string {
		return \Sallyport\jwt_sign( $claims, $keys, $typ );
	}

	/**
	 * @param array<string, mixed> $rules
	 * @return array<string, mixed>|string The claims, or the stable reason why not.
	 */
	public function jwt_verify( #[\SensitiveParameter] string $token, Keyring $keys, int $now, array $rules ): array|string {
		try {
			return \Sallyport\jwt_verify( $token, $keys, $now, $rules );
		} catch ( InvalidToken $e ) {
			return $e->reason();
		}
	}

	/** @return array{header: array<string, mixed>, claims: array<string, mixed>}|null Unverified: only for tokens that their issuer has verified. */
	public function jwt_peek( #[\SensitiveParameter] string $token ): ?array {
		$this->require_extension();
		return \Sallyport\jwt_peek( $token );
	}

	/** 256 random bits after a prefix that names the kind of token. Only its digest() is ever stored. */
	public static function random_token( string $prefix ): string {
		return $prefix . '_' . self::random();
	}

	/** 256 random bits as text, for example as a secret that two sites share. */
	public static function random(): string {
		return rtrim( strtr( base64_encode( random_bytes( 32 ) ), '+/', '-_' ), '=' ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- RFC 7515.
	}

	/** What is stored of a random token. It is looked up by digest, so no secret is compared. */
	public static function digest( #[\SensitiveParameter] string $token ): string {
		return hash( 'sha256', $token );
	}

	/** A fresh 128-bit epoch, in hex. */
	public static function epoch(): string {
		return bin2hex( random_bytes( 16 ) );
	}
}
