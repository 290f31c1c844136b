<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

/**
 * Implemented by an Issuer whose plugin has doors besides its login and its validation, so that `wp sallyport doors` can name
 * the gate of each.
 */
interface Covers {
	/**
	 * The class of ours that guards this REST handler; null if it is not its plugin's.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public function gate( array $handler ): ?string;
}
