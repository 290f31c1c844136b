<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\Exception\SallyportException;
use Sallyport\WP\Store\MasterKey;

/** Engine's helper that derives keys from the master keys, after checking that these belong to the site. */
final class PurposeKeys {
	/** The text whose MAC is a master key's check value. */
	private const CHECKED = 'sallyport-master-key';

	/** @var non-empty-list<string>|null The master keys read and checked in this request. */
	private ?array $masters = null;

	/** @var array<string, non-empty-list<string>> Derived in this request. */
	private array $derived = array();

	public function __construct( private readonly MasterKey $master ) {}

	/** @throws Refusal If a master key is missing, unusable, or not this site's. */
	public function require(): void {
		$this->masters ??= self::fit( $this->masters( ... ) );
	}

	/**
	 * The 32-byte keys of a purpose. The first one is for making something; all are for checking.
	 *
	 * @return non-empty-list<string>
	 * @throws Refusal As require().
	 */
	public function of( string $purpose ): array {
		$this->require();
		return $this->derived[ $purpose ] ??= array_map(
			static fn ( string $master ): string => \Sallyport\purpose_key( $master, $purpose ),
			$this->masters
		);
	}

	/** The first 8 hex digits of the check value of the key in use. */
	public function id(): string {
		$this->require();
		return substr( (string) $this->master->check_value(), 0, 8 );
	}

	/**
	 * The key of a purpose under the new master key.
	 *
	 * @throws Refusal Also if there is none.
	 */
	public function next( string $purpose ): string {
		$next = $this->master->next() ?? throw Refusal::unavailable( Problem::NewKeyMissing );
		return self::fit( static fn (): string => \Sallyport\purpose_key( $next, $purpose ) );
	}

	/** Makes the new master key the one that this blog uses from now on; the old one is still accepted. */
	public function adopt(): void {
		$check = $this->next( 'check' );
		$this->master->remember_check_value( \Sallyport\mac( self::CHECKED, $check ) );
		$this->masters = null;
		$this->derived = array();
	}

	/**
	 * The master keys, with the one that the database names first. A node that lacks it refuses, and never generates a key.
	 *
	 * @return non-empty-list<string>
	 */
	private function masters(): array {
		$masters = $this->master->read();
		$stored  = $this->master->check_value();
		if ( null === $stored ) {
			$this->master->remember_check_value( self::check_value( $masters[0] ) );
			return $masters;
		}
		foreach ( $masters as $master ) {
			if ( \Sallyport\mac_verify( self::CHECKED, $stored, \Sallyport\purpose_key( $master, 'check' ) ) ) {
				return array_values( array_unique( array( $master, ...$masters ) ) );
			}
		}
		throw Refusal::unavailable( Problem::MasterKeyDiffers );
	}

	private static function check_value( #[\SensitiveParameter] string $master ): string {
		return \Sallyport\mac( self::CHECKED, \Sallyport\purpose_key( $master, 'check' ) );
	}

	/**
	 * @template T
	 * @param callable(): T $derive
	 * @return T
	 * @throws Refusal If a key cannot be derived from a master key.
	 */
	private static function fit( callable $derive ): mixed {
		try {
			return $derive();
		} catch ( SallyportException | \ValueError ) {
			throw Refusal::unavailable( Problem::MasterKeyShort );
		}
	}
}
