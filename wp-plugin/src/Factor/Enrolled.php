<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FactorRow;

/** A factor enrolled as a row of the factors table; the row is pending until the first right code. */
interface Enrolled extends Factor {
	/**
	 * Whether a code proves a pending row.
	 *
	 * @param string $code As typed, at most 256 bytes.
	 * @param int    $now  Unix seconds.
	 * @return int|null The `last_step` that the row starts with, so that the code is spent; null if the code is wrong.
	 * @throws Refusal If the store or the engine fails.
	 */
	public function prove( FactorRow $row, #[\SensitiveParameter] string $code, int $now ): ?int;
}
