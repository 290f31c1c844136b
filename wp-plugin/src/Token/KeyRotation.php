<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Closure;
use Sallyport\Key;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\KeyState;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Store\SigningKeyRow;
use Sallyport\WP\Store\SigningKeyRows;

/**
 * The life of a stored signing key: next → active → retiring → gone. A key is published before it signs, and still verifies
 * until the last token it signed has expired. So a rotation loses no token.
 */
final class KeyRotation {
	/** Seconds a verifier may cache the JWK set, and so the time a key pair is published before it signs. */
	public const PUBLISHED = 300;

	/** Seconds a retiring key outlives its last token, for clock skew and requests in flight. */
	private const LEEWAY = 60;

	/** Shortest token lifetime a retiring key is kept for: that of tokens in the HeadlessKey namespaces. */
	private const SHORTEST = 3600;

	/** Keys kept at a time: the option is autoloaded with every request. */
	private const MOST = 32;

	/** @param Closure(): Activity $activity Lazy: needed when a key changes, while every Sallyport token is verified through here. */
	public function __construct(
		private readonly FixedKey $fixed,
		private readonly SigningKeyRows $rows,
		private readonly Engine $engine,
		private readonly Settings $settings,
		private readonly Closure $activity,
	) {}

	/** Makes the first key of a blog. */
	public function begin( int $now ): void {
		if ( array() === $this->rows->read( $now ) ) {
			$key = $this->engine->new_signing_key( $this->fixed->algorithm() );
			$this->rows->begin( $this->sealed( $key, SigningKeyRow::GENERATED, $now )->moved( KeyState::Active, $now, $this->lifetime() ) );
		}
	}

	/**
	 * Makes the next key: a generated one, or a pasted PEM.
	 *
	 * @param string|null $algorithm Null: from constant, environment or setting.
	 * @throws Refusal sallyport_key_invalid, sallyport_key_conflict {reason: next_exists, is_there, too_many}, sallyport_keys_fixed.
	 */
	public function generate( int $now, ?string $algorithm = null, #[\SensitiveParameter] ?string $pem = null ): void {
		$this->require_stored();
		$algorithm ??= $this->fixed->algorithm();
		// A symmetric key is never taken from a pasted text: any text would do, even the wrong file, or one a person made up.
		if ( ! in_array( $algorithm, Engine::ALGORITHMS, true ) || ( null !== $pem && $this->engine->is_symmetric( $algorithm ) ) ) {
			throw new Refusal( Code::KeyInvalid );
		}
		$key = null === $pem ? $this->engine->new_signing_key( $algorithm ) : $this->engine->signing_key( $pem, $algorithm );
		if ( null !== $pem && ! $key->isPrivate() ) {
			throw new Refusal( Code::KeyInvalid );
		}
		$row = $this->sealed( $key, null === $pem ? SigningKeyRow::GENERATED : SigningKeyRow::IMPORTED, $now );
		$this->rows->change(
			static fn ( array $rows ): array => match ( true ) {
				null !== self::in( $rows, KeyState::Next )                 => throw self::conflict( 'next_exists' ),
				in_array( $row->kid, array_column( $rows, 'kid' ), true )  => throw self::conflict( 'is_there' ),
				count( $rows ) >= self::MOST                               => throw self::conflict( 'too_many' ),
				default                                                    => array( ...$rows, $row ),
			},
			$now
		);
		$this->record( Event::KeyGenerated, $row );
	}

	/**
	 * Makes the next key the active one; the present one retires.
	 *
	 * @param string|null $kid     The expected next key, for a caller who wants to be sure.
	 * @param bool        $at_once Do not wait until verifiers know the key pair, because the active key has leaked.
	 * @throws Refusal sallyport_key_conflict {reason: no_next, too_early}, sallyport_key_unknown, sallyport_keys_fixed.
	 */
	public function rotate( int $now, ?string $kid = null, bool $at_once = false ): void {
		$this->require_stored();
		$next = null;
		$this->rows->change(
			function ( array $rows ) use ( $now, $kid, $at_once, &$next ): array {
				$next = self::in( $rows, KeyState::Next ) ?? throw self::conflict( 'no_next' );
				if ( null !== $kid && $kid !== $next->kid ) {
					throw new Refusal( Code::KeyUnknown );
				}
				$wait = $this->wait( $next->alg, $next->changed, $now );
				if ( $wait > 0 && ! $at_once ) {
					throw self::conflict( 'too_early', array( 'retry_after' => $wait ) );
				}
				return array_map(
					fn ( SigningKeyRow $row ): SigningKeyRow => match ( $row->state ) {
						KeyState::Next     => $row->moved( KeyState::Active, $now, $this->lifetime() ),
						KeyState::Active   => $this->retiring( $row, $now ),
						KeyState::Retiring => $row,
					},
					$rows
				);
			},
			$now
		);
		$this->record( Event::KeyRotated, $next );
	}

