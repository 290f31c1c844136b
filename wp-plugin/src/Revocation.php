<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Device\Devices;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Monitor;
use Sallyport\WP\Gate\Policy;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Gate\SessionProof;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Notice\NoticeMail;
use Sallyport\WP\Store\AppPasswords;
use Sallyport\WP\Store\FormerEmails;
use Sallyport\WP\Store\State;
use Sallyport\WP\Token\AccessTokens;
use Sallyport\WP\Token\Families;
use WP_Session_Tokens;
use WP_User;

/** Ends tokens and proofs when something happens to their user elsewhere in WordPress. */
final class Revocation {
	/** @var array<int, true> Users whose factor another plugin changed in this request. A change is written in several rows. */
	private array $changed = array();

	/**
	 * @param Closure(): NoticeMail $notices Lazy: needed if an address changes.
	 * @param bool                  $trusted True on the command line: whoever has it controls the site.
	 */
	public function __construct(
		private readonly State $state,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly Families $families,
		private readonly Devices $devices,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
		private readonly FormerEmails $former_emails,
		private readonly Closure $notices,
		private readonly Activity $activity,
		private readonly Monitor $monitor,
		private readonly AppPasswords $app_passwords,
		private readonly bool $trusted,
	) {}

	/**
	 * Action wp_set_password. A rehash at login fires it too: if the new password matches the old hash, nothing ends.
	 *
	 * @param mixed $before The user before. Core passes it since 6.7, and false for an unknown user.
	 */
	public function password_set( #[\SensitiveParameter] string $password, int $user_id, mixed $before ): void {
		if ( $before instanceof WP_User && ( get_userdata( $user_id )->user_pass ?? '' ) === $before->user_pass ) {
			// wp_update_user() fires it before it stores anything, and may be refused. profile_updated() follows.
			return;
		}
		if ( ! $before instanceof WP_User || ! wp_check_password( $password, $before->user_pass, $user_id ) ) {
			$this->password_changed( $user_id );
			return;
		}
		$this->end( fn () => $this->families->rehashed( $before ) );
	}

	/**
	 * Action profile_update: an address changed, or a password in the other way.
	 *
	 * @param mixed $before The user before; plugins that fire the action themselves leave it out.
	 */
	public function profile_updated( int $user_id, mixed $before ): void {
		$user = get_userdata( $user_id );
		if ( $user && $before instanceof WP_User && 0 !== strcasecmp( $user->user_email, $before->user_email ) ) {
			$this->email_changed( $user, $before->user_email );
		}
		if ( $user && ( ! $before instanceof WP_User || $user->user_pass !== $before->user_pass ) ) {
			$this->password_changed( $user_id );
		}
	}

	/**
	 * Notifies the former address. For a while, mail that helps the user back in goes there, unless the change was made
	 * under a fresh proof.
	 */
	private function email_changed( WP_User $user, string $before ): void {
		$proof  = $this->acceptance->proof( get_current_user_id() );
		$proven = $this->trusted || ( null !== $proof && Policy::satisfies_step_up( $proof, time() ) );
		$this->end( fn () => $proven ? $this->former_emails->forget( $user->ID ) : $this->former_emails->keep( $user, $before, time() ) );
		( $this->notices )()->remember( $user->ID, $before );
		$this->activity->record( Event::EmailChanged, $user->ID, '', $proven ? 'ok' : Code::StepUpRequired->value );
	}

	/**
	 * Action after_password_reset: ends every session. How the reset was authorised is unknown here: plugins accept tokens
	 * for it.
	 */
	public function password_reset( WP_User $user ): void {
		WP_Session_Tokens::get_instance( $user->ID )->destroy_all();
	}

	/** Actions remove_user_role and remove_user_from_blog: what was issued under the lost role ends. */
	public function role_lost( int $user_id ): void {
		$this->end( fn () => $this->families->end_here( $user_id ) );
		$this->end( fn () => $this->devices->forget_trusted( $user_id ) );
	}

	/** Actions add_user_role and granted_super_admin: devices trusted for fewer rights are no longer trusted. */
	public function role_gained( int $user_id ): void {
		$this->end( fn () => $this->devices->forget_trusted( $user_id ) );
	}

