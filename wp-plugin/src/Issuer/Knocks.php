<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Probe\Knock;

/** What an Issuer implements beside, so that `wp sallyport probe` knocks on its plugin's doors. */
interface Knocks {
	/** @return list<Knock> One for each way its plugin gives a token or a cookie; none where the plugin is not active. */
	public function knocks(): array;
}
