<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Code;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/**
 * The signing keys of this blog, in one option {rev, keys}.
 *
 * A site set up before key rotation existed has {kid, alg, sealed}: one active key. The first change converts it.
 */
final class SigningKeyRows {
	public const OPTION = 'sallyport_signing_key';

	public function __construct( private readonly SharedOption $option ) {}

	/** Whether this blog has keys of its own, readable or not. Costs no query. */
	public static function is_stored(): bool {
		return null !== get_option( self::OPTION, null );
	}

	/**
	 * @return list<SigningKeyRow> The keys that count; empty if the blog has none yet. Costs no query.
	 * @throws Refusal If the stored value is not ours.
	 */
	public function read( int $now ): array {
		return self::live( self::parse( $this->option->read() ), $now );
	}

	/** Stores the first key of a blog, unless it has one. */
	public function begin( SigningKeyRow $row ): void {
		$this->option->begin( self::value( array( $row ) ) );
	}

	/**
	 * Changes the stored keys, safely against other processes. Expired keys are removed on the way.
	 *
	 * @param callable(list<SigningKeyRow>): list<SigningKeyRow> $change May be called several times, and may throw.
	 * @throws Refusal sallyport_key_conflict {reason: busy} if other processes keep winning the race.
	 */
	public function change( callable $change, int $now ): void {
		$done = $this->option->change(
			static function ( mixed $stored ) use ( $change, $now ): ?array {
				$before = self::parse( $stored ?? throw Refusal::unavailable( Problem::SigningKeyMissing ) );
				$after  = $change( self::live( $before, $now ) );
				return $after === $before ? null : self::value( $after );
			}
		);
		if ( ! $done ) {
			throw new Refusal( Code::KeyConflict, array( 'reason' => 'busy' ) );
		}
	}

	/**
	 * @param list<SigningKeyRow> $rows
	 * @return list<SigningKeyRow>
	 */
	private static function live( array $rows, int $now ): array {
		return array_values( array_filter( $rows, static fn ( SigningKeyRow $row ): bool => ! $row->is_gone( $now ) ) );
	}

	/** @return list<SigningKeyRow> */
	private static function parse( mixed $stored ): array {
		if ( null === $stored ) {
			return array();
		}
		if ( is_array( $stored ) && isset( $stored['sealed'] ) ) {
			$stored = array( 'keys' => array( array( 'state' => KeyState::Active->value ) + $stored ) );
		}
		$keys = is_array( $stored['keys'] ?? null ) ? array_map( SigningKeyRow::from( ... ), array_values( $stored['keys'] ) ) : array( null );
		if ( in_array( null, $keys, true ) ) {
			throw Refusal::unavailable( Problem::SecretUnreadable );
		}
		return $keys;
	}

	/**
	 * @param list<SigningKeyRow> $rows
	 * @return array<string, mixed>
	 */
	private static function value( array $rows ): array {
		return array( 'keys' => array_map( static fn ( SigningKeyRow $row ): array => $row->to_array(), $rows ) );
	}
}