	/** Actions revoked_super_admin and make_spam_user: everything issued before ends, on every site of the network. */
	public function barred( int $user_id ): void {
		$this->end( fn () => $this->families->end_all( $user_id ) );
		$this->end( fn () => $this->devices->forget_trusted( $user_id ) );
	}

	/**
	 * Action sallyport_factors_changed: tokens end with the factor they were issued under. A user who removes a factor
	 * stays signed in.
	 */
	public function factors_changed( string $event, int $user_id ): void {
		if (
			in_array(
				$event,
				array( Event::FactorAdded->value, Event::FactorRemoved->value, Event::OneFactorRemoved->value, Event::FactorsReset->value ),
				true
			)
		) {
			$except = Event::FactorAdded->value === $event ? $this->tokens->kept_family() : $this->issuer->family();
			$this->end( fn () => $this->families->end_all( $user_id, $except ) );
			$this->end( fn () => $this->devices->forget_all( $user_id ) );
		}
	}

	/**
	 * Actions on user meta: another plugin's factor was enabled, disabled or set up again. A user who did it for themselves
	 * stays signed in, but has to prove a factor again before anything that weakens the account.
	 */
	public function factor_changed_elsewhere( int $user_id ): void {
		if ( ! $this->state->is_enrolled( $user_id ) ) {
			// Before the guard below, because the row that turns the factor off may not be the first that is written.
			$this->end( fn () => $this->app_passwords->forget( $user_id ) );
		}
		if ( isset( $this->changed[ $user_id ] ) || did_action( 'delete_user' ) || did_action( 'wpmu_delete_user' ) ) {
			return;
		}
		$this->changed[ $user_id ] = true;

		$held    = $this->acceptance->proof( $user_id );
		$session = get_current_user_id() === $user_id && ! $this->monitor->has_let_through( $user_id ) && ! $this->acceptance->is_lent( $user_id )
			? $this->presented->session( $user_id )
			: null;
		$this->end( fn () => $this->families->end_all( $user_id ) );
		$this->end( fn () => $this->devices->forget_all( $user_id ) );
		$this->end(
			function () use ( $user_id, $held, $session ): void {
				$epoch = $this->state->renew( $user_id, time() );
				$this->acceptance->carry( $user_id, $epoch );
				if ( null !== $session ) {
					SessionProof::stamp( $user_id, $session, $held?->with( epoch: $epoch ) ?? SessionProof::vouched( $user_id, '', time(), $epoch ) );
				}
			}
		);
	}

	/** Action wp_ajax_destroy-sessions, before core's own: "Log Out Everywhere" in the profile, with the same checks as core. */
	public function log_out_everywhere(): void {
		$user_id = isset( $_POST['user_id'] ) ? absint( $_POST['user_id'] ) : 0;
		$nonce   = isset( $_POST['nonce'] ) && is_string( $_POST['nonce'] ) ? sanitize_key( $_POST['nonce'] ) : '';
		if ( current_user_can( 'edit_user', $user_id ) && wp_verify_nonce( $nonce, 'update-user_' . $user_id ) ) {
			$this->end( fn () => $this->families->end_all( $user_id ) );
		}
	}

	/** Voids what was issued and proven before. A user who changed their own password continues in this request. */
	private function password_changed( int $user_id ): void {
		$held = null !== $this->acceptance->proof( $user_id );
		$this->activity->record( Event::PasswordChanged, $user_id );
		$this->end( fn () => $this->families->end_all( $user_id ) );
		$this->end( fn () => $this->devices->forget_all( $user_id ) );
		if ( ! $this->state->is_enrolled( $user_id ) && null === $this->state->read( $user_id ) ) {
			return; // Nothing was ever proven. A factor of an inactive plugin may be enrolled again.
		}
		try {
			$epoch = $this->state->renew( $user_id, time() );
		} catch ( Refusal ) {
			return; // State now owes this user an epoch: every user with a factor is refused until it is stored.
		}
		if ( $held ) {
			$this->acceptance->carry( $user_id, $epoch );
		}
	}

	/**
	 * What WordPress has done cannot be undone: a failing store must not break the screen it was done on. Database has logged it.
	 *
	 * @param callable(): void $end
	 */
	private function end( callable $end ): void {
		try {
			$end();
		} catch ( Refusal ) {
			return;
		}
	}
}
