<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

/** Implemented besides Knocks by an Issuer whose plugin keeps credentials of deleted users. */
interface Leaves {
	/** Removes what the plugin holds of this user. */
	public function forget( int $user_id ): void;
}
