<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Closure;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Challenge\Verifier;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Gate\Continuation;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Gate\SessionProof;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\State;
use WP_User;

/**
 * What users do with their own second factor, and what each of it takes: one place for the routes and for the screens.
 *
 * A password comes as a closure that reads it: what is missing of a caller is said before what is missing of a form.
 */
final class OwnFactors {
	/** Characters of a factor's label. */
	public const LABEL = 64;

	public function __construct(
		private readonly Gate $gate,
		private readonly Enrolment $enrolment,
		private readonly Authenticators $authenticators,
		private readonly Factors $known,
		private readonly Continuation $continuation,
		private readonly EmailCode $email,
		private readonly PasswordThrottle $throttle,
		private readonly Passwords $passwords,
		private readonly State $state,
		private readonly Policies $policies,
		private readonly Verifier $verifier,
		private readonly Presented $presented,
	) {}

	/** @throws Refusal sallyport_factor_unavailable: policy lets this user enrol none, or not this one. */
	public function require_enrollable( int $user_id, string $factor ): void {
		$this->policies->require_enrollable( $user_id, $factor );
	}

	/**
	 * What adding an authenticator app takes.
	 *
	 * @param Closure(): string $password
	 * @param string|null       $device   The secret of the device it comes from.
	 * @throws Refusal sallyport_factor_unavailable, sallyport_step_up_required, INVALID_PASSWORD, sallyport_throttled.
	 */
	public function require_addable( WP_User $user, Closure $password, #[\SensitiveParameter] ?string $device ): void {
		$this->require_enrollable( $user->ID, Totp::NAME );
		$this->gate->require_step_up_to_add( $user->ID, time() );
		$this->require_password( $user, $password, $device );
	}

	/**
	 * What reveals or weakens a factor needs the password, and for a user who has one a fresh proof: a password
	 * alone must not read the secret.
	 *
	 * @param Closure(): string $password
	 * @param string|null       $device   The secret of the device it comes from.
	 * @throws Refusal sallyport_step_up_required, INVALID_PASSWORD, sallyport_throttled.
	 */
	public function confirm( WP_User $user, Closure $password, #[\SensitiveParameter] ?string $device ): void {
		$this->gate->require_step_up( $user->ID, time() );
		$this->require_password( $user, $password, $device );
	}

	/** @throws Refusal INVALID_PASSWORD, sallyport_throttled. */
	private function require_password( WP_User $user, Closure $password, #[\SensitiveParameter] ?string $device ): void {
		$given = $password();
		if ( ! $this->throttle->attempt_of( $user, $device, time(), fn (): bool => $this->passwords->is_right( $user->ID, $given ) ) ) {
			throw new Refusal( Code::BadPassword );
		}
	}

	/**
	 * Starts a pending enrolment of codes by mail. Adding it weakens who has a strong one.
	 *
	 * @param Closure(): string $password
	 */
	public function begin_mail( WP_User $user, Closure $password, #[\SensitiveParameter] ?string $device ): void {
		$this->require_enrollable( $user->ID, EmailCode::NAME );
		$this->confirm( $user, $password, $device );
		$this->email->give_address( $this->enrolment->begin( $user->ID, EmailCode::NAME, time() ) );
	}

	/**
	 * Starts a pending enrolment of an authenticator app, without backup codes: finish() makes them.
	 *
	 * @param Closure(): string $password
	 */
	public function begin_app( WP_User $user, string $label, Closure $password, #[\SensitiveParameter] ?string $device ): void {
		$this->require_addable( $user, $password, $device );
		$this->authenticators->pend( $user->ID, time(), $label );
	}

