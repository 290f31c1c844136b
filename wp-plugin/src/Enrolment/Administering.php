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

/** Who may do what Rescue does, and to whom: one answer for the routes and for the screens. */
final class Administering {
	/** The capability it needs of the caller, whoever it is about. */
	public const CAPABILITY = 'edit_users';

	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
	) {}

	/**
	 * The user the caller may do this to, and has just proven to be themselves for: it weakens the account.
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
	 * Who has no factor has nothing to prove, and takes nobody's away: a stolen password would be enough for everybody's.
	 *
	 * @throws Refusal sallyport_step_up_required.
	 */
	public function require_proof( int $caller ): void {
		$this->gate->require_step_up( $caller, time() );
		if ( ! $this->has_proof( $caller ) ) {
			throw Refusal::step_up( Policy::STEP_UP_AGE );
		}
	}

	/** Whether require_proof() lets the caller through: asked before anything is typed that the step-up page would lose. */
	public function has_fresh_proof( int $caller ): bool {
		try {
			$this->require_proof( $caller );
			return true;
		} catch ( Refusal ) {
			return false;
		}
	}

	/** Whether the caller has proven a factor at all, however long ago. */
	public function has_proof( int $caller ): bool {
		return null !== $this->acceptance->proof( $caller ) || Policies::is_disabled();
	}

	/**
	 * The user the caller may edit, as core has it: on a network, network administrators may, and they alone each other.
	 * A second factor is what keeps a password from being enough: who may edit users and is no administrator gets around
	 * no administrator's.
	 *
	 * @throws Refusal rest_forbidden or rest_user_invalid_id.
	 */
	public static function named( int $id ): WP_User {
		$user = get_userdata( $id );
		if ( ! current_user_can( self::CAPABILITY ) || ! current_user_can( 'edit_user', $id ) || ( $user && user_can( $user, 'manage_options' ) && ! current_user_can( 'manage_options' ) ) ) {
			throw new Refusal( Code::Forbidden );
		}
		return $user ? $user : throw new Refusal( Code::UserUnknown );
	}

	/** Whom the log and the mails name. */
	public static function caller(): string {
		return wp_get_current_user()->user_login;
	}
}
