<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;
use WP_User;

/** Which users were proven to receive mail at their address, because they used a link or a code that was mailed there. */
final class ProvenEmails {
	public function __construct( private readonly Meta $meta ) {}

	/**
	 * Records that the user receives mail at their address.
	 *
	 * @param WP_User $user As loaded when the link or code was checked: the address may have changed since.
	 * @throws Refusal If the store fails.
	 */
	public function prove( WP_User $user ): void {
		if ( '' !== $user->user_email ) {
			$this->meta->write( $user->ID, static fn () => update_user_meta( $user->ID, Meta::PROVEN_EMAIL, wp_slash( $user->user_email ) ) );
		}
	}

	/** Whether the user's present address is the proven one. Costs no query, unless the object cache outlives the request. */
	public function is_proven( int $user_id ): bool {
		$email = self::address( $user_id );
		return '' !== $email && get_user_meta( $user_id, Meta::PROVEN_EMAIL, true ) === $email;
	}

	/** The user's present address; empty if there is no such user. */
	public static function address( int $user_id ): string {
		return (string) self::user( $user_id )->user_email;
	}

	/**
	 * The user with their present address. An object cache that outlives the request may hold an address that is another
	 * user's by now.
	 */
	public static function user( int $user_id ): WP_User {
		if ( Database::is_ahead_of_core() ) {
			wp_cache_delete( $user_id, 'users' );
		}
		return new WP_User( $user_id );
	}
}
