<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Sallyport\Key;
use Sallyport\WP\Engine;
use Sallyport\WP\Headlesskey;
use Sallyport\WP\Php;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Settings;

/**
 * A signing key provided by the host: SALLYPORT_SECRET_KEY, or SALLYPORT_PRIVATE_KEY with or without _PUBLIC_KEY, as
 * constants, else in the environment. Where Sallyport stands in for HeadlessKey, also HeadlessKey's secret, as long as the
 * algorithm is symmetric. A fixed key replaces all stored keys.
 *
 * Values that do not fit together are refused. Nothing is guessed, and no other source is tried.
 */
final class FixedKey {
	public const CONSTANT    = 'constant';
	public const ENVIRONMENT = 'environment';
	public const HEADLESSKEY = 'headlesskey';

	private const SECRET  = 'SALLYPORT_SECRET_KEY';
	private const PRIVATE = 'SALLYPORT_PRIVATE_KEY';
	private const PUBLIC  = 'SALLYPORT_PUBLIC_KEY';

	/** The extension reads no longer PEM file. */
	private const LONGEST_FILE = 16384;

	public function __construct(
		private readonly Engine $engine,
		private readonly Settings $settings,
		private readonly Headlesskey $headlesskey,
	) {}

	/** Where the key is provided; null if it is not, so that the stored keys count. */
	public function source(): ?string {
		foreach ( array( self::CONSTANT, self::ENVIRONMENT ) as $source ) {
			foreach ( array( self::SECRET, self::PRIVATE, self::PUBLIC ) as $name ) {
				if ( '' !== self::text( $source, $name ) ) {
					return $source;
				}
			}
		}
		return '' !== $this->headlesskey->secret() && $this->engine->is_symmetric( $this->algorithm() ) ? self::HEADLESSKEY : null;
	}

	/**
	 * The key, if one is provided.
	 *
	 * @throws Refusal If it cannot be used; its problem says what to do.
	 */
	public function key(): ?Key {
		$source = $this->source();
		if ( null === $source ) {
			return null;
		}
		if ( self::HEADLESSKEY === $source ) {
			return $this->headlesskeys();
		}
		$secret  = self::text( $source, self::SECRET );
		$private = self::text( $source, self::PRIVATE );
		$public  = self::text( $source, self::PUBLIC );
		if ( '' !== $secret ) {
			return '' === $private . $public ? $this->read( $secret ) : throw Refusal::unavailable( Problem::SigningKeySources );
		}
		if ( '' === $private ) {
			throw Refusal::unavailable( Problem::SigningKeyPair );
		}
		$key = $this->read( self::pem( $private ) );
		// Without an explicit kid, a key pair is named by the thumbprint of its public key (RFC 7638).
		if ( ! $key->isPrivate() || ( '' !== $public && $this->read( self::pem( $public ) )->kid() !== $key->kid() ) ) {
			throw Refusal::unavailable( Problem::SigningKeyPair );
		}
		return $key;
	}

	/**
	 * The algorithm of a fixed key, and of the next key to be generated: constant, environment, setting, in this order.
	 *
	 * @throws Refusal If it is unknown.
	 */
	public function algorithm(): string {
		$name  = 'SALLYPORT_ALGORITHM';
		$fixed = self::text( self::CONSTANT, $name );
		$fixed = '' === $fixed ? self::text( self::ENVIRONMENT, $name ) : $fixed;
		$named = '' === $fixed ? (string) $this->settings->get( 'algorithm' ) : $fixed;
		return in_array( $named, Engine::ALGORITHMS, true ) ? $named : throw Refusal::unavailable( Problem::SigningAlgorithm );
	}

	private function read( #[\SensitiveParameter] string $material ): Key {
		try {
			return $this->engine->signing_key( $material, $this->algorithm() );
		} catch ( Refusal $refusal ) {
			throw null === $refusal->problem ? Refusal::unavailable( Problem::SigningKeyUnfit ) : $refusal;
		}
	}

	/** @throws Refusal For a secret that is too short, or not a string. */
	private function headlesskeys(): Key {
		try {
			return $this->read( $this->headlesskey->secret() ?? '' );
		} catch ( Refusal $refusal ) {
			throw Problem::SigningKeyUnfit === $refusal->problem ? Refusal::unavailable( Problem::HeadlesskeySecret ) : $refusal;
		}
	}

	/** PEM text, possibly with its line breaks written as \n as in an .env file; or the path of a file that holds it. */
	private static function pem( #[\SensitiveParameter] string $value ): string {
		if ( str_contains( $value, '-----BEGIN' ) ) {
			return strtr( $value, array( '\n' => "\n" ) );
		}
		$readable = ! str_contains( $value, "\0" ) && is_file( $value ) && is_readable( $value );
		$pem      = $readable ? (string) file_get_contents( $value, false, null, 0, self::LONGEST_FILE + 1 ) : ''; // phpcs:ignore WordPress.WP.AlternativeFunctions -- the host's, of any length.
		return '' === $pem ? throw Refusal::unavailable( Problem::SigningKeyFile ) : $pem;
	}

	/** @throws Refusal For a constant that is not a string. */
	private static function text( string $source, string $name ): string {
		if ( self::ENVIRONMENT === $source ) {
			return (string) Php::environment( $name );
		}
		$value = defined( $name ) ? constant( $name ) : '';
		return is_string( $value ) ? $value : throw Refusal::unavailable( Problem::SigningKeyUnfit );
	}
}
