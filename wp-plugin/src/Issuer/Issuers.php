<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Code;
use Sallyport\WP\Refusal;

/** The issuers this site knows. */
final class Issuers {
	/** @var array<string, Issuer> */
	private readonly array $all;

	/** @param list<Issuer> $own */
	public function __construct( array $own ) {
		/**
		 * The token issuers of this site.
		 *
		 * @param list<Issuer> $issuers What is no Issuer is dropped; a name is taken once, Sallyport's own first.
		 */
		$given = apply_filters( 'sallyport_issuers', $own );
		$all   = array();
		foreach ( array( ...$own, ...( is_array( $given ) ? array_values( $given ) : array() ) ) as $issuer ) {
			if ( $issuer instanceof Issuer ) {
				$all[ $issuer->name() ] ??= $issuer;
			}
		}
		$this->all = $all;
	}

	/** @return list<string> The distinct bearer credentials this request presents. */
	public function presented(): array {
		$tokens = array_map( static fn ( Issuer $issuer ): ?string => $issuer->presented(), array_values( $this->all ) );
		return array_values( array_unique( array_filter( $tokens, static fn ( ?string $token ): bool => null !== $token ) ) );
	}

	/**
	 * The issuer whose login a REST handler is.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public function of_login( array $handler ): ?Issuer {
		foreach ( $this->all as $issuer ) {
			if ( $issuer->is_login( $handler ) ) {
				return $issuer;
			}
		}
		return null;
	}

	/**
	 * The issuer whose validation a REST handler is.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public function of_validation( array $handler ): ?Issuer {
		foreach ( $this->all as $issuer ) {
			if ( $issuer->is_validation( $handler ) ) {
				return $issuer;
			}
		}
		return null;
	}

	/** @throws Refusal sallyport_wrong_door when what opened the challenge mints nothing over REST. */
	public function get( string $name ): Issuer {
		return $this->all[ $name ] ?? throw new Refusal( Code::WrongDoor, array( 'issuer' => $name ) );
	}
}
