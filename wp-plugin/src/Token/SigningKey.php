<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Sallyport\Keyring;
use Sallyport\WP\Engine;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/** This blog's signing key: generated once, sealed, in one autoloaded option. */
final class SigningKey {
	private const OPTION = 'sallyport_signing_key';

	private ?Keyring $keyring = null;

	public function __construct( private readonly Engine $engine ) {}

	/** @throws Refusal When there is none, or it cannot be opened. */
	public function keyring(): Keyring {
		if ( null === $this->keyring ) {
			$stored = $this->stored();
			if ( null === $stored ) {
				throw Refusal::unavailable( Problem::SigningKeyMissing );
			}
			$secret        = (string) base64_decode( $this->engine->unseal( $stored['sealed'], 'signing-key', self::owner( $stored['kid'] ) ), true );
			$this->keyring = $this->engine->keyring( $secret, $stored['alg'], $stored['kid'] );
		}
		return $this->keyring;
	}

	/** Makes the key of a new blog. Should two first requests make one each, the later stays, and what the earlier signed is void. */
	public function generate_if_new(): void {
		if ( null !== $this->stored() ) {
			return;
		}
		$key = $this->engine->generate_signing_key();
		add_option(
			self::OPTION,
			array(
				'kid'    => $key['kid'],
				'alg'    => $key['alg'],
				'sealed' => $this->engine->seal( base64_encode( $key['secret'] ), 'signing-key', self::owner( $key['kid'] ) ),
			),
			'',
			true
		);
	}

	/** @return array{kid: string, alg: string, sealed: string}|null */
	private function stored(): ?array {
		$stored = get_option( self::OPTION, null );
		return is_array( $stored ) && isset( $stored['kid'], $stored['alg'], $stored['sealed'] ) ? $stored : null;
	}

	private static function owner( string $kid ): string {
		return get_current_blog_id() . ':' . $kid;
	}
}
