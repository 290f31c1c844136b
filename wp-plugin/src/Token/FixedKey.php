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
 * A signing key that the host lays down: SALLYPORT_SECRET_KEY, or SALLYPORT_PRIVATE_KEY with or without
 * _PUBLIC_KEY, as constants, else in the environment; in HeadlessKey's place its secret, while the algorithm is one of
 * secrets. It stands alone: stored keys count for nothing then.
 *
 * What does not fit together is refused, never guessed at or passed over for the next source.
 */
final class FixedKey {
	public const CONSTANT    = 'constant';
	public const ENVIRONMENT = 'environment';
	public const HEADLESSKEY = 'headlesskey';

	private const SECRET  = 'SALLYPORT_SECRET_KEY';
	private const PRIVATE = 'SALLYPORT_PRIVATE_KEY';
	private const PUBLIC  = 'SALLYPORT_PUBLIC_KEY';

	/** The extension reads no longer PEM. */
	private const LONGEST_FILE = 16384;

	public function __construct(
		private readonly Engine $engine,
		private readonly Settings $settings,
		private readonly Headlesskey $headlesskey,
	) {}

	/** Where the key is laid down; null: nowhere, the stored ones count. */
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
	 * The key, if one is laid down.
	 *
	 * @throws Refusal When it cannot be used, with what to do as its problem.
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
		// Without a kid of its own a key pair is named by the thumbprint of its public half (RFC 7638).
		if ( ! $key->isPrivate() || ( '' !== $public && $this->read( self::pem( $public ) )->kid() !== $key->kid() ) ) {
			throw Refusal::unavailable( Problem::SigningKeyPair );
		}
		return $key;
	}

	/**
	 * The algorithm of a key that is laid down, and of the next key that is made: constant, environment, setting.
	 *
	 * @throws Refusal When it is none we know.
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

	/** @throws Refusal For a secret that is too short, or no text. */
	private function headlesskeys(): Key {
		try {
			return $this->read( $this->headlesskey->secret() ?? '' );
		} catch ( Refusal $refusal ) {
			throw Problem::SigningKeyUnfit === $refusal->problem ? Refusal::unavailable( Problem::HeadlesskeySecret ) : $refusal;
		}
	}

	/** PEM text as it is, or with its line ends written \n as in an .env file; else the path of a file that holds it. */
	private static function pem( #[\SensitiveParameter] string $value ): string {
		if ( str_contains( $value, '-----BEGIN' ) ) {
			return strtr( $value, array( '\n' => "\n" ) );
		}
		$readable = ! str_contains( $value, "\0" ) && is_file( $value ) && is_readable( $value );
		$pem      = $readable ? (string) file_get_contents( $value, false, null, 0, self::LONGEST_FILE + 1 ) : '';
		return '' === $pem ? throw Refusal::unavailable( Problem::SigningKeyFile ) : $pem;
	}

	/** @throws Refusal For a constant that is not text. */
	private static function text( string $source, string $name ): string {
		if ( self::ENVIRONMENT === $source ) {
			return (string) Php::environment( $name );
		}
		$value = defined( $name ) ? constant( $name ) : '';
		return is_string( $value ) ? $value : throw Refusal::unavailable( Problem::SigningKeyUnfit );
	}
}
