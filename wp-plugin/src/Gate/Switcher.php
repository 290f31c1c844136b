<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use WP_User;

/** A user who switched to another user by a plugin. */
final class Switcher {
	/**
	 * Whether the switcher may edit the user. Also asked while the current user is still being determined; capability filters
	 * of other plugins ask for the current user, so the switcher takes that place meanwhile.
	 */
	public static function may( int $switcher, int $user_id ): bool {
		$before                  = $GLOBALS['current_user'] ?? null;
		$GLOBALS['current_user'] = new WP_User( $switcher ); // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- no action: nobody becomes them.
		try {
			return user_can( $switcher, 'edit_user', $user_id );
		} finally {
			$GLOBALS['current_user'] = $before; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- put back as it was.
		}
	}
}
