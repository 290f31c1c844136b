<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** The spent table: digests of one-time values that were used, kept until they would be refused for their age anyway. */
final class SpentRows {
	public function __construct( private readonly Database $database ) {}

	/**
	 * Once only: false for every call but the first.
	 *
	 * @param string $name    SHA-256 in hex.
	 * @param int    $expires When the row may be deleted, Unix seconds.
	 */
	public function spend( string $name, int $expires ): bool {
		return $this->database->decide( 'INSERT IGNORE INTO {spent} (name, expires_at) VALUES (%s, %d)', array( $name, $expires ) );
	}

	/**
	 * Spends a time step for a name, and with it every earlier one. The row's expiry encodes the step: it grows with it.
	 *
	 * @param string $name    SHA-256 in hex.
	 * @param int    $expires When the row may be deleted, Unix seconds: after every form has stopped accepting this step.
	 * @return bool False if this step, or a later one, was spent before.
	 */
	public function advance( string $name, int $expires ): bool {
		return $this->move( $name, $expires ) || $this->spend( $name, $expires ) || $this->move( $name, $expires );
	}

	private function move( string $name, int $expires ): bool {
		return $this->database->decide( 'UPDATE {spent} SET expires_at = %d WHERE name = %s AND expires_at < %d', array( $expires, $name, $expires ) );
	}
}
