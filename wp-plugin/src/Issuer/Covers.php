<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

/** What an Issuer implements beside, whose plugin has doors that are neither its login nor its validation, so that `wp sallyport doors` names their gate. */
interface Covers {
	/**
	 * The class of ours that stands at this REST handler; null where it is none of its plugin's.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public function gate( array $handler ): ?string;
}
