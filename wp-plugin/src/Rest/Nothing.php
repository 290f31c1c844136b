<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use WP_REST_Response;

/** The answer `null`. Its data is an empty list, so that core's `_fields` can filter it. */
final class Nothing extends WP_REST_Response implements Written {
	public function __construct() {
		parent::__construct( array() );
	}

	/**
	 * Filter rest_envelope_response: core puts the answer into an envelope, so this class cannot print `null` itself.
	 *
	 * @param array<string, mixed> $envelope Its body is the placeholder.
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
