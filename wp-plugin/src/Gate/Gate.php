<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Challenge;
use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Challenge\Verifier;
use Sallyport\WP\Code;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Issuer\Minter;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\State;
use WP_Error;
use WP_REST_Response;
use WP_User;

/**
 * Decides logins: may this user go through this door, or is a second step needed?
 *
 * The gate gives a good answer early; Acceptance is what enforces it. The user always comes from the WP_User that a hook
 * hands over, never from request parameters.
 */
final class Gate {
	/** Stands for a factor that only another plugin's form can verify. */
	public const BROWSER = 'browser';

	/** Name of the door wp-login.php, in challenges and in the log. */
	public const INTERACTIVE = 'wordpress';

	/** @var array<int, Proof> User id => the proof made in this request. */
	private array $made = array();

	private bool $own_login = false;

	/** @var array<int, true> Users whom the break-glass switch let through in this request. */
	private array $let_by = array();

	public function __construct(
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly Policies $policies,
		private readonly Factors $factors,
		private readonly State $state,
		private readonly Challenges $challenges,
		private readonly Verifier $verifier,
		private readonly DeviceTrust $device_trust,
		private readonly Minter $minter,
		private readonly Enrolling $enrolling,
		private readonly Monitor $monitor,
		private readonly Readiness $readiness,
		private readonly Activity $activity,
	) {}

	/**
	 * The factors of which this user must verify one, read fresh; empty for a user without a factor.
	 *
	 * Factors that policy does not allow are left out, unless the user has no others: then they prove one of those, and
	 * must enrol another. array( BROWSER ) if the user's only factor belongs to another plugin and needs its form.
	 *
	 * @return list<string>
	 * @throws Refusal sallyport_unavailable for a user with a factor, if it could not be verified now.
	 */
	public function required( int $user_id ): array {
		if ( Policies::is_disabled() ) {
			$this->note_break_glass( $user_id );
			return array();
		}
		$marked = $this->state->is_enrolled( $user_id );
		try {
			$required = $this->policies->required( $user_id, $this->factors->enrolled( $user_id ) );
		} catch ( Refusal $refusal ) {
			return $marked ? throw $refusal : array();
		}
		if ( $marked && array() === $required ) {
			$required = match ( true ) {
				$this->state->is_still_marked( $user_id ) => throw Refusal::unavailable( Problem::FactorsGone ),
				$this->state->is_enrolled( $user_id )     => array( self::BROWSER ),
				default                                   => array(), // Another request has just removed them.
			};
		}
		if ( ! $marked && array() !== $required && $this->state->repair( $user_id, time() ) ) {
			$this->activity->record( Event::StateRepaired, $user_id );
		}
		if ( array() !== $required ) {
			$this->state->begin( $user_id );
			$this->require_ready();
		}
		return $required;
	}

	/** Logs, once a request, a user with a factor whom the break-glass switch lets through. */
	private function note_break_glass( int $user_id ): void {
		if ( ! isset( $this->let_by[ $user_id ] ) && $this->state->is_enrolled( $user_id ) ) {
			$this->let_by[ $user_id ] = true;
			$this->activity->record( Event::BreakGlassUsed, $user_id );
		}
	}

	/**
	 * Our own routes that issue anything answer 503 to everybody while something that a token or a code needs is missing.
	 *
	 * @throws Refusal sallyport_unavailable.
	 */
	public function require_ready(): void {
		$this->readiness->require();
	}

	/**
	 * The current user, if they may be issued a token. An application password is never exchanged for one.
	 *
	 * @throws Refusal rest_not_logged_in (on a route that accepts a challenge as well), sallyport_app_password_not_exchangeable,
	 *                 sallyport_token_unproven.
	 */
	public function token_caller(): WP_User {
		$user = wp_get_current_user();
		if ( ! $user->exists() ) {
			throw new Refusal( Code::NotSignedIn );
		}
		if ( null !== $this->presented->app_password( $user->ID ) ) {
			throw new Refusal( Code::AppPassword );
		}
		// Read fresh: another request may have activated a factor since this one was accepted.
		if (
			! $this->enrolling->admits( $user->ID )
			&& array() !== $this->required( $user->ID )
			&& null === $this->acceptance->proof( $user->ID )
		) {
			throw new Refusal( Code::TokenUnproven );
		}
		return $user;
	}

