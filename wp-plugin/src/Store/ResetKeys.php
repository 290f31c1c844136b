<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;
use WP_User;

/** Core's password reset keys. Core reads the stored key and deletes it later, so two requests could use the same one. */
final class ResetKeys {
	public function __construct( private readonly Database $database ) {}

	/**
	 * Claims the key, once only: false if another request used it, or another key replaced it.
	 *
	 * @param WP_User $user As loaded when core accepted the key.
	 * @throws Refusal If the store fails.
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
