<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\SealedSecret;

/** The factors table. Every method throws Refusal (sallyport_unavailable) if the store fails. */
final class FactorRows {
	/** Matches a serialized State that is not enrolled. Used only to find candidates, which State then reads. */
	public const NOT_ENROLLED = '%"enrolled";b:0;%';

	/** Rows per batch where all are read. */
	private const BATCH = 500;

	public function __construct( private readonly Database $database ) {}

	/**
	 * @param string|null $type Null: of every type.
	 * @return list<FactorRow>
	 */
	public function active( int $user_id, ?string $type = null ): array {
		return $this->with_status( $user_id, 'active', $type );
	}

	/**
	 * @param string|null $type Null: of every type.
	 * @return list<FactorRow>
	 */
	public function pending( int $user_id, ?string $type = null ): array {
		return $this->with_status( $user_id, 'pending', $type );
	}

	/** @return array<string, int> Type => number of users with an active factor of it. */
	public function users_by_type(): array {
		$rows = $this->database->rows( "SELECT type, COUNT(DISTINCT user_id) AS users FROM {factors} WHERE status = 'active' AND id > %d GROUP BY type ORDER BY type", array( 0 ) );
		return array_map( 'intval', array_column( $rows, 'users', 'type' ) );
	}

	/** @return list<FactorRow> */
	private function with_status( int $user_id, string $status, ?string $type ): array {
		$rows = array_map(
			FactorRow::from( ... ),
			$this->database->rows( 'SELECT * FROM {factors} WHERE user_id = %d AND status = %s ORDER BY id', array( $user_id, $status ) )
		);
		return null === $type ? $rows : array_values( array_filter( $rows, static fn ( FactorRow $row ): bool => $type === $row->type ) );
	}

	/**
	 * @param array{algorithm?: string, digits?: int, period?: int} $parameters Of a TOTP secret; default SHA1, 6, 30.
	 * @param string                                               $begun_by   The sign-in that begins it.
	 * @return FactorRow A new pending row. Its secret is sealed for its id, and stored by set_secret().
	 */
	public function add_pending(
		int $user_id,
		string $type,
		int $now,
		string $label = '',
		array $parameters = array(),
		string $begun_by = '',
	): FactorRow {
		return $this->add( compact( 'user_id', 'type', 'label', 'begun_by' ) + $parameters, $now );
	}

	/** Adds a pending row for a factor that another plugin keeps. */
	public function add_imported( int $user_id, string $type, string $label, string $source, int $now ): FactorRow {
		return $this->add( compact( 'user_id', 'type', 'label', 'source' ), $now );
	}

	/** @param array<string, string|int> $values */
	private function add( array $values, int $now ): FactorRow {
		$row = $values + array(
			'source'       => '',
			'secret'       => '',
			'algorithm'    => 'SHA1',
			'digits'       => 6,
			'period'       => 30,
			'last_step'    => -1,
			'drift'        => 0,
			'created_at'   => $now,
			'last_used_at' => 0,
			'begun_by'     => '',
		);
		return FactorRow::from( array( 'id' => $this->database->insert( 'factors', $row ) ) + $row );
	}

	/** @return list<int> Users with an active factor from that source, ascending, with ids after $after, at most $limit. */
	public function users_of( string $source, int $after, int $limit ): array {
		return self::user_ids(
			$this->database->rows(
				"SELECT DISTINCT user_id FROM {factors} WHERE source = %s AND status = 'active' AND user_id > %d ORDER BY user_id LIMIT %d",
				array( $source, $after, $limit )
			)
		);
	}

	/** Deletes the user's factors imported from that source, whatever their status. */
	public function delete_of( int $user_id, string $source ): void {
		$this->database->execute( 'DELETE FROM {factors} WHERE user_id = %d AND source = %s', array( $user_id, $source ) );
	}

	/** @return FactorRow The row with the secret. */
	public function set_secret( FactorRow $row, string $sealed ): FactorRow {
		$this->database->execute( 'UPDATE {factors} SET secret = %s WHERE id = %d', array( $sealed, $row->id ) );
		return $row->with_secret( $sealed );
	}

	/**
	 * The sealed secrets of this type, of every user, active and pending.
	 *
	 * @return iterable<SealedSecret>
	 */
	public function sealed( string $type ): iterable {
		for ( $rows = $this->batch( $type, 0, self::BATCH ); array() !== $rows; $rows = $this->batch( $type, end( $rows )->id, self::BATCH ) ) {
			foreach ( $rows as $row ) {
				// A row that was added just now has no secret yet.
				if ( '' !== $row->secret ) {
					yield new SealedSecret(
						'user ' . $row->user_id,
						$row->secret,
						$type,
						FactorRow::owner( $row->user_id, $row->id ),
						fn ( string $sealed ): bool => $this->reseal( $row->id, $row->secret, $sealed )
					);
				}
			}
		}
	}

	/** @return list<FactorRow> Ordered by id, after $after. */
	private function batch( string $type, int $after, int $limit ): array {
		return array_map(
			FactorRow::from( ... ),
			$this->database->rows( 'SELECT * FROM {factors} WHERE type = %s AND id > %d ORDER BY id LIMIT %d', array( $type, $after, $limit ) )
		);
	}

