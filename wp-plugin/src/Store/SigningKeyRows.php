<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Code;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/**
 * The signing keys of this blog: one autoloaded option, so that reading them costs no query, and one conditional
 * write to change them, so that of two processes that do one at a time decides on what the other left.
 *
 * The option is {rev, keys}; `rev` grows with each write, so that no two values compare alike under any collation.
 * A site set up before there was rotation has {kid, alg, sealed}: one active key, put into the new form by the
 * first change.
 */
final class SigningKeyRows {
	private const OPTION = 'sallyport_signing_key';
	private const TRIES  = 20;

	/**
	 * The group of the newest `rev` in the object cache. Where that outlives a request, a process that writes some
	 * other option puts back all options as it found them, a key among them that was ended meanwhile.
	 */
	private const CACHE = 'sallyport';

	public function __construct( private readonly Database $database ) {}

	/** Whether this blog has keys of its own, readable or not. Costs no query. */
	public static function is_stored(): bool {
		return null !== get_option( self::OPTION, null );
	}

	/**
	 * @return list<SigningKeyRow> Those that count; empty on a blog that has none yet.
	 * @throws Refusal When what is stored is none of ours.
	 */
	public function read( int $now ): array {
		$stored = self::parse( get_option( self::OPTION, null ) );
		if ( $stored['rev'] < (int) wp_cache_get( self::OPTION, self::CACHE ) ) {
			self::forget();
			$stored = self::parse( get_option( self::OPTION, null ) );
			wp_cache_set( self::OPTION, $stored['rev'], self::CACHE );
		}
		return self::live( $stored['keys'], $now );
	}

	/** Stores the first key of a blog, unless it has one: the unique name of the option decides. */
	public function begin( SigningKeyRow $row ): void {
		$this->database->execute(
			"INSERT IGNORE INTO {options} (option_name, option_value, autoload) VALUES (%s, %s, 'yes')",
			array( self::OPTION, self::serialized( 1, array( $row ) ) )
		);
		self::forget();
	}

	/**
	 * Reads the keys past every cache, changes them, and writes them if nobody else has meanwhile; else again.
	 * Keys whose time is over are swept on the way.
	 *
	 * @param callable(list<SigningKeyRow>): list<SigningKeyRow> $change May be called several times, and may throw.
	 * @throws Refusal sallyport_key_conflict {reason: busy} when others keep being faster.
	 */
	public function change( callable $change, int $now ): void {
		for ( $tries = self::TRIES; $tries > 0; $tries-- ) {
			$stored = $this->database->row( 'SELECT option_value FROM {options} WHERE option_name = %s', array( self::OPTION ) );
			$raw    = $stored['option_value'] ?? throw Refusal::unavailable( Problem::SigningKeyMissing );
			$before = self::parse( maybe_unserialize( $raw ) );
			self::forget();
			$after = $change( self::live( $before['keys'], $now ) );
			if ( $after === $before['keys'] ) {
				return;
			}
			$written = $this->database->execute(
				'UPDATE {options} SET option_value = %s WHERE option_name = %s AND option_value = %s',
				array( self::serialized( $before['rev'] + 1, $after ), self::OPTION, $raw )
			);
			self::forget();
			if ( 1 === $written ) {
				wp_cache_set( self::OPTION, $before['rev'] + 1, self::CACHE );
				return;
			}
		}
		throw new Refusal( Code::KeyConflict, array( 'reason' => 'busy' ) );
	}

	/**
	 * @param list<SigningKeyRow> $rows
	 * @return list<SigningKeyRow>
	 */
	private static function live( array $rows, int $now ): array {
		return array_values( array_filter( $rows, static fn ( SigningKeyRow $row ): bool => ! $row->is_gone( $now ) ) );
	}

	/** @return array{rev: int, keys: list<SigningKeyRow>} */
	private static function parse( mixed $stored ): array {
		if ( null === $stored ) {
			return array(
				'rev'  => 0,
				'keys' => array(),
			);
		}
		if ( is_array( $stored ) && isset( $stored['sealed'] ) ) {
			$stored = array( 'keys' => array( array( 'state' => KeyState::Active->value ) + $stored ) );
		}
		$keys = is_array( $stored['keys'] ?? null ) ? array_map( SigningKeyRow::from( ... ), array_values( $stored['keys'] ) ) : array( null );
		if ( in_array( null, $keys, true ) ) {
			throw Refusal::unavailable( Problem::SecretUnreadable );
		}
		return array(
			'rev'  => (int) ( $stored['rev'] ?? 0 ),
			'keys' => $keys,
		);
	}

	/** @param list<SigningKeyRow> $rows */
	private static function serialized( int $rev, array $rows ): string {
		return (string) maybe_serialize(
			array(
				'rev'  => $rev,
				'keys' => array_map( static fn ( SigningKeyRow $row ): array => $row->to_array(), $rows ),
			)
		);
	}

	/** Core's caches: whoever reads next reads the row itself. */
	private static function forget(): void {
		foreach ( array( 'alloptions', 'notoptions', self::OPTION ) as $key ) {
			wp_cache_delete( $key, 'options' );
		}
	}
}
