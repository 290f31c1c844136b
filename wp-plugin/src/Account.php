<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Enrolment\Enrolment;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Store\State;
use WP_User;

/** What happens to a user's account elsewhere in WordPress that ends proofs. */
final class Account {
	public function __construct(
		private readonly State $state,
		private readonly Acceptance $acceptance,
		private readonly Enrolment $enrolment,
		private readonly Activity $activity,
	) {}

	/**
	 * Action wp_set_password. A rehash at login fires it too: if the new password fits the old hash, nothing ends.
	 *
	 * @param mixed $before The user as it was; core passes it since 6.7, and false for a user it does not know.
	 */
	public function password_set( #[\SensitiveParameter] string $password, int $user_id, mixed $before ): void {
		if ( $this->state->is_enrolled( $user_id )
			&& ! ( $before instanceof WP_User && wp_check_password( $password, $before->user_pass, $user_id ) )
		) {
			$this->password_changed( $user_id );
		}
	}

	/**
	 * Action profile_update: the other way a password changes.
	 *
	 * @param mixed $before The user as it was; plugins that fire the action themselves leave it out.
	 */
	public function profile_updated( int $user_id, mixed $before ): void {
		$user = get_userdata( $user_id );
		if ( $user && $this->state->is_enrolled( $user_id )
			&& ( ! $before instanceof WP_User || $user->user_pass !== $before->user_pass )
		) {
			$this->password_changed( $user_id );
		}
	}

	/** Action deleted_user. On a network core fires it, too, for a user who is only removed from one site. */
	public function deleted( int $user_id ): void {
		if ( get_userdata( $user_id ) ) {
			return;
		}
		try {
			$this->enrolment->erase( $user_id );
		} catch ( Refusal ) {
			return; // The store logged it; the rows name a user who is gone.
		}
	}

	/** Voids what was proven before; the person who changed their own password goes on in this request. */
	private function password_changed( int $user_id ): void {
		$held = null !== $this->acceptance->proof( $user_id );
		$this->activity->record( 'password_changed', $user_id );
		try {
			$epoch = $this->state->raise( $user_id, true, time() );
		} catch ( Refusal ) {
			return; // State owes this user an epoch: everybody with a factor is refused until it is settled.
		}
		if ( $held ) {
			$this->acceptance->carry( $user_id, $epoch );
		}
	}
}
