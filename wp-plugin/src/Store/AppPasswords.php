<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** Which application passwords of a user were created under a proof, by their uuid, in one user-meta row. */
final class AppPasswords {
	private const KEY = '_sallyport_app_passwords';

	public function trust( int $user_id, string $uuid ): void {
		update_user_meta( $user_id, self::KEY, array( ...$this->trusted( $user_id ), $uuid ) );
	}

	public function is_trusted( int $user_id, string $uuid ): bool {
		return in_array( $uuid, $this->trusted( $user_id ), true );
	}

	public function forget( int $user_id ): void {
		delete_user_meta( $user_id, self::KEY );
	}

	/** @return list<string> */
	private function trusted( int $user_id ): array {
		$uuids = get_user_meta( $user_id, self::KEY, true );
		return is_array( $uuids ) ? array_values( $uuids ) : array();
	}
}
