<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Refusal;

/** A factor whose codes are sent to the user, one for each challenge. */
interface Sends extends Factor {
	/** Seconds between two codes for one challenge. */
	public const RESEND = 60;

	/**
	 * Sends a code that is valid for this challenge alone.
	 *
	 * @param int $challenge The challenge; 0 for a user who is signed in.
	 * @param int $now       Unix seconds.
	 * @return int Seconds the code is valid.
	 * @throws Refusal sallyport_throttled {retry_after} if it is too soon or too many were sent; sallyport_mail_not_sent.
	 */
	public function send( int $user_id, int $challenge, int $now ): int;

	/** Where codes go, masked: `a***@e***.test`. */
	public function hint( int $user_id ): string;
}
