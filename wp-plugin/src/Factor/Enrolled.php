<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FactorRow;

/** A factor that is enrolled as a row of the factors table, pending until its first right code. */
interface Enrolled extends Factor {
	/**
	 * Whether a code proves a pending row.
	 *
	 * @param string $code As typed, at most 256 bytes.
	 * @param int    $now  Unix seconds.
	 * @return int|null The `last_step` the row starts with, so that the code is spent; null for a code that does not.
	 * @throws Refusal When the store or the engine fails.
	 */
	public function prove( FactorRow $row, #[\SensitiveParameter] string $code, int $now ): ?int;
}
