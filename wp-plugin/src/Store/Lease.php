<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** Lets one process of this blog at a time do something, for a limited time. It is an option, written by compare-and-swap. */
final class Lease {
	/** The value this process wrote. */
	private string $mine = '';

	public function __construct(
		private readonly Database $database,
		private readonly string $name,
	) {}

	/** Takes the lease: of several processes that ask at once, one gets it. */
	public function take( int $now, int $seconds ): bool {
		$before = $this->stored();
		if ( (int) $before > $now ) {
			return false;
		}
		$mine = ( $now + $seconds ) . ' ' . bin2hex( random_bytes( 8 ) );
		$rows = null === $before
			? $this->database->execute( "INSERT IGNORE INTO {options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')", array( $this->name, $mine ) )
			: $this->database->execute( 'UPDATE {options} SET option_value = %s WHERE option_name = %s AND option_value = %s', array( $mine, $this->name, $before ) );
		$this->mine = 1 === $rows ? $mine : '';
		return 1 === $rows;
	}

	public function release(): void {
		$this->database->execute( "UPDATE {options} SET option_value = '0' WHERE option_name = %s AND option_value = %s", array( $this->name, $this->mine ) );
	}

	/** Whether any process holds it. */
	public function is_taken( int $now ): bool {
		return (int) $this->stored() > $now;
	}

	/** Bypasses core's caches, which do not see other processes' writes. */
	private function stored(): ?string {
		return $this->database->row( 'SELECT option_value FROM {options} WHERE option_name = %s', array( $this->name ) )['option_value'] ?? null;
	}
}
