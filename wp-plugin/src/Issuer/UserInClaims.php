<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

/** Whom a token names whose claims have it as several plugins do: in `data.user.id`, a number, or one as text. */
trait UserInClaims {
	public function user_in( array $claims ): int {
		$id = $claims['data']['user']['id'] ?? 0;
		return is_numeric( $id ) ? (int) $id : 0;
	}
}
