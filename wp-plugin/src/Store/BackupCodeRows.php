<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The backup codes table, one row for each code.
 *
 * `factor_id` is the pending factor a set was created with, or 0 for the live set. `source` is the plugin a code was
 * imported from, with its hash, or '' for our own codes.
 */
final class BackupCodeRows {
	/** Range of `factor_id` for a set without a factor, while it is being added, and for a code that is about to be deleted. */
	private const FIRST_SET = 1 << 62;
	private const DEAD      = PHP_INT_MAX;

	public function __construct( private readonly Database $database ) {}

	/** @return list<array{id: int, hash: string}> The live set, including used codes: a replay is told from a guess. */
	public function live( int $user_id ): array {
		return array_map(
			static fn ( array $row ): array => array(
				'id'   => (int) $row['id'],
				'hash' => $row['hash'],
			),
			$this->database->rows( 'SELECT id, hash FROM {backup_codes} WHERE user_id = %d AND factor_id = 0 AND source = \'\' ORDER BY id', array( $user_id ) )
		);
	}

	/** How many codes are left. */
	public function left( int $user_id ): int {
		return (int) ( $this->database->row(
			'SELECT COUNT(*) AS n FROM {backup_codes} WHERE user_id = %d AND factor_id = 0 AND source = \'\' AND used_at = 0',
			array( $user_id )
		)['n'] ?? 0 );
	}

	/** When a code of the live set was last used, Unix seconds; null if none was. */
	public function last_used( int $user_id ): ?int {
		$row = $this->database->row( "SELECT MAX(used_at) AS used FROM {backup_codes} WHERE user_id = %d AND factor_id = 0 AND source = ''", array( $user_id ) );
		return (int) ( $row['used'] ?? 0 ) ?: null;
	}

	/** How many codes are left; null for a user without a live set. */
	public function left_of( int $user_id ): ?int {
		$row = $this->database->row(
			"SELECT COUNT(*) AS n, SUM(CASE WHEN used_at = 0 THEN 1 ELSE 0 END) AS unused FROM {backup_codes} WHERE user_id = %d AND factor_id = 0 AND source = ''",
			array( $user_id )
		);
		return 0 === (int) ( $row['n'] ?? 0 ) ? null : (int) $row['unused'];
	}

	/** @return list<array{id: int, hash: string, source: string, used_at: int}> The imported codes, unused ones first. */
	public function imported( int $user_id ): array {
		return array_map(
			static fn ( array $row ): array => array(
				'id'      => (int) $row['id'],
				'hash'    => $row['hash'],
				'source'  => $row['source'],
				'used_at' => (int) $row['used_at'],
			),
			$this->database->rows( "SELECT id, hash, source, used_at FROM {backup_codes} WHERE user_id = %d AND source <> '' ORDER BY used_at, id", array( $user_id ) )
		);
	}

	/** Deletes the codes imported from a source. */
	public function delete_of( int $user_id, string $source ): void {
		$this->database->execute( 'DELETE FROM {backup_codes} WHERE user_id = %d AND source = %s', array( $user_id, $source ) );
	}

	/** Spends a code, once only: false if it was used or replaced meanwhile. */
	public function spend( int $id, int $now ): bool {
		return $this->database->decide(
			'UPDATE {backup_codes} SET used_at = %d WHERE id = %d AND used_at = 0 AND factor_id = 0',
			array( $now, $id )
		);
	}

	/** @param list<string> $hashes */
	public function add( int $user_id, array $hashes, int $factor_id, int $now, string $source = '' ): void {
		foreach ( $hashes as $hash ) {
			$this->database->insert(
				'backup_codes',
				array(
					'user_id'    => $user_id,
					'factor_id'  => $factor_id,
					'hash'       => $hash,
					'source'     => $source,
					'created_at' => $now,
				)
			);
		}
	}

	/**
	 * Makes a set the live one, and deletes every other set. However many sets are promoted at once, one stays live.
	 *
	 * @param int $factor_id The number the set was added under.
	 * @return bool Whether there was such a set.
	 */
	public function promote( int $user_id, int $factor_id ): bool {
		if ( null === $this->database->row( 'SELECT id FROM {backup_codes} WHERE user_id = %d AND factor_id = %d LIMIT 1', array( $user_id, $factor_id ) ) ) {
			return false;
		}
		$this->database->execute(
			'UPDATE {backup_codes} SET factor_id = CASE WHEN factor_id = %d THEN 0 ELSE %d END WHERE user_id = %d AND factor_id IN (0, %d)',
			array( $factor_id, self::DEAD, $user_id, $factor_id )
		);
		$this->delete_set( $user_id, self::DEAD );
		return true;
	}

	/** A number under which to add a set without a factor, until it is promoted. */
	public static function new_set(): int {
		return random_int( self::FIRST_SET, self::DEAD - 1 );
	}

	/** @param int $factor_id The number the set was added under. */
	public function delete_set( int $user_id, int $factor_id ): void {
		$this->database->execute( 'DELETE FROM {backup_codes} WHERE user_id = %d AND factor_id = %d', array( $user_id, $factor_id ) );
	}

	/** Deletes the live set only, and returns the number of its codes. A pending enrolment keeps the codes it was shown with. */
	public function delete_live( int $user_id ): int {
		return $this->database->execute( 'DELETE FROM {backup_codes} WHERE user_id = %d AND factor_id = 0', array( $user_id ) );
	}

	public function delete_pending( int $user_id ): int {
		return $this->database->execute( 'DELETE FROM {backup_codes} WHERE user_id = %d AND factor_id > 0 AND factor_id < %d', array( $user_id, self::FIRST_SET ) );
	}

	public function delete_all( int $user_id ): void {
		$this->database->execute( 'DELETE FROM {backup_codes} WHERE user_id = %d', array( $user_id ) );
	}
}
