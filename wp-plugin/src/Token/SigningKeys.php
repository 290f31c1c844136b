<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Sallyport\Key;
use Sallyport\Keyring;
use Sallyport\WP\Engine;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\SealedSecret;
use Sallyport\WP\Store\KeyState;
use Sallyport\WP\Store\SigningKeyRow;
use Sallyport\WP\Store\SigningKeyRows;

/** The keys that sign and verify Sallyport's own tokens: the fixed key if there is one, else this blog's stored keys. */
final class SigningKeys {
	/** The purpose that a key is sealed for. */
	private const PURPOSE = 'signing-key';

	/** @var array{string, Keyring}|null The last stored keyring, with the blog and keys it was made of. */
	private ?array $made = null;

	public function __construct(
		private readonly FixedKey $fixed,
		private readonly SigningKeyRows $rows,
		private readonly KeyRotation $rotation,
		private readonly Engine $engine,
	) {}

	/**
	 * A keyring that signs with the active key and verifies with all keys. That includes the next one: another process may
	 * already sign with it. Costs no query.
	 *
	 * @throws Refusal If there is no key, or it cannot be used.
	 */
	public function keyring( ?int $now = null ): Keyring {
		$fixed = $this->fixed->key();
		return null === $fixed ? $this->stored_keyring( $now ?? time() ) : $this->engine->keyring( $fixed, array() );
	}

	/**
	 * The JWK set (RFC 7517 section 5): public keys only.
	 *
	 * @return array{keys: list<array<string, string>>}
	 * @throws Refusal As keyring().
	 */
	public function jwks( ?int $now = null ): array {
		return $this->engine->jwks( $this->keyring( $now ) );
	}

	/**
	 * What administrators see of the keys, without secrets. A time is null if it is not known.
	 *
	 * @return list<array{kid: string, algorithm: string, state: string, source: string, created: string|null, changed: string|null, until: string|null}>
	 * @throws Refusal As keyring().
	 */
	public function all( ?int $now = null ): array {
		$fixed = $this->fixed->key();
		if ( null !== $fixed ) {
			return array( self::described( $fixed->kid(), $fixed->alg(), KeyState::Active, (string) $this->fixed->source() ) );
		}
		return array_map(
			static fn ( SigningKeyRow $row ): array => self::described(
				$row->kid,
				$row->alg,
				$row->state,
				$row->source,
				$row->created,
				$row->changed,
				$row->until
			),
			$this->stored( $now ?? time() )
		);
	}

	private function stored_keyring( int $now ): Keyring {
		$rows = $this->stored( $now );
		$made = get_current_blog_id();
		foreach ( $rows as $row ) {
			$made .= ' ' . $row->state->value . ':' . $row->kid;
		}
		if ( $made !== ( $this->made[0] ?? '' ) ) {
			$keys       = array_map( $this->open( ... ), $rows );
			$this->made = array( $made, $this->engine->keyring( $keys[0], array_slice( $keys, 1 ) ) );
		}
		return $this->made[1];
	}

	/**
	 * @return non-empty-list<SigningKeyRow> The active one first.
	 * @throws Refusal If there is none.
	 */
	private function stored( int $now ): array {
		$rows = $this->sorted( $now );
		if ( array() === $rows ) {
			$this->rotation->begin( $now );
			$rows = $this->sorted( $now );
		} elseif ( $rows[0]->lifetime < $this->rotation->lifetime() ) {
			$this->rotation->note_lifetime( $now );
			$rows = $this->sorted( $now );
		}
		return KeyState::Active === ( $rows[0]->state ?? null ) ? $rows : throw Refusal::unavailable( Problem::SigningKeyMissing );
	}

	/** @return list<SigningKeyRow> The active one first. */
	private function sorted( int $now ): array {
		$rows = $this->rows->read( $now );
		usort(
			$rows,
			static fn ( SigningKeyRow $a, SigningKeyRow $b ): int => ( KeyState::Active !== $a->state ) <=> ( KeyState::Active !== $b->state )
		);
		return $rows;
	}

	/** @return iterable<SealedSecret> The keys stored on this blog. */
	public function sealed(): iterable {
		foreach ( $this->rows->read( time() ) as $row ) {
			$put = function ( string $sealed ) use ( $row ): bool {
				$done = false;
				$this->rows->change(
					static function ( array $rows ) use ( $row, $sealed, &$done ): array {
						$is_it = static fn ( SigningKeyRow $other ): bool => $other->kid === $row->kid && $other->sealed === $row->sealed;
						$done  = array() !== array_filter( $rows, $is_it );
						return array_map(
							static fn ( SigningKeyRow $other ): SigningKeyRow => $is_it( $other ) ? $other->resealed( $sealed ) : $other,
							$rows
						);
					},
					time()
				);
				return $done;
			};
			yield new SealedSecret( 'key ' . $row->kid, $row->sealed, self::PURPOSE, self::owner( $row->kid ), $put );
		}
	}

	/** The key, sealed for this blog; open() is the other half. */
	public static function seal( Engine $engine, Key $key ): string {
		$material = $engine->is_symmetric( $key->alg() ) ? $key->secret() : $key->toPem();
		$encoded  = base64_encode( $material ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- what is sealed is text.
		return $engine->seal( $encoded, self::PURPOSE, self::owner( $key->kid() ) );
	}

	/** @throws Refusal If it cannot be unsealed, or is not a key. */
	private function open( SigningKeyRow $row ): Key {
		$encoded  = $this->engine->unseal( $row->sealed, self::PURPOSE, self::owner( $row->kid ) );
		$material = (string) base64_decode( $encoded, true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- what is sealed is text.
		try {
			return $this->engine->signing_key( $material, $row->alg, $row->kid );
		} catch ( Refusal $refusal ) {
			throw null === $refusal->problem ? Refusal::unavailable( Problem::SecretUnreadable ) : $refusal;
		}
	}

	/** The owner that a key of this blog is sealed for. */
	private static function owner( string $kid ): string {
		return get_current_blog_id() . ':' . $kid;
	}

	/** @return array{kid: string, algorithm: string, state: string, source: string, created: string|null, changed: string|null, until: string|null} */
	private static function described(
		string $kid,
		string $algorithm,
		KeyState $state,
		string $source,
		int $created = 0,
		int $changed = 0,
		int $until = 0,
	): array {
		return array(
			'kid'       => $kid,
			'algorithm' => $algorithm,
			'state'     => $state->value,
			'source'    => $source,
			'created'   => self::date( $created ),
			'changed'   => self::date( $changed ),
			'until'     => self::date( $until ),
		);
	}

	private static function date( int $time ): ?string {
		return 0 === $time ? null : gmdate( 'c', $time );
	}
}
