<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Challenge\Verifier;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\OtherPlugins;
use Sallyport\WP\OwnPage;
use Sallyport\WP\Refusal;
use WP_Error;
use WP_User;

/** Logins that no issuer handles: wp-login.php, XML-RPC, and whatever else calls core's `authenticate`. */
final class OtherDoors {
	/**
	 * Hooks where a plugin checks a password without signing anybody in yet: Wordfence's script, which then submits the form of
	 * wp-login.php; Ultimate Member's own form, whose browser is led to the second step once the cookie is set.
	 */
	private const REHEARSALS = array(
		'wp_ajax_nopriv_wordfence_ls_authenticate',
		'wp_ajax_wordfence_ls_authenticate',
		'um_submit_form_errors_hook_login',
	);

	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly OtherPlugins $other_plugins,
		private readonly Verifier $verifier,
		private readonly Policies $policies,
		private readonly Activity $activity,
	) {}

	/**
	 * The last word on every login except bridged ones (BridgedLogins).
	 *
	 * @param mixed $user      What the earlier filters found.
	 * @param bool  $by_cookie True if the request sent no password: core looked at a cookie.
	 * @return mixed The same, or a WP_Error.
	 */
	public function veto( mixed $user, bool $by_cookie ): mixed {
		if ( ! $user instanceof WP_User || $this->gate->is_own_login() || array() !== array_filter( self::REHEARSALS, 'doing_action' ) ) {
			return $user;
		}
		try {
			return $this->at_other_door( $user, $by_cookie );
		} catch ( Refusal $refusal ) {
			if ( $this->gate->lets_pass( $user->ID, 'login', $refusal ) ) {
				return $user;
			}
			$this->activity->record( Event::LoginRefused, $user->ID, '', $refusal->reason->value, $refusal->detail() );
			return $refusal->to_error( $refusal->wait() . self::way_on( $refusal ) ); // A text for people.
		}
	}

	/** On a page whose form cannot lead to the second step: a link to wp-login.php, which leads back (to a checkout, say). */
	private static function way_on( Refusal $refusal ): string {
		$asked = in_array( $refusal->reason, array( Code::SecondFactorRequired, Code::EnrolmentRequired, Code::BrowserRequired ), true );
		return $asked && PageForm::signs_on()
			? sprintf(
				'<a href="%s">%s</a>',
				esc_url( wp_login_url( PageForm::url() ) ),
				esc_html__( 'Sign in on the page that asks for it.', 'sallyport' )
			)
			: '';
	}

	/** @throws Refusal Unless the user needs no second step, or this door asks for it itself. */
	private function at_other_door( WP_User $user, bool $by_cookie ): WP_User {
		// The form of Two Factor or WP 2FA comes next. The cookie set before it counts only if Acceptance finds a proof.
		if (
			! $by_cookie
			&& null === $this->presented->app_password( $user->ID )
			&& Caller::includes( 'wp_signon' )
			&& $this->other_plugins->ask( $user )
		) {
			return $user;
		}
		$required = $this->gate->required( $user->ID );
		if ( null !== $this->gate->made( $user->ID ) || ( array() === $required && ! $this->policies->is_due( $user->ID, time() ) ) ) {
			return $user;
		}
		if ( $by_cookie || null !== $this->presented->app_password( $user->ID ) ) {
			return $this->acceptance->accepts( $user->ID ) ? $user : throw new Refusal( Code::TokenUnproven );
		}
		if ( array( Gate::BROWSER ) === $required ) {
			throw new Refusal( Code::BrowserRequired );
		}
		$on_login_page = OwnPage::is_login();
		if ( ! ( $on_login_page ? Caller::includes( 'wp_signon' ) : PageForm::can_be_led_on() ) || $this->policies->monitors() ) {
			throw new Refusal( array() === $required ? Code::EnrolmentRequired : Code::SecondFactorRequired );
		}
		if ( array() === $required ) {
			/**
			 * Shows the enrolment page of wp-login.php, or redirects there, and ends the request. If nothing does, the login is refused.
			 *
			 * @param int    $user_id The user who signs in.
			 * @param string $first   The first step: `pwd`, or `sso` for a plugin's assertion.
			 */
			do_action( 'sallyport_enrolment_step', $user->ID, Proof::PASSWORD );
			throw new Refusal( Code::EnrolmentRequired );
		}
		// On other pages the browser could not be given the device's next secret.
		if ( $on_login_page && null !== $this->gate->vouched( $user->ID, Gate::INTERACTIVE, $this->presented->device( $user->ID ) ) ) {
			return $user;
		}
		/**
		 * Shows the second step of wp-login.php, or redirects there, and ends the request. If nothing does, the login is refused.
		 *
		 * @param \Sallyport\WP\Challenge\Challenge $challenge The challenge opened for this login.
		 */
		do_action( 'sallyport_second_step', $this->verifier->challenge( $user->ID, Gate::INTERACTIVE, time() ) );
		throw new Refusal( Code::SecondFactorRequired );
	}
}
