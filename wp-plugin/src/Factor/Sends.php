<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Refusal;

/** A factor whose codes are sent to the user, one for each challenge. */
interface Sends extends Factor {
	/**
	 * Sends a code that is good for this challenge alone.
	 *
	 * @param int $challenge The challenge; 0 for a user who is signed in.
	 * @param int $now       Unix seconds.
	 * @throws Refusal sallyport_throttled {retry_after} when it is too soon, or too many were sent.
	 */
	public function send( int $user_id, int $challenge, int $now ): void;

	/** Where codes go, masked: `a***@e***.test`. */
	public function hint( int $user_id ): string;
}
