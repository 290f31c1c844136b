<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Attempts;
use Sallyport\WP\Device\Devices;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Monitor;
use Sallyport\WP\Gate\Policy;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Gate\SessionProof;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Notice\NoticeMail;
use Sallyport\WP\Store\Absence;
use Sallyport\WP\Store\AppPasswords;
use Sallyport\WP\Store\BlogRows;
use Sallyport\WP\Store\FormerEmails;
use Sallyport\WP\Store\State;
use Sallyport\WP\Store\UserRows;
use Sallyport\WP\Token\AccessTokens;
use Sallyport\WP\Token\Families;
use WP_Session_Tokens;
use WP_User;

/** Ends tokens and proofs when something happens to their user elsewhere in WordPress. */
final class Revocation {
	/** Users whose factor another plugin changed in this request: it is written in several rows. @var array<int, true> */
	private array $changed = array();

	/**
	 * @param Closure(): NoticeMail $notices Made when an address changes.
	 * @param bool                  $trusted True on the command line: whoever has it has the site.
	 */
	public function __construct(
		private readonly State $state,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly Attempts $attempts,
		private readonly Families $families,
		private readonly Devices $devices,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
		private readonly FormerEmails $former_emails,
		private readonly Closure $notices,
		private readonly Activity $activity,
		private readonly Monitor $monitor,
		private readonly UserRows $rows,
		private readonly AppPasswords $app_passwords,
		private readonly BlogRows $blogs,
		private readonly bool $trusted,
	) {}

	/**
	 * Action wp_set_password. A rehash at login fires it too: if the new password fits the old hash, nothing ends.
	 *
	 * @param mixed $before The user as it was; core passes it since 6.7, and false for a user it does not know.
	 */
	public function password_set( #[\SensitiveParameter] string $password, int $user_id, mixed $before ): void {
		if ( $before instanceof WP_User && ( get_userdata( $user_id )->user_pass ?? '' ) === $before->user_pass ) {
			return; // wp_update_user() says so before it stores anything, and may be refused: profile_updated() will tell.
		}
		if ( ! $before instanceof WP_User || ! wp_check_password( $password, $before->user_pass, $user_id ) ) {
			$this->password_changed( $user_id );
			return;
		}
		$this->end( fn () => $this->families->rehashed( $before ) );
	}

	/**
	 * Action profile_update: an address changed, or a password the other way.
	 *
	 * @param mixed $before The user as it was; plugins that fire the action themselves leave it out.
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

	/** Tells the former address; for a while it is where mail goes that helps back in, unless who did this has just proven themselves. */
	private function email_changed( WP_User $user, string $before ): void {
		$proof  = $this->acceptance->proof( get_current_user_id() );
		$proven = $this->trusted || ( null !== $proof && Policy::satisfies_step_up( $proof, time() ) );
		$this->end( fn () => $proven ? $this->former_emails->forget( $user->ID ) : $this->former_emails->keep( $user, $before, time() ) );
		( $this->notices )()->remember( $user->ID, $before );
		$this->activity->record( Event::EmailChanged, $user->ID, '', $proven ? 'ok' : Code::StepUpRequired->value );
	}

	/** Action after_password_reset: no session is left. What it was reset with is nothing that is known here: plugins take tokens. */
	public function password_reset( WP_User $user ): void {
		WP_Session_Tokens::get_instance( $user->ID )->destroy_all();
	}

	/** Action remove_user_role and remove_user_from_blog: what was issued to the role that is lost ends. */
	public function role_lost( int $user_id ): void {
		$this->end( fn () => $this->families->end_here( $user_id ) );
		$this->end( fn () => $this->devices->forget_trusted( $user_id ) );
	}

	/** Action add_user_role and granted_super_admin: what was trusted for less is asked again. */
	public function role_gained( int $user_id ): void {
		$this->end( fn () => $this->devices->forget_trusted( $user_id ) );
	}

	/** Action revoked_super_admin and make_spam_user: what was issued before ends, on every site of the network. */
	public function barred( int $user_id ): void {
		$this->end( fn () => $this->families->end_all( $user_id ) );
		$this->end( fn () => $this->devices->forget_trusted( $user_id ) );
	}

	/** Action sallyport_factors_changed: tokens end with the factor they were issued under; who removes it stays signed in. */
	public function factors_changed( string $event, int $user_id ): void {
		if ( in_array( $event, array( Event::FactorAdded->value, Event::FactorRemoved->value, Event::OneFactorRemoved->value, Event::FactorsReset->value ), true ) ) {
			$except = Event::FactorAdded->value === $event ? $this->tokens->kept_family() : $this->issuer->family();
			$this->end( fn () => $this->families->end_all( $user_id, $except ) );
			$this->end( fn () => $this->devices->forget_all( $user_id ) );
		}
	}