	/** Replaces a sealed secret if it is still the same: false if it has changed, or is gone. */
	private function reseal( int $id, string $before, string $sealed ): bool {
		return $this->database->decide( 'UPDATE {factors} SET secret = %s WHERE id = %d AND secret = %s', array( $sealed, $id, $before ) );
	}

	/** Activates a row, once only: false if it was activated or replaced meanwhile. */
	public function activate( int $id, int $step, int $now ): bool {
		return $this->database->decide(
			"UPDATE {factors} SET status = 'active', last_step = %d, last_used_at = %d WHERE id = %d AND status = 'pending'",
			array( $step, $now, $id )
		);
	}

	/**
	 * Spends a time step, once only: false if this or a later one was spent before (RFC 6238 section 5.2), or the factor
	 * was removed.
	 */
	public function spend_step( int $id, int $step, int $drift, int $now ): bool {
		return $this->database->decide(
			"UPDATE {factors} SET last_step = %d, drift = %d, last_used_at = %d WHERE id = %d AND status = 'active' AND last_step < %d",
			array( $step, $drift, $now, $id, $step )
		);
	}

	/** False if the user has no such active factor, or it already has this label. */
	public function rename( int $user_id, int $id, string $label ): bool {
		return $this->database->decide(
			"UPDATE {factors} SET label = %s WHERE id = %d AND user_id = %d AND status = 'active' AND label <> %s",
			array( $label, $id, $user_id, $label )
		);
	}

	/**
	 * Deletes an active factor, once only: false if the user no longer has it.
	 *
	 * @param list<string> $beside If not empty: another active factor of one of these types must remain, else false. It is counted
	 *                             in the same statement: if two requests remove the last two factors, one of them fails. The
	 *                             subquery is materialised because MySQL cannot read a table it deletes from.
	 */
	public function delete( int $user_id, int $id, array $beside = array() ): bool {
		$only = array() === $beside ? '' : sprintf(
			" AND (SELECT others.n FROM (SELECT COUNT(*) AS n FROM {factors} WHERE user_id = %%d AND status = 'active' AND id <> %%d AND type IN (%s)) AS others) > 0",
			Database::places( $beside )
		);
		return $this->database->decide(
			"DELETE FROM {factors} WHERE id = %d AND user_id = %d AND status = 'active'" . $only,
			array( $id, $user_id, ...( array() === $beside ? array() : array( $user_id, $id, ...$beside ) ) )
		);
	}

	/** @param string $type '': every type. */
	public function delete_pending( int $user_id, string $type = '' ): int {
		return $this->database->execute( "DELETE FROM {factors} WHERE user_id = %d AND (type = %s OR '' = %s) AND status = 'pending'", array( $user_id, $type, $type ) );
	}

	/**
	 * Deletes what a newly activated row replaces: pending rows of its type, and active rows with its label, or all of its type
	 * if it has none.
	 *
	 * If two rows are activated at once, the later row stays in either order, because each deletes only earlier rows.
	 */
	public function delete_replaced( FactorRow $by ): void {
		$this->database->execute(
			"DELETE FROM {factors} WHERE user_id = %d AND type = %s AND id <> %d AND (status = 'pending' OR (id < %d AND (label = %s OR '' = %s)))",
			array( $by->user_id, $by->type, $by->id, $by->id, $by->label, $by->label )
		);
	}

	/** @return list<int> Users with an active factor but no mark in their state, at most $limit. */
	public function unmarked( int $limit ): array {
		return self::user_ids(
			$this->database->rows(
				"SELECT DISTINCT f.user_id FROM {factors} f JOIN {users} u ON u.ID = f.user_id
				LEFT JOIN {usermeta} m ON m.user_id = f.user_id AND m.meta_key = %s
				WHERE f.status = 'active' AND (m.umeta_id IS NULL OR m.meta_value LIKE %s) LIMIT %d",
				array( Meta::STATE, self::NOT_ENROLLED, $limit )
			)
		);
	}

	/** @return list<int> Users with a mark in their state but no factor, at most $limit. */
	public function missing( int $limit ): array {
		return self::user_ids(
			$this->database->rows(
				"SELECT m.user_id FROM {usermeta} m LEFT JOIN {factors} f ON f.user_id = m.user_id AND f.status = 'active'
				WHERE m.meta_key = %s AND f.id IS NULL AND m.meta_value NOT LIKE %s LIMIT %d",
				array( Meta::STATE, self::NOT_ENROLLED, $limit )
			)
		);
	}

	/**
	 * @param list<array<string, string>> $rows
	 * @return list<int>
	 */
	private static function user_ids( array $rows ): array {
		return array_map( 'intval', array_column( $rows, 'user_id' ) );
	}

	/** Deletes every factor of the user, active and pending. */
	public function delete_all( int $user_id ): void {
		$this->database->execute( 'DELETE FROM {factors} WHERE user_id = %d', array( $user_id ) );
	}
}
