<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;
use WP_Application_Passwords;

/** Which application passwords of a user were created under a proof. */
final class AppPasswords {
	public function __construct( private readonly Meta $meta ) {}

	/** @throws Refusal When the store fails. */
	public function trust( int $user_id, string $uuid ): void {
		$this->meta->write( $user_id, static fn () => add_user_meta( $user_id, Meta::APP_PASSWORD, $uuid ) );
	}

	/**
	 * Core found it in its cache, which may be one from before it was revoked; the marks are read from the database, and with them
	 * what core has of the user. An API key of another plugin's has no uuid (Bridge\SimpleJwtCredentials).
	 *
	 * @throws Refusal When the store fails.
	 */
	public function is_trusted( int $user_id, string $uuid ): bool {
		return in_array( $uuid, $this->meta->read( $user_id, Meta::APP_PASSWORD ), true )
			&& ( ! wp_is_uuid( $uuid ) || null !== WP_Application_Passwords::get_user_application_password( $user_id, $uuid ) );
	}

	/** @throws Refusal When the store fails. */
	public function distrust( int $user_id, string $uuid ): void {
		$this->meta->write( $user_id, static fn () => delete_user_meta( $user_id, Meta::APP_PASSWORD, $uuid ) );
	}

	/** @throws Refusal When the store fails. */
	public function forget( int $user_id ): void {
		$this->meta->write( $user_id, static fn () => delete_user_meta( $user_id, Meta::APP_PASSWORD ) );
	}
}