	/**
	 * Ends what begin_app() or begin_mail() began. The session it is done in goes on, and no other.
	 *
	 * @return list<string> Backup codes, for who has none.
	 * @throws Refusal sallyport_invalid_code {clock_off?: int, as Totp::seconds_off()}, sallyport_locked, sallyport_factor_unavailable.
	 */
	public function finish( WP_User $user, string $type, #[\SensitiveParameter] string $code ): array {
		$now   = time();
		$proof = $this->enrolment->activate( $type, $user->ID, $code, Gate::INTERACTIVE, $now );
		if ( null === $proof ) {
			$this->verifier->announce_wrong( $type, $user->ID, Gate::INTERACTIVE );
			$off = Totp::NAME === $type ? $this->authenticators->seconds_off( $user->ID, $code, $now ) : null;
			throw new Refusal( Code::InvalidCode, null === $off ? array() : array( 'clock_off' => $off ) );
		}
		$this->keep( $proof );
		return $this->enrolment->first_codes( $user->ID, $now );
	}

	private function keep( Proof $proof ): void {
		SessionProof::keep_only( $proof->user_id, $this->presented->session( $proof->user_id ), $proof );
		$this->gate->admit( $proof );
	}

	/** @throws Refusal sallyport_no_such_factor; rest_invalid_param for the label of another one. */
	public function rename( int $user_id, int $id, string $label ): FactorRow {
		return $this->enrolment->rename( $user_id, $id, $label );
	}

	/**
	 * Removes one factor; the caller stays signed in.
	 *
	 * @param string $id Of the factor, or `backup_code` for all that are left of them.
	 * @throws Refusal sallyport_step_up_required, sallyport_factor_required, sallyport_no_such_factor.
	 */
	public function remove( int $user_id, string $id ): void {
		$now = time();
		$this->gate->require_step_up( $user_id, $now );
		$counting = $this->policies->require_removable( $user_id, $this->without( $user_id, $id ) );
		$this->continuation->over(
			$user_id,
			fn (): string => BackupCode::NAME === $id
				? $this->enrolment->remove_codes( $user_id, $now )
				: $this->enrolment->remove( $user_id, (int) $id, $now, $counting )
		);
	}

	/** @return list<string> The names of the factors a user has, without this one. */
	private function without( int $user_id, string $id ): array {
		$types = array( 'backup' => BackupCode::NAME === $id ? array( BackupCode::NAME ) : array() );
		foreach ( $this->enrolment->active( $user_id ) as $row ) {
			$types[ (string) $row->id === $id ? 'gone' : 'left' ][] = $row->type;
		}
		$gone = array( ...$types['backup'], ...array_diff( $types['gone'] ?? array(), $types['left'] ?? array() ) );
		return array_values( array_diff( $this->known->enrolled( $user_id ), $gone ) );
	}

	/**
	 * @param Closure(): string $password
	 * @return list<string> A new set of backup codes; the old ones die.
	 * @throws Refusal TWO_FACTOR_NOT_ENABLED, or as confirm().
	 */
	public function regenerate_codes( WP_User $user, Closure $password, #[\SensitiveParameter] ?string $device ): array {
		if ( ! $this->state->is_enrolled( $user->ID ) && array() === $this->gate->required( $user->ID ) ) { // Under SALLYPORT_DISABLE none is required.
			throw new Refusal( Code::TwoFactorNotEnabled );
		}
		$this->confirm( $user, $password, $device );
		return $this->enrolment->regenerate_codes( $user->ID, time() );
	}

	/**
	 * Removes every factor, or cancels what is pending.
	 *
	 * @param Closure(): string $password
	 * @throws Refusal sallyport_factor_required, TWO_FACTOR_NOT_ENABLED, or as confirm().
	 */
	public function disable( WP_User $user, Closure $password, #[\SensitiveParameter] ?string $device ): void {
		$this->confirm( $user, $password, $device );
		$this->turn_off( $user->ID ) || throw new Refusal( Code::TwoFactorNotEnabled );
	}

	/**
	 * The same of a user who was asked for what it takes.
	 *
	 * @return bool False where there is neither a factor nor a pending one.
	 * @throws Refusal sallyport_factor_required.
	 */
	public function turn_off( int $user_id ): bool {
		if ( ! $this->state->is_enrolled( $user_id ) ) {
			return $this->enrolment->cancel( $user_id );
		}
		$this->policies->require_removable( $user_id );
		$this->enrolment->disable( $user_id, time() );
		return true;
	}
}
