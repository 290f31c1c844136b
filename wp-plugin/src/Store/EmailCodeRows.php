<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The e-mail codes table: the MAC of the one valid code for a factor and a challenge. Challenge 0 stands for a user who is
 * signed in.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class EmailCodeRows {
	public function __construct( private readonly Database $database ) {}

	/** Stores a code. It replaces an earlier one for the same factor and challenge, and its count of tries. */
	public function put( int $factor_id, int $challenge_id, string $mac, int $expires_at ): void {
		$this->database->execute(
			'REPLACE INTO {email_codes} (factor_id, challenge_id, mac, expires_at) VALUES (%d, %d, %s, %d)',
			array( $factor_id, $challenge_id, $mac, $expires_at )
		);
	}

	/** @return array{mac: string, tries: int, is_used: bool}|null Null if there is none, or it has expired. */
	public function find( int $factor_id, int $challenge_id, int $now ): ?array {
		$row = $this->database->row(
			'SELECT mac, tries, used_at FROM {email_codes} WHERE factor_id = %d AND challenge_id = %d AND expires_at > %d',
			array( $factor_id, $challenge_id, $now )
		);
		return null === $row ? null : array(
			'mac'     => $row['mac'],
			'tries'   => (int) $row['tries'],
			'is_used' => (int) $row['used_at'] > 0,
		);
	}

	/** Counts one try, before the code is checked: false if none is left, or there is no code. */
	public function count( int $factor_id, int $challenge_id, int $limit, int $now ): bool {
		return $this->database->decide(
			'UPDATE {email_codes} SET tries = tries + 1 WHERE factor_id = %d AND challenge_id = %d AND tries < %d AND expires_at > %d',
			array( $factor_id, $challenge_id, $limit, $now )
		);
	}

	/** Spends a code, once only: false if another request used it, or another code replaced it. */
	public function spend( int $factor_id, int $challenge_id, string $mac, int $now ): bool {
		return $this->database->decide(
			'UPDATE {email_codes} SET used_at = %d WHERE factor_id = %d AND challenge_id = %d AND mac = %s AND used_at = 0 AND expires_at > %d',
			array( $now, $factor_id, $challenge_id, $mac, $now )
		);
	}
}
