<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use WP_REST_Response;

/** The answer `null`. Its data is an empty list, of which core's `_fields` can take some. */
final class Nothing extends WP_REST_Response implements Written {
	public function __construct() {
		parent::__construct( array() );
	}

	/**
	 * Filter rest_envelope_response: where core puts the answer in an envelope, nobody is left to write it.
	 *
	 * @param array<string, mixed> $envelope With what stands in for the answer as its body.
	 * @return array<string, mixed>
	 */
	public static function in( array $envelope ): array {
		return array( 'body' => null ) + $envelope;
	}

	public function serve( mixed $served ): bool {
		if ( true !== $served ) {
			echo 'null';
		}
		return true;
	}
}
