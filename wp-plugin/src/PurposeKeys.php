<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\Exception\SallyportException;
use Sallyport\WP\Store\MasterKey;

/** The Engine's half that derives keys from the master keys, and proves these to be the site's before they are used. */
final class PurposeKeys {
	/** What the check value of a master key is the MAC of. */
	private const CHECKED = 'sallyport-master-key';

	/** @var non-empty-list<string>|null Those that were read and proven in this request. */
	private ?array $masters = null;

	/** @var array<string, non-empty-list<string>> Derived in this request. */
	private array $derived = array();

	public function __construct( private readonly MasterKey $master ) {}

	/** @throws Refusal When a master key is missing, unfit, or not this site's. */
	public function require(): void {
		$this->masters ??= self::fit( $this->masters( ... ) );
	}

	/**
	 * The 32-byte keys of a purpose: the one first that is made under, then those that are only taken.
	 *
	 * @return non-empty-list<string>
	 * @throws Refusal As require() does.
	 */
	public function of( string $purpose ): array {
		$this->require();
		return $this->derived[ $purpose ] ??= array_map( static fn ( string $master ): string => \Sallyport\purpose_key( $master, $purpose ), $this->masters );
	}

	/** The first 8 hex digits of the check value of the key that is made under. */
	public function id(): string {
		$this->require();
		return substr( (string) $this->master->check_value(), 0, 8 );
	}

	/** The key of a purpose under the new master key. @throws Refusal Also when there is none. */
	public function next( string $purpose ): string {
		$next = $this->master->next() ?? throw Refusal::unavailable( Problem::NewKeyMissing );
		return self::fit( static fn (): string => \Sallyport\purpose_key( $next, $purpose ) );
	}

	/** The new master key is the one that this blog makes under from here on; the other is still taken. */
	public function adopt(): void {
		$check = $this->next( 'check' );
		$this->master->remember_check_value( \Sallyport\mac( self::CHECKED, $check ) );
		$this->masters = null;
		$this->derived = array();
	}

	/**
	 * The master keys, the one first that the database names: a node that has not got it refuses, and never generates.
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
	 * @throws Refusal When a master key is none to derive from.
	 */
	private static function fit( callable $derive ): mixed {
		try {
			return $derive();
		} catch ( SallyportException | \ValueError ) {
			throw Refusal::unavailable( Problem::MasterKeyShort );
		}
	}
}
