<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** The spent table: what may be used once and was, by a digest of its name, until it would be refused for its age. */
final class SpentRows {
	public function __construct( private readonly Database $database ) {}

	/**
	 * Once only: false for all but the first.
	 *
	 * @param string $name    SHA-256 in hex.
	 * @param int    $expires When the row may go, Unix seconds.
	 */
	public function spend( string $name, int $expires ): bool {
		return $this->database->decide( 'INSERT IGNORE INTO {spent} (name, expires_at) VALUES (%s, %d)', array( $name, $expires ) );
	}

	/**
	 * Spends a step of a name, and every earlier one with it: the row's end stands for the step, later by as much.
	 *
	 * @param string $name    SHA-256 in hex.
	 * @param int    $expires When the row may go, Unix seconds: past the time at which anybody takes a code of this step.
	 * @return bool False when this step, or a later one, was spent already.
	 */
	public function advance( string $name, int $expires ): bool {
		return $this->move( $name, $expires ) || $this->spend( $name, $expires ) || $this->move( $name, $expires );
	}

	private function move( string $name, int $expires ): bool {
		return $this->database->decide( 'UPDATE {spent} SET expires_at = %d WHERE name = %s AND expires_at < %d', array( $expires, $name, $expires ) );
	}
}
