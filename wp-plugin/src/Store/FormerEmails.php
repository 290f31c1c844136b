<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;
use WP_User;

/**
 * A user's previous address, if it was changed without a fresh proof of a second factor. For a while, mail that helps the
 * user back in goes there. Otherwise a thief with a stolen session would have it sent to themselves.
 */
final class FormerEmails {
	/** How long, in seconds. */
	public const COOL_DOWN = 7 * DAY_IN_SECONDS;

	public function __construct( private readonly Meta $meta ) {}

	/**
	 * Records the previous address. After several changes in a row the first one counts; changing back to it removes the record.
	 *
	 * @throws Refusal If the store fails.
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

	/** @throws Refusal If the store fails. */
	public function forget( int $user_id ): void {
		if ( metadata_exists( 'user', $user_id, Meta::FORMER_EMAIL ) ) {
			$this->meta->write( $user_id, static fn () => delete_user_meta( $user_id, Meta::FORMER_EMAIL ) );
		}
	}

	/** The address for mail that helps the user back in; empty if they had none. */
	public function address( WP_User $user, int $now ): string {
		return $this->of( $user->ID, $now ) ?? $user->user_email;
	}

	private function of( int $user_id, int $now ): ?string {
		$stored = get_user_meta( $user_id, Meta::FORMER_EMAIL, true );
		return is_array( $stored ) && is_string( $stored['email'] ?? null ) && (int) ( $stored['until'] ?? 0 ) > $now ? $stored['email'] : null;
	}
}