	/**
	 * Ends a key that does not sign: a next key that is not wanted, or a retiring one whose tokens are to end now.
	 *
	 * @throws Refusal sallyport_key_conflict {reason: is_active}, sallyport_key_unknown, sallyport_keys_fixed.
	 */
	public function retire( int $now, string $kid ): void {
		$this->require_stored();
		$gone = null;
		$this->rows->change(
			static function ( array $rows ) use ( $kid, &$gone ): array {
				$gone = array_column( $rows, null, 'kid' )[ $kid ] ?? throw new Refusal( Code::KeyUnknown );
				if ( KeyState::Active === $gone->state ) {
					throw self::conflict( 'is_active' );
				}
				return array_values( array_filter( $rows, static fn ( SigningKeyRow $row ): bool => $kid !== $row->kid ) );
			},
			$now
		);
		$this->record( Event::KeyRetired, $gone );
	}

	/** Seconds until the next key may sign. A symmetric key is not published, and need not wait. */
	public function wait( string $algorithm, int $since, int $now ): int {
		return $this->engine->is_symmetric( $algorithm ) ? 0 : max( 0, $since + self::PUBLISHED - $now );
	}

	/** Records with the active key the longest token lifetime it signs. The setting may be shorter again when it retires. */
	public function note_lifetime( int $now ): void {
		$lifetime = $this->lifetime();
		$this->rows->change(
			static fn ( array $rows ): array => array_map(
				static fn ( SigningKeyRow $row ): SigningKeyRow => KeyState::Active === $row->state && $row->lifetime < $lifetime
					? $row->lasting( $lifetime )
					: $row,
				$rows
			),
			$now
		);
	}

	/** Lifetime, in seconds, of the longest-lived token that is signed from now on. */
	public function lifetime(): int {
		return max( self::SHORTEST, (int) $this->settings->get( 'token_ttl' ) );
	}

	private function retiring( SigningKeyRow $row, int $now ): SigningKeyRow {
		$lifetime = max( $row->lifetime, $this->lifetime() );
		return $row->moved( KeyState::Retiring, $now, $lifetime, $now + $lifetime + self::LEEWAY );
	}

	private function sealed( Key $key, string $source, int $now ): SigningKeyRow {
		return new SigningKeyRow( $key->kid(), $key->alg(), KeyState::Next, $source, SigningKeys::seal( $this->engine, $key ), $now, $now );
	}

	/** @throws Refusal sallyport_keys_fixed: a fixed key replaces the stored keys. */
	private function require_stored(): void {
		if ( null !== $this->fixed->source() ) {
			throw new Refusal( Code::KeysFixed );
		}
		$this->engine->require();
	}

	/** @param list<SigningKeyRow> $rows */
	private static function in( array $rows, KeyState $state ): ?SigningKeyRow {
		foreach ( $rows as $row ) {
			if ( $state === $row->state ) {
				return $row;
			}
		}
		return null;
	}

	/** @param array<string, int> $more */
	private static function conflict( string $reason, array $more = array() ): Refusal {
		return new Refusal( Code::KeyConflict, array( 'reason' => $reason ) + $more );
	}

	private function record( Event $event, ?SigningKeyRow $row ): void {
		if ( null !== $row ) {
			$detail = array(
				'kid'       => $row->kid,
				'algorithm' => $row->alg,
			);
			( $this->activity )()->record( $event, get_current_user_id(), '', 'ok', $detail );
		}
	}
}
