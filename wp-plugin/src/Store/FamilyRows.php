<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/**
 * The families table, and a mark in user meta for each live family, which access tokens are checked against. A family is
 * opened row first and mark last, and ended mark first and row last.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class FamilyRows {
	public function __construct(
		private readonly Database $database,
		private readonly Meta $meta,
	) {}

	/**
	 * @param array<string, int|string> $row
	 * @return int The new family's id; the family is live.
	 * @throws Refusal sallyport_token_invalid if another request has ended it meanwhile; _unavailable if its mark was not stored.
	 */
	public function add( array $row ): int {
		$id = $this->database->insert( 'families', $row );
		$this->meta->write( $row['user_id'], static fn () => add_user_meta( $row['user_id'], Meta::FAMILY, $row['sid'] ) );
		if ( ! $this->is_live( $row['user_id'], $row['sid'] ) ) {
			throw null === $this->find( $id ) ? Refusal::token_invalid( 'revoked' ) : Refusal::unavailable( Problem::UserState );
		}
		return $id;
	}

	/** Whether a family lives. Costs no query. */
	public function is_live( int $user_id, string $sid ): bool {
		return in_array( $sid, $this->meta->read( $user_id, Meta::FAMILY ), true );
	}

	public function find( int $id ): ?FamilyRow {
		return $this->one( 'id = %d', $id );
	}

	public function with_sid( string $sid ): ?FamilyRow {
		return $this->one( 'sid = %s', $sid );
	}

	private function one( string $where, int|string $value ): ?FamilyRow {
		$row = $this->database->row( 'SELECT * FROM {families} WHERE ' . $where, array( $value ) );
		return null === $row ? null : FamilyRow::from( $row );
	}

	/** @return list<FamilyRow> Those on every blog of the network, the oldest first. */
	public function of( int $user_id ): array {
		return array_map(
			FamilyRow::from( ... ),
			$this->database->rows( 'SELECT * FROM {families} WHERE user_id = %d ORDER BY id', array( $user_id ) )
		);
	}

	public function use( int $id, string $ip, int $now ): void {
		$this->database->execute( 'UPDATE {families} SET last_used_at = %d, ip = %s WHERE id = %d', array( $now, $ip, $id ) );
	}

	/** The same password was hashed again: replaces the digest of the old hash by that of the new one. */
	public function rehash( int $user_id, string $before, string $after ): void {
		$this->database->execute( 'UPDATE {families} SET fingerprint = %s WHERE user_id = %d AND fingerprint = %s', array( $after, $user_id, $before ) );
	}

	public function bind( int $id, int $device_id ): void {
		$this->database->execute( 'UPDATE {families} SET device_id = %d WHERE id = %d', array( $device_id, $id ) );
	}

	/** @param list<string> $amr */
	public function prove( string $sid, array $amr, int $at, string $epoch ): void {
		$this->database->execute(
			'UPDATE {families} SET amr = %s, proven_at = %d, epoch = %s WHERE sid = %s',
			array( implode( ' ', $amr ), $at, $epoch, $sid )
		);
	}

	/**
	 * Like prove(), also for the access tokens the family already has: stores the proof beside its mark, where Acceptance reads.
	 *
	 * @param list<string> $amr
	 */
	public function prove_in_place( FamilyRow $family, array $amr, int $at, string $epoch ): void {
		$this->prove( $family->sid, $amr, $at, $epoch );
		$proof = array(
			'sid'   => $family->sid,
			'amr'   => $amr,
			'at'    => $at,
			'epoch' => $epoch,
		);
		$this->drop_proofs( $family->user_id, static fn ( array $older ): bool => $older['sid'] === $proof['sid'] );
		$this->meta->write( $family->user_id, static fn () => add_user_meta( $family->user_id, Meta::FAMILY_PROOF, $proof ) );
		$this->drop_marks_without_a_row( $family->user_id );
	}

	/** @return list<array{sid: string, amr: list<string>, at: int, epoch: string}> The user's proofs from prove_in_place(). Costs no query. */
	public function proofs( int $user_id ): array {
		return array_values( array_filter( $this->meta->read( $user_id, Meta::FAMILY_PROOF ), self::is_proof( ... ) ) );
	}

	private static function is_proof( mixed $record ): bool {
		return is_array( $record )
			&& is_string( $record['sid'] ?? null )
			&& is_array( $record['amr'] ?? null )
			&& is_int( $record['at'] ?? null )
			&& is_string( $record['epoch'] ?? null );
	}

	/** @param callable(array{sid: string, amr: list<string>, at: int, epoch: string}): bool $which */
	private function drop_proofs( int $user_id, callable $which ): void {
		foreach ( array_filter( $this->proofs( $user_id ), $which ) as $proof ) {
			$this->meta->write( $user_id, static fn () => delete_user_meta( $user_id, Meta::FAMILY_PROOF, $proof ) );
		}
	}

	/** Gives the family another sid, once only, so that its access tokens are void; false if another request did. */
	public function rename( FamilyRow $family, string $sid ): bool {
		if (
			! $this->database->decide(
				'UPDATE {families} SET sid = %s WHERE id = %d AND sid = %s',
				array( $sid, $family->id, $family->sid )
			)
		) {
			return false;
		}
		$this->meta->write( $family->user_id, static fn () => add_user_meta( $family->user_id, Meta::FAMILY, $sid ) );
		$this->drop_marks_without_a_row( $family->user_id );
		return $this->is_live( $family->user_id, $sid );
	}

	/** Ends a family with its refresh tokens. It is no error if it has ended already. */
	public function end( FamilyRow $family ): void {
		$this->drop_mark( $family->user_id, $family->sid );
		$this->database->execute( 'DELETE FROM {refresh_tokens} WHERE family_id = %d', array( $family->id ) );
		$this->database->decide( 'DELETE FROM {families} WHERE id = %d', array( $family->id ) );
		// A rename may have come between. And before the rows are read: of a family that begins the row is first.
		$this->meta->refresh( $family->user_id );
		$this->drop_marks_without_a_row( $family->user_id );
	}

	/** If a beginning, a rename and an end run at once, the last of them leaves neither mark nor proof of a family that is gone. */
	public function drop_marks_without_a_row( int $user_id ): void {
		$live = array_column( $this->database->rows( 'SELECT sid FROM {families} WHERE user_id = %d', array( $user_id ) ), 'sid' );
		foreach ( array_diff( $this->meta->read( $user_id, Meta::FAMILY ), $live ) as $sid ) {
			$this->drop_mark( $user_id, $sid );
		}
		$this->drop_proofs( $user_id, static fn ( array $proof ): bool => ! in_array( $proof['sid'], $live, true ) );
	}

	private function drop_mark( int $user_id, string $sid ): void {
		$this->meta->write( $user_id, static fn () => delete_user_meta( $user_id, Meta::FAMILY, $sid ) );
	}

	/** @return list<FamilyRow> Expired families, at most $limit. */
	public function expired( int $now, int $limit ): array {
		return array_map(
			FamilyRow::from( ... ),
			$this->database->rows( 'SELECT * FROM {families} WHERE expires_at <= %d ORDER BY id LIMIT %d', array( $now, $limit ) )
		);
	}
}
