<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

/** An answer whose body core cannot write. */
interface Written {
	/**
	 * Filter rest_pre_serve_request: core would write any answer as JSON, and null not at all.
	 *
	 * @param mixed $served Whether it is already written.
	 * @return bool True: it is written.
	 */
	public function serve( mixed $served ): bool;
}
