<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

/** The user in the claims of several plugins: `data.user.id`, an integer or a numeric string. */
trait UserInClaims {
	public function user_in( array $claims ): int {
		$id = $claims['data']['user']['id'] ?? 0;
		return is_numeric( $id ) ? (int) $id : 0;
	}
}
