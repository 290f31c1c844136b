<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

/** A factor whose codes run out. */
interface Counted extends Factor {
	/** Codes that are left, 0 if all were used; null for a user who was never given any. */
	public function left( int $user_id ): ?int;

	/** When a code was last used, Unix seconds; null if none was. */
	public function last_used( int $user_id ): ?int;
}
