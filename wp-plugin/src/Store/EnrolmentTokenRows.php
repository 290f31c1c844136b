<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The enrolment_tokens table: what a token is bound to, by the digest of its secret.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class EnrolmentTokenRows {
	public function __construct( private readonly Database $database ) {}

	/** @param array<string, int|string> $row */
	public function add( array $row ): int {
		return $this->database->insert( 'enrolment_tokens', $row );
	}

	/** @return array<string, string>|null A live token. */
	public function find( string $digest, int $blog_id, int $now ): ?array {
		return $this->database->row(
			'SELECT * FROM {enrolment_tokens} WHERE digest = %s AND blog_id = %d AND spent_at = 0 AND expires_at > %d',
			array( $digest, $blog_id, $now )
		);
	}

	/** @return array<string, string>|null A live token of this user. */
	public function of( int $id, int $user_id, int $blog_id, int $now ): ?array {
		return $this->database->row(
			'SELECT * FROM {enrolment_tokens} WHERE id = %d AND user_id = %d AND blog_id = %d AND spent_at = 0 AND expires_at > %d',
			array( $id, $user_id, $blog_id, $now )
		);
	}

	/** Once only: false for every call but the first. */
	public function confirm( int $id, int $now ): bool {
		return $this->database->decide(
			'UPDATE {enrolment_tokens} SET confirmed_at = %d WHERE id = %d AND confirmed_at = 0 AND spent_at = 0 AND expires_at > %d',
			array( $now, $id, $now )
		);
	}

	/** Once only: false for every call but the first. */
	public function spend( int $id, int $now ): bool {
		return $this->database->decide(
			'UPDATE {enrolment_tokens} SET spent_at = %d WHERE id = %d AND confirmed_at > 0 AND spent_at = 0 AND expires_at > %d',
			array( $now, $id, $now )
		);
	}
}
