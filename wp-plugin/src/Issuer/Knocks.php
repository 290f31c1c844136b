<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Probe\Knock;

/** Implemented by an Issuer so that `wp sallyport probe` tries its plugin's doors. */
interface Knocks {
	/** @return list<Knock> One for each way in which its plugin issues a token or a cookie; empty if the plugin is not active. */
	public function knocks(): array;
}
