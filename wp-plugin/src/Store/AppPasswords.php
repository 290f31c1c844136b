<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;
use WP_Application_Passwords;

/** Records which application passwords of a user were created under a proof. */
final class AppPasswords {
	public function __construct( private readonly Meta $meta ) {}

	/** @throws Refusal If the store fails. */
	public function trust( int $user_id, string $uuid ): void {
		$this->meta->write( $user_id, static fn () => add_user_meta( $user_id, Meta::APP_PASSWORD, $uuid ) );
	}

	/**
	 * Core may have found the application password in a cache from before it was revoked. So the marks are read from the
	 * database, and with them core's own copy of the user's meta. Another plugin's API key has no UUID
	 * (Bridge\SimpleJwtCredentials).
	 *
	 * @throws Refusal If the store fails.
	 */
	public function is_trusted( int $user_id, string $uuid ): bool {
		return in_array( $uuid, $this->meta->read( $user_id, Meta::APP_PASSWORD ), true )
			&& ( ! wp_is_uuid( $uuid ) || null !== WP_Application_Passwords::get_user_application_password( $user_id, $uuid ) );
	}

	/** @throws Refusal If the store fails. */
	public function distrust( int $user_id, string $uuid ): void {
		$this->meta->write( $user_id, static fn () => delete_user_meta( $user_id, Meta::APP_PASSWORD, $uuid ) );
	}

	/** @throws Refusal If the store fails. */
	public function forget( int $user_id ): void {
		$this->meta->write( $user_id, static fn () => delete_user_meta( $user_id, Meta::APP_PASSWORD ) );
	}
}