	/**
	 * Step-up: whatever weakens an account or the site requires a strong and fresh proof of a user with a factor (RFC 9470).
	 *
	 * @throws Refusal sallyport_step_up_required.
	 */
	public function require_step_up( int $user_id, int $now, int $max_age = Policy::STEP_UP_AGE ): void {
		$proof = $this->acceptance->proof( $user_id );
		if (
			! $this->enrolling->admits( $user_id )
			&& array() !== $this->required( $user_id )
			&& ( null === $proof || ! Policy::satisfies_step_up( $proof, $now, $max_age ) )
		) {
			throw Refusal::step_up( $max_age );
		}
	}

	/**
	 * Step-up for adding a strong factor, which strengthens an account. If the user has weak factors only, a fresh proof of
	 * one of them is enough; otherwise they could never add a strong one (adr/0016).
	 *
	 * @throws Refusal sallyport_step_up_required.
	 */
	public function require_step_up_to_add( int $user_id, int $now ): void {
		$proof = $this->acceptance->proof( $user_id );
		if ( null !== $proof && Policy::is_fresh( $proof, $now ) && array( self::BROWSER ) === $this->required( $user_id ) ) {
			return;
		}
		$weak  = $this->factors->weak_alone( $user_id );
		if (
			array() === $weak
			|| null === $proof
			|| in_array( TrustedDevices::NAME, $proof->amr, true )
			|| array() === array_intersect( $weak, $proof->amr )
			|| ! Policy::is_fresh( $proof, $now )
		) {
			$this->require_step_up( $user_id, $now );
		}
	}

	/**
	 * Decides a login whose first step succeeded.
	 *
	 * @param string $first Proof::PASSWORD or ::SSO.
	 * @return Proof|null Null if this user has no factor.
	 * @throws Refusal sallyport_second_factor_required with a challenge, or the reason why the code was not accepted.
	 */
	public function decide( int $user_id, string $issuer, Answer $answer, string $first = Proof::PASSWORD ): ?Proof {
		$required = $this->required( $user_id );
		if ( isset( $this->made[ $user_id ] ) || ( array() === $required && ! $this->policies->is_due( $user_id, time() ) ) ) {
			return $this->made[ $user_id ] ?? null;
		}
		if ( null !== $this->presented->app_password( $user_id ) ) {
			throw new Refusal( Code::AppPassword );
		}
		if ( array( self::BROWSER ) === $required ) {
			return $this->lets_pass( $user_id, $issuer, new Refusal( Code::BrowserRequired ) ) ? null : throw new Refusal( Code::BrowserRequired );
		}
		if ( array() === $required ) {
			return $this->lets_pass( $user_id, $issuer, new Refusal( Code::EnrolmentRequired ) ) ? null : throw $this->enrolment( $user_id, $first );
		}
		$answer->refuse_code_in_url();
		if ( null !== $answer->code ) {
			$proof = $this->admit( $this->verifier->one_shot( $user_id, $issuer, $answer->code, $answer->factor, time(), $first ) );
			$this->trust( $proof, $answer );
			return $proof;
		}
		$vouched = Proof::PASSWORD === $first ? $this->vouched( $user_id, $issuer, $answer->device ) : null;
		if ( null !== $vouched || $this->lets_pass( $user_id, $issuer, new Refusal( Code::SecondFactorRequired ) ) ) {
			return $vouched;
		}
		throw $this->demand( $this->verifier->challenge( $user_id, $issuer, time(), $first ), $required );
	}

	/** Whether a login of this user needs more than the first step: a factor, or the enrolment of one. */
	public function is_asked( int $user_id ): bool {
		return array() !== $this->required( $user_id ) || $this->policies->is_due( $user_id, time() );
	}

	/** Whether the site is in monitor-only mode: it lets everybody through, and logs whom it would refuse. */
	public function monitors(): bool {
		return $this->policies->monitors();
	}

	/** Whether monitor-only mode lets a refused login pass; it is logged then. */
	public function lets_pass( int $user_id, string $door, Refusal $refusal ): bool {
		return $this->monitor->lets_pass( $user_id, $door, $refusal );
	}

	/**
	 * The refusal for a user who has to enrol a factor first, with an enrolment token.
	 *
	 * @param string $first Proof::PASSWORD or ::SSO.
	 */
	public function enrolment( int $user_id, string $first = Proof::PASSWORD ): Refusal {
		return new Refusal( Code::EnrolmentRequired, $this->enrolling->offer( $user_id, time(), $first ) );
	}

