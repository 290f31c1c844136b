<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Store\State;

/** A user as better-auth's client knows one (contract section 3). */
final class BetterAuthUser {
	public function __construct( private readonly State $state ) {}

	/** @return array<string, mixed> */
	public function of( int $user_id ): array {
		$user = get_userdata( $user_id );
		$date = self::date( (int) strtotime( $user->user_registered . ' UTC' ) );
		return array(
			'id'               => (string) $user_id,
			'email'            => $user->user_email,
			'emailVerified'    => false, // WordPress does not know.
			'name'             => $user->display_name,
			'image'            => null,
			'twoFactorEnabled' => $this->state->is_enrolled( $user_id ),
			'createdAt'        => $date,
			'updatedAt'        => $date, // WordPress keeps no other date.
		);
	}

	/** As its dates are written. */
	public static function date( int $time ): string {
		return gmdate( 'Y-m-d\TH:i:s\Z', $time );
	}
}
