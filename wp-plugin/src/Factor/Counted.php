<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

/** A factor whose codes run out. */
interface Counted extends Factor {
	/** Codes that can still be used, 0 where all were; null for a user who was never given any. */
	public function left( int $user_id ): ?int;

	/** When one of them was used last; null where none was. Unix seconds. */
	public function last_used( int $user_id ): ?int;
}
