<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

/** What an Issuer implements beside Knocks, whose plugin keeps credentials of users who are gone. */
interface Leaves {
	/** Takes away what the plugin holds of this user. */
	public function forget( int $user_id ): void;
}
