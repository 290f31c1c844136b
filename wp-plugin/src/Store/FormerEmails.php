<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;
use WP_User;

/**
 * The address a user had before it was changed without a fresh proof of a second factor. For a while it is where mail goes
 * that helps somebody back in: else who has a stolen session would have it sent to themselves.
 */
final class FormerEmails {
	/** Seconds it stays so. */
	public const COOL_DOWN = 7 * DAY_IN_SECONDS;

	public function __construct( private readonly Meta $meta ) {}

	/**
	 * Puts it on record; of several changes in a row the first counts, and one that comes back to it is none.
	 *
	 * @throws Refusal When the store fails.
	 */
	public function keep( WP_User $user, string $before, int $now ): void {
		$former = $this->of( $user->ID, $now ) ?? $before;
		if ( $former === $user->user_email ) {
			$this->forget( $user->ID );
			return;
		}
		$value = array(
			'email' => $former,
			'until' => $now + self::COOL_DOWN,
		);
		$this->meta->write( $user->ID, static fn () => update_user_meta( $user->ID, Meta::FORMER_EMAIL, wp_slash( $value ) ) );
	}

	/** @throws Refusal When the store fails. */
	public function forget( int $user_id ): void {
		if ( metadata_exists( 'user', $user_id, Meta::FORMER_EMAIL ) ) {
			$this->meta->write( $user_id, static fn () => delete_user_meta( $user_id, Meta::FORMER_EMAIL ) );
		}
	}

	/** Where mail goes that helps back in; empty where the user had no address. */
	public function address( WP_User $user, int $now ): string {
		return $this->of( $user->ID, $now ) ?? $user->user_email;
	}

	private function of( int $user_id, int $now ): ?string {
		$stored = get_user_meta( $user_id, Meta::FORMER_EMAIL, true );
		return is_array( $stored ) && is_string( $stored['email'] ?? null ) && (int) ( $stored['until'] ?? 0 ) > $now ? $stored['email'] : null;
	}
}
