<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;
use WP_User;

/** Which users have shown that mail to their address reaches them: they used a link or a code that was mailed there. */
final class ProvenEmails {
	public function __construct( private readonly Meta $meta ) {}

	/**
	 * Puts on record that the user reads what is mailed to their address.
	 *
	 * @param WP_User $user As loaded when the link or the code was checked: the address may have changed since.
	 * @throws Refusal When the store fails.
	 */
	public function prove( WP_User $user ): void {
		if ( '' !== $user->user_email ) {
			$this->meta->write( $user->ID, static fn () => update_user_meta( $user->ID, Meta::PROVEN_EMAIL, wp_slash( $user->user_email ) ) );
		}
	}

	/** Whether the user's present address is the one that was proven. Costs no query, where the object cache outlives no request. */
	public function is_proven( int $user_id ): bool {
		$email = self::address( $user_id );
		return '' !== $email && get_user_meta( $user_id, Meta::PROVEN_EMAIL, true ) === $email;
	}

	/** Empty of nobody. */
	public static function address( int $user_id ): string {
		return (string) self::user( $user_id )->user_email;
	}

	/** The user, with the address of today: one that an object cache tells which outlives the request may be another's by now. */
	public static function user( int $user_id ): WP_User {
		if ( wp_using_ext_object_cache() ) {
			wp_cache_delete( $user_id, 'users' );
		}
		return new WP_User( $user_id );
	}
}