	/**
	 * Actions on user meta: another plugin's factor was turned on or off, or set up again. Who did it for themselves stays
	 * signed in, and is asked again before anything that weakens the account.
	 */
	public function factor_changed_elsewhere( int $user_id ): void {
		if ( ! $this->state->is_enrolled( $user_id ) ) {
			$this->end( fn () => $this->app_passwords->forget( $user_id ) ); // The row that says so may not be the first that is written.
		}
		if ( isset( $this->changed[ $user_id ] ) || did_action( 'delete_user' ) || did_action( 'wpmu_delete_user' ) ) {
			return;
		}
		$this->changed[ $user_id ] = true;

		$held    = $this->acceptance->proof( $user_id );
		$session = get_current_user_id() === $user_id && ! $this->monitor->has_let_through( $user_id ) && ! $this->acceptance->is_lent( $user_id ) ? $this->presented->session( $user_id ) : null;
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

	/** Action wp_ajax_destroy-sessions, before core's own: "Log Out Everywhere" in the profile, checked as core checks it. */
	public function log_out_everywhere(): void {
		$user_id = isset( $_POST['user_id'] ) ? absint( $_POST['user_id'] ) : 0; // phpcs:ignore WordPress.Security.NonceVerification
		$nonce   = isset( $_POST['nonce'] ) && is_string( $_POST['nonce'] ) ? sanitize_key( $_POST['nonce'] ) : '';
		if ( current_user_can( 'edit_user', $user_id ) && wp_verify_nonce( $nonce, 'update-user_' . $user_id ) ) {
			$this->end( fn () => $this->families->end_all( $user_id ) );
		}
	}

	/** Action deleted_user. On a network core fires it, too, for a user who is only removed from one site. */
	public function deleted( int $user_id ): void {
		if ( ! get_userdata( $user_id ) ) {
			$this->end( fn () => $this->forget( $user_id ) );
		}
	}

	/** Action wp_uninitialize_site, after core: its members have lost their roles there, and what was issued to those has ended. */
	public function site_deleted( int $blog_id ): void {
		$this->end( fn () => $this->blogs->delete_all( $blog_id ) );
	}

	/**
	 * Those who were deleted while the plugin was off, or the store failed: whoever is given their id next would have their factors.
	 *
	 * @return int How many, $limit at most.
	 * @throws Refusal When the store fails.
	 */
	public function forget_deleted( int $now, int $limit ): int {
		$gone = ( new Absence( 'sallyport_missing_users' ) )->gone( $this->rows->of_nobody( ... ), $now, $limit );
		array_map( $this->forget( ... ), $gone );
		return count( $gone );
	}

	/**
	 * The same of sites of a network.
	 *
	 * @return int How many, $limit at most.
	 * @throws Refusal When the store fails.
	 */
	public function forget_deleted_sites( int $now, int $limit ): int {
		$gone = ( new Absence( 'sallyport_missing_sites' ) )->gone( $this->blogs->of_none( ... ), $now, $limit );
		array_map( $this->blogs->delete_all( ... ), $gone );
		return count( $gone );
	}

	private function forget( int $user_id ): void {
		$this->families->end_all( $user_id );
		$this->attempts->clear( $user_id );
		$this->rows->delete_all( $user_id );
	}

	/** Voids what was issued and proven before; the person who changed their own password goes on in this request. */
	private function password_changed( int $user_id ): void {
		$held = null !== $this->acceptance->proof( $user_id );
		$this->activity->record( Event::PasswordChanged, $user_id );
		$this->end( fn () => $this->families->end_all( $user_id ) );
		$this->end( fn () => $this->devices->forget_all( $user_id ) );
		if ( ! $this->state->is_enrolled( $user_id ) && null === $this->state->read( $user_id ) ) {
			return; // Nothing was ever proven. Whose factor a plugin keeps that is off may be enrolled again.
		}
		try {
			$epoch = $this->state->renew( $user_id, time() );
		} catch ( Refusal ) {
			return; // State owes this user an epoch: everybody with a factor is refused until it is settled.
		}
		if ( $held ) {
			$this->acceptance->carry( $user_id, $epoch );
		}
	}

	/**
	 * What WordPress has done is done: a store that fails must not break the screen it was done on. Database logged it.
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