	/**
	 * Completes a challenge and mints the token it was opened for.
	 *
	 * @param string|null $at The login where it was presented; null at challenge/verify, which takes any issuer's.
	 * @return array{0: WP_REST_Response, 1: string, 2: Proof} The native answer, the access token in it, the proof.
	 * @throws Refusal rest_missing_callback_param; sallyport_wrong_door, with nothing spent; or as Verifier::complete().
	 */
	public function complete( Answer $answer, ?string $at = null ): array {
		$challenge = $this->challenges->find( $answer->require_challenge(), time() );
		if ( null !== $at && $at !== $challenge->issuer ) {
			throw new Refusal( Code::WrongDoor, array( 'issuer' => $challenge->issuer ) );
		}
		$this->minter->require_issuer( $challenge->issuer );
		$proof = $this->prove( $challenge, $answer );
		return array( ...$this->mint( $proof ), $proof );
	}

	/** Verifies the code for a challenge; the proof counts for the rest of this request. */
	public function prove( Challenge $challenge, Answer $answer ): Proof {
		$this->required( $challenge->user_id );
		$proof = $this->admit( $this->verifier->complete( $challenge, $answer->require_code(), $answer->factor, time() ) );
		$this->trust( $proof, $answer );
		return $proof;
	}

	/** Trusts the client's device from now on, if it asked for that when the user completed the second step with a code. */
	public function trust( Proof $proof, Answer $answer ): void {
		$this->device_trust->give( $proof, $answer );
	}

	/** The (weak) proof that a trusted device gives after a right password; null as DeviceTrust::vouch(). */
	public function vouched( int $user_id, string $issuer, #[\SensitiveParameter] ?string $secret ): ?Proof {
		$device = $this->device_trust->vouch( $user_id, $issuer, $secret );
		return null === $device
			? null
			: $this->admit( $this->verifier->vouched( $user_id, $issuer, TrustedDevices::NAME, $device->amr, $device->epoch, time() ) );
	}

	/**
	 * The issuer's native answer to a proof made in this request, and the access token in it.
	 *
	 * @return array{0: WP_REST_Response, 1: string}
	 */
	public function mint( Proof $proof ): array {
		$this->enrolling->spend( $proof->user_id, time() );
		$minted = $this->minter->mint( $proof );
		$this->activity->record( Event::TokenIssued, $proof->user_id, $proof->issuer );
		return $minted;
	}

	/**
	 * Accepts a proof made in this request: it counts, and tokens may be minted from it.
	 *
	 * @throws Refusal sallyport_enrolment_required {enrolment_token, expires_in, confirm_by_mail}: policy does not allow this
	 *                 user the factor that was verified, or they have none that it allows.
	 */
	public function admit( Proof $proof ): Proof {
		$required = new Refusal( Code::EnrolmentRequired );
		if ( ! $this->policies->suffices( $proof ) && ! $this->lets_pass( $proof->user_id, $proof->issuer, $required ) ) {
			throw self::INTERACTIVE === $proof->issuer ? $required : $this->enrolment( $proof->user_id, Proof::first_in( $proof->amr ) );
		}
		$this->made[ $proof->user_id ] = $proof;
		$this->acceptance->admit( $proof );
		return $proof;
	}

	/** The proof made in this request for this user, if any. */
	public function made( int $user_id ): ?Proof {
		return $this->made[ $user_id ] ?? null;
	}

	/**
	 * Runs a password check of our own routes. These routes refuse by themselves: an error of `authenticate` would fire
	 * wp_login_failed, which lock-out plugins count.
	 *
	 * @param callable(): (WP_User|WP_Error) $login
	 */
	public function own_login( callable $login ): WP_User|WP_Error {
		$this->own_login = true;
		try {
			return $login();
		} finally {
			$this->own_login = false;
			// Two Factor adds it for a form of its own, which will not be shown here.
			remove_filter( 'send_auth_cookies', '__return_false', PHP_INT_MAX );
		}
	}

	/** Whether a password check of our own routes is running. */
	public function is_own_login(): bool {
		return $this->own_login;
	}

	/**
	 * @param list<string> $factors
	 */
	private function demand( Challenge $challenge, array $factors ): Refusal {
		return new Refusal(
			Code::SecondFactorRequired,
			array(
				'challenge'  => $challenge->token,
				'expires_in' => Challenge::TTL,
				'factors'    => $factors,
				'preferred'  => Factors::preferred( $factors ),
			) + $this->factors->hints( $challenge->user_id, $factors )
		);
	}
}
