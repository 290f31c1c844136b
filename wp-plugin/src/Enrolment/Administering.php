<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Code;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Gate\Policy;
use Sallyport\WP\Refusal;
use WP_User;

/** Who may use Rescue, and for whom: one answer for the routes and the screens. */
final class Administering {
	/** The capability the caller needs, whichever user it is about. */
	public const CAPABILITY = 'edit_users';

	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
	) {}

	/**
	 * The user whose account the caller may weaken. The caller must have proven their own factor recently.
	 *
	 * @throws Refusal rest_forbidden, also for oneself; rest_user_invalid_id; sallyport_step_up_required.
	 */
	public function weakened( int $id ): WP_User {
		$user = self::named( $id );
		if ( get_current_user_id() === $user->ID ) {
			throw new Refusal( Code::Forbidden );
		}
		$this->require_proof( get_current_user_id() );
		return $user;
	}

	/**
	 * A caller without a factor cannot prove one, and so may not take away anybody else's. Otherwise one stolen password would
	 * be enough to remove everybody's.
	 *
	 * @throws Refusal sallyport_step_up_required.
	 */
	public function require_proof( int $caller ): void {
		$this->gate->require_step_up( $caller, time() );
		if ( ! $this->has_proof( $caller ) ) {
			throw Refusal::step_up( Policy::STEP_UP_AGE );
		}
	}

	/**
	 * Whether require_proof() lets the caller through. Checked before a form is shown, because the step-up page would lose
	 * its input.
	 */
	public function has_fresh_proof( int $caller ): bool {
		try {
			$this->require_proof( $caller );
			return true;
		} catch ( Refusal ) {
			return false;
		}
	}

	/** Whether the caller has proven a factor, however long ago. */
	public function has_proof( int $caller ): bool {
		return null !== $this->acceptance->proof( $caller ) || Policies::is_disabled();
	}

	/**
	 * The user, if the caller may edit them as core defines it: on a network only super admins may, also each other.
	 *
	 * A caller who may edit users but is no administrator may not touch an administrator: the second factor is what keeps a
	 * stolen password from being enough.
	 *
	 * @throws Refusal rest_forbidden or rest_user_invalid_id.
	 */
	public static function named( int $id ): WP_User {
		$user = get_userdata( $id );
		if (
			! current_user_can( self::CAPABILITY )
			|| ! current_user_can( 'edit_user', $id )
			|| ( $user && user_can( $user, 'manage_options' ) && ! current_user_can( 'manage_options' ) )
		) {
			throw new Refusal( Code::Forbidden );
		}
		return $user ? $user : throw new Refusal( Code::UserUnknown );
	}

	/** The caller's name for the log and the mails. */
	public static function caller(): string {
		return wp_get_current_user()->user_login;
	}
}
