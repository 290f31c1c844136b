<?php
declare( strict_types=1 );

namespace Sallyport\WP\Accounts;

use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ProvenEmails;
use WP_User;

/**
 * Core's reset key when it comes back by a form that is not ours. Core fires the same actions by whatever means a plugin resets
 * a password, so the key itself is checked once more, for the very user whose password it is.
 */
final class MailedKey {
	/** Fields in which wp-login.php and WooCommerce send it. */
	private const FIELDS = array( 'rp_key', 'reset_key' );

	public function __construct( private readonly ProvenEmails $proven_emails ) {}

	public static function is_sent(): bool {
		return array() !== array_intersect_key( $_POST, array_flip( self::FIELDS ) ); // phpcs:ignore WordPress.Security.NonceVerification -- the key is what is checked.
	}

	/** Action password_reset, before the new password voids the key: whoever sends the mailed key has read that mail. */
	public function prove( WP_User $user ): void {
		foreach ( self::FIELDS as $field ) {
			$key   = $_POST[ $field ] ?? null; // phpcs:ignore WordPress.Security -- core takes letters and digits alone.
			$found = is_string( $key ) ? check_password_reset_key( $key, $user->user_login ) : null;
			if ( $found instanceof WP_User && $found->ID === $user->ID ) {
				try {
					$this->proven_emails->prove( $found );
				} catch ( Refusal ) {
					return; // The store failed: the password is reset anyway, and nothing is proven.
				}
			}
		}
	}
}
