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
 * What users do with their own second factor, and what each action requires: one place for the routes and the screens.
 *
 * The password comes as a closure that reads it, so that missing proof is reported before a missing field.
 */
final class OwnFactors {
	/** Longest label of a factor, in characters. */
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

	/** @throws Refusal sallyport_factor_unavailable: policy allows this user no factor, or not this one. */
	public function require_enrollable( int $user_id, string $factor ): void {
		$this->policies->require_enrollable( $user_id, $factor );
	}

	/**
	 * What adding an authenticator app requires.
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
	 * Revealing or weakening a factor requires the password and, of a user who has a factor, a fresh proof: a password alone
	 * must not reveal the secret.
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
	 * Begins a pending enrolment of e-mail codes. For a user with a strong factor, adding it weakens the account.
	 *
	 * @param Closure(): string $password
	 */
	public function begin_mail( WP_User $user, Closure $password, #[\SensitiveParameter] ?string $device ): void {
		$this->require_enrollable( $user->ID, EmailCode::NAME );
		$this->confirm( $user, $password, $device );
		$this->email->give_address( $this->enrolment->begin( $user->ID, EmailCode::NAME, time() ) );
	}

	/**
	 * Begins a pending enrolment of an authenticator app, without backup codes: finish() makes them.
	 *
	 * @param Closure(): string $password
	 */
	public function begin_app( WP_User $user, string $label, Closure $password, #[\SensitiveParameter] ?string $device ): void {
		$this->require_addable( $user, $password, $device );
		$this->authenticators->pend( $user->ID, time(), $label );
	}

	/**
	 * Completes what begin_app() or begin_mail() began. Only the session it is done in continues.
	 *
	 * @return list<string> Backup codes, for a user who has none.
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

	/** @throws Refusal sallyport_no_such_factor; rest_invalid_param if another factor has this label. */
	public function rename( int $user_id, int $id, string $label ): FactorRow {
		return $this->enrolment->rename( $user_id, $id, $label );
	}

	/**
	 * Removes one factor; the caller stays signed in.
	 *
	 * @param string $id Id of the factor, or `backup_code` for all remaining backup codes.
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

	/** @return list<string> Names of the user's factors, without this one. */
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
	 * @return list<string> A new set of backup codes; the old ones are deleted.
	 * @throws Refusal TWO_FACTOR_NOT_ENABLED, or as confirm().
	 */
	public function regenerate_codes( WP_User $user, Closure $password, #[\SensitiveParameter] ?string $device ): array {
		// Under SALLYPORT_DISABLE none is required.
		if ( ! $this->state->is_enrolled( $user->ID ) && array() === $this->gate->required( $user->ID ) ) {
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
	 * The same, after the caller has checked what it requires.
	 *
	 * @return bool False if there is neither an active factor nor a pending one.
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
