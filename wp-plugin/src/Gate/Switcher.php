<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use WP_User;

/** Somebody who switched to another user by a plugin. */
final class Switcher {
	/**
	 * Whether they may: asked, too, while nobody knows yet who the request is. Plugins that have a say in it ask who that is,
	 * and mean who switches.
	 */
	public static function may( int $switcher, int $user_id ): bool {
		$before                  = $GLOBALS['current_user'] ?? null;
		$GLOBALS['current_user'] = new WP_User( $switcher ); // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- no action: nobody becomes them.
		try {
			return user_can( $switcher, 'edit_user', $user_id );
		} finally {
			$GLOBALS['current_user'] = $before; // phpcs:ignore WordPress.WP.GlobalVariablesOverride
		}
	}
}
