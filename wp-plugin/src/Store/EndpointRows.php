<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/** The webhook endpoints of this blog, in one option {rev, endpoints}. */
final class EndpointRows {
	public const OPTION = 'sallyport_webhooks';

	public function __construct( private readonly SharedOption $option ) {}

	/** Creates the option: reading one that does not exist costs a query in every request. */
	public function prepare(): void {
		if ( null === get_option( self::OPTION, null ) ) {
			$this->option->begin( self::value( array() ) );
		}
	}

	/** @return list<EndpointRow> Costs no query. */
	public function read(): array {
		return self::parse( $this->option->read() );
	}

	/** @return list<EndpointRow> As stored now, bypassing every cache. */
	public function read_now(): array {
		return self::parse( $this->option->read_row() );
	}

	/**
	 * Changes the stored endpoints, safely against other processes.
	 *
	 * @param callable(list<EndpointRow>): list<EndpointRow> $change May be called several times, and may throw.
	 * @throws Refusal If they cannot be stored.
	 */
	public function change( callable $change ): void {
		$this->prepare();
		if ( ! $this->option->change( static fn ( mixed $stored ): array => self::value( $change( self::parse( $stored ) ) ) ) ) {
			throw Refusal::unavailable( Problem::Database );
		}
	}

	/** @return list<EndpointRow> */
	private static function parse( mixed $stored ): array {
		$endpoints = is_array( $stored ) ? (array) ( $stored['endpoints'] ?? array() ) : array();
		return array_values( array_filter( array_map( EndpointRow::from( ... ), $endpoints ) ) );
	}

	/**
	 * @param list<EndpointRow> $endpoints
	 * @return array<string, mixed>
	 */
	private static function value( array $endpoints ): array {
		return array( 'endpoints' => array_map( get_object_vars( ... ), $endpoints ) );
	}
}
