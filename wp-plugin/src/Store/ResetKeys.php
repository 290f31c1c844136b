<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;
use WP_User;

/** Core's password reset keys. Core reads the stored one, and clears it later: two requests may use one key. */
final class ResetKeys {
	public function __construct( private readonly Database $database ) {}

	/**
	 * Once only: false if another request used the key, or another key took its place.
	 *
	 * @param WP_User $user As loaded when core found the key right.
	 * @throws Refusal When the store fails.
	 */
	public function claim( WP_User $user ): bool {
		$claimed = $this->database->decide(
			"UPDATE {users} SET user_activation_key = '' WHERE ID = %d AND user_activation_key = %s AND user_activation_key <> ''",
			array( $user->ID, $user->user_activation_key )
		);
		clean_user_cache( $user );
		return $claimed;
	}
}
