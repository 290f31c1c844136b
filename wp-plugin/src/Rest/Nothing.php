<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use WP_REST_Response;

/** The answer `null`. Its data is an empty list, of which core's `_fields` can take some. */
final class Nothing extends WP_REST_Response implements Written {
	public function __construct() {
		parent::__construct( array() );
	}

	public function serve( mixed $served ): bool {
		if ( true !== $served ) {
			echo 'null';
		}
		return true;
	}
}
