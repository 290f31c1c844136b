<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Attempts;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Challenge\Verifier;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Factor\Enrolled;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Gate\CurrentSignIn;
use Sallyport\WP\Gate\Enrolling;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\AppPasswords;
use Sallyport\WP\Store\BackupCodeRows;
use Sallyport\WP\Store\ChallengeRows;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\FactorRows;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\State;

/**
 * The life of a factor: pending until its first right code, then active until it is removed.
 *
 * The live secret and codes are never touched before the new ones are proven.
 */
final class Enrolment {
	/** Factors of one type a user may have: every code is tried on each. */
	public const LIMIT = 10;

	public function __construct(
		private readonly FactorRows $factors,
		private readonly BackupCodeRows $codes,
		private readonly ChallengeRows $challenges,
		private readonly AppPasswords $app_passwords,
		private readonly Factors $known,
		private readonly Engine $engine,
		private readonly State $state,
		private readonly Passwords $passwords,
		private readonly Attempts $attempts,
		private readonly Verifier $verifier,
		private readonly CurrentSignIn $sign_in,
		private readonly Enrolling $enrolling,
		private readonly Activity $activity,
	) {}

	/**
	 * Begins a pending enrolment; an earlier pending one of this type is dropped.
	 *
	 * @param string                                               $type       Name of a factor that is Enrolled.
	 * @param string                                               $label      The new factor will replace the active one with
	 *                                                                         this label; without a label, all of its type.
	 * @param array{algorithm?: string, digits?: int, period?: int} $parameters Of a TOTP secret.
	 * @return FactorRow The pending row, still without a secret.
	 * @throws Refusal sallyport_factor_limit; sallyport_enrolment_required as Enrolling::require_confirmed().
	 */
	public function begin( int $user_id, string $type, int $now, string $label = '', array $parameters = array() ): FactorRow {
		$this->enrolling->require_confirmed( $user_id, $now );
		$others = array_filter( $this->active( $user_id, $type ), static fn ( FactorRow $row ): bool => $label !== $row->label );
		if ( '' !== $label && count( $others ) >= self::LIMIT ) {
			throw new Refusal( Code::FactorLimit );
		}
		$this->factors->delete_pending( $user_id, $type );
		$row = $this->factors->add_pending( $user_id, $type, $now, $label, $parameters, $this->sign_in->digest( $user_id ) );
		$this->activity->record( Event::EnrolmentBegun, $user_id, detail: self::detail( $type, $label ) );
		return $row;
	}

	/** Drops all pending enrolments; true if there were any. */
	public function cancel( int $user_id ): bool {
		$this->codes->delete_pending( $user_id );
		return $this->factors->delete_pending( $user_id ) > 0;
	}

	/**
	 * Pending enrolments that were begun in this request's sign-in.
	 *
	 * @param string|null $type Null: of every type.
	 * @return list<FactorRow> More than one of a type only if two were begun at the same time.
	 */
	public function pending( int $user_id, ?string $type = null ): array {
		$here = $this->sign_in->digest( $user_id );
		return array_values(
			array_filter( $this->factors->pending( $user_id, $type ), static fn ( FactorRow $row ): bool => $here === $row->begun_by )
		);
	}

	/** @return list<FactorRow> All pending enrolments, of whichever sign-in: for display only. */
	public function begun( int $user_id ): array {
		return $this->factors->pending( $user_id );
	}

	/**
	 * @param string|null $type Null: of every type.
	 * @return list<FactorRow>
	 */
	public function active( int $user_id, ?string $type = null ): array {
		return $this->factors->active( $user_id, $type );
	}

	public function backup_codes_left( int $user_id ): int {
		return $this->codes->left( $user_id );
	}

	/**
	 * Activates the pending enrolment of this type that the code proves.
	 *
	 * @param string $type Name of a factor that is Enrolled.
	 * @return Proof|null Null if the code proves none; the attempt stays counted.
	 * @throws Refusal sallyport_locked, _factor_unavailable; sallyport_enrolment_required as Enrolling::require_confirmed().
	 */
	public function activate( string $type, int $user_id, #[\SensitiveParameter] string $code, string $issuer, int $now ): ?Proof {
		$factor = $this->known->get( $type );
		if ( ! $factor instanceof Enrolled ) {
			throw new Refusal( Code::FactorUnavailable );
		}
		$this->enrolling->require_confirmed( $user_id, $now );
		$this->attempts->reserve( $user_id, $now );
		try {
			$row = $this->prove( $factor, $user_id, $code, $now );
		} catch ( Refusal $refusal ) {
			$this->attempts->give_back( $user_id );
			throw $refusal;
		}
		if ( null === $row ) {
			return null;
		}
		// Mark the user at once: whatever fails after this, old credentials no longer count.
		$epoch = $this->mark( $user_id, $now );
		if ( ! in_array( $row->id, array_column( $this->active( $user_id ), 'id' ), true ) ) {
			// A reset, or another activation, happened meanwhile.
			$this->attempts->give_back( $user_id );
			throw new Refusal( Code::InvalidCode );
		}
		$this->factors->delete_replaced( $row );
		$this->codes->promote( $user_id, $row->id ) && $this->codes->delete_pending( $user_id );
		$this->challenges->delete_all( $user_id );
		$this->announce( Event::FactorAdded, $user_id, self::detail( $type, $row->label ) );
		$first = $this->enrolling->first_step( $user_id ) ?? $this->sign_in->first_step();
		return $this->verifier->enrolled( $factor, $user_id, $issuer, $epoch, $now, $first );
	}

	/**
	 * @return FactorRow|null The row that the code proved, now active.
	 * @throws Refusal sallyport_invalid_code if it was activated or replaced meanwhile; sallyport_token_invalid if the enrolment token was
	 *                 spent; _token_unproven if the password was changed.
	 */
	private function prove( Enrolled $factor, int $user_id, #[\SensitiveParameter] string $code, int $now ): ?FactorRow {
		foreach ( $this->pending( $user_id, $factor->name() ) as $row ) {
			$step = $factor->prove( $row, $code, $now );
			if ( null !== $step ) {
				// A password change meanwhile has ended this sign-in. A factor activated now would lock the user out.
				if ( ! $this->passwords->is_as_read( $user_id ) ) {
					throw new Refusal( Code::TokenUnproven );
				}
				// If two factors are proven under one enrolment token, only one of them is activated.
				$this->enrolling->spend( $user_id, $now );
				return $this->factors->activate( $row->id, $step, $now ) ? $row : throw new Refusal( Code::InvalidCode );
			}
		}
		return null;
	}

	/** @return list<string> A new set of backup codes; the old ones are deleted. */
	public function regenerate_codes( int $user_id, int $now ): array {
		$codes = $this->new_codes( $user_id, $now );
		$this->announce( Event::BackupCodesReplaced, $user_id );
		return $codes;
	}

	/** @return list<string> Backup codes for a user who has just enrolled and has none; else an empty list. */
	public function first_codes( int $user_id, int $now ): array {
		return 0 === $this->backup_codes_left( $user_id ) ? $this->new_codes( $user_id, $now ) : array();
	}

	/**
	 * @return list<string>
	 * @throws Refusal sallyport_token_unproven: the proof of this request has become void, or the factor is gone.
	 */
	private function new_codes( int $user_id, int $now ): array {
		$epoch = $this->state->epoch( $user_id );
		$codes = $this->engine->backup_codes();
		$set   = $this->codes->new_set();
		$this->codes->add( $user_id, $codes['hashes'], $set, $now );
		// Codes of a user without a factor would still work beside the next factor.
		if ( ! $this->state->is_of( $user_id, $epoch ) || ! $this->state->is_enrolled( $user_id ) ) {
			$this->codes->delete_set( $user_id, $set );
			throw new Refusal( Code::TokenUnproven );
		}
		$this->codes->promote( $user_id, $set );
		return $codes['codes'];
	}

	/** Removes every factor, active and pending. The user's challenges end with them. */
	public function disable( int $user_id, int $now ): void {
		$this->remove_all( $user_id, $now );
		$this->announce( Event::FactorRemoved, $user_id );
	}

	/**
	 * Removes every factor on behalf of a user who cannot do it.
	 *
	 * @param array<string, string> $detail Who did it, and why.
	 */
	public function reset( int $user_id, int $now, array $detail ): void {
		$this->remove_all( $user_id, $now );
		$this->announce( Event::FactorsReset, $user_id, $detail );
	}

	/**
	 * Removes one factor, which begins a new epoch: the user's other credentials end. Removing the last one is like disable().
	 *
	 * @param list<string>|null $counting Names of the factors of which the user must keep one; null if they need none.
	 * @return string The epoch it began.
	 * @throws Refusal sallyport_no_such_factor; sallyport_factor_required if another request removed the others at the same time.
	 */
	public function remove( int $user_id, int $id, int $now, ?array $counting = null ): string {
		$row = $this->row( $user_id, $id );
		// A factor that another plugin keeps has no row here to count.
		$beside = array_intersect( $counting ?? array(), array_column( $this->active( $user_id ), 'type' ) );
		$kept   = array_diff( $counting ?? array(), $beside, Factors::STAND_INS );
		if ( ! $this->factors->delete( $user_id, $id, array() === $kept ? array_values( $beside ) : array() ) ) {
			$this->row( $user_id, $id );
			throw new Refusal( Code::FactorRequired );
		}
		return $this->removed( $user_id, $now, self::detail( $row->type, $row->label ) );
	}

	/**
	 * Removes the remaining backup codes.
	 *
	 * @return string The epoch it began.
	 * @throws Refusal sallyport_no_such_factor.
	 */
	public function remove_codes( int $user_id, int $now ): string {
		if ( 0 === $this->codes->delete_live( $user_id ) ) {
			throw new Refusal( Code::NoSuchFactor );
		}
		return $this->removed( $user_id, $now, self::detail( BackupCode::NAME ) );
	}

	/** @param array<string, string> $detail */
	private function removed( int $user_id, int $now, array $detail ): string {
		if ( ! $this->known->is_markworthy( $user_id ) ) {
			$epoch = $this->remove_all( $user_id, $now );
			$this->announce( Event::FactorRemoved, $user_id, $detail );
			return $epoch;
		}
		$epoch = $this->mark( $user_id, $now );
		$this->challenges->delete_all( $user_id );
		$this->announce( Event::OneFactorRemoved, $user_id, $detail );
		return $epoch;
	}

	/** @throws Refusal sallyport_no_such_factor; rest_invalid_param if another factor has this label. */
	public function rename( int $user_id, int $id, string $label ): FactorRow {
		$row = $this->row( $user_id, $id );
		foreach ( $this->active( $user_id ) as $other ) {
			if ( $id !== $other->id && $label === $other->label ) {
				throw Refusal::invalid( 'label', __( 'is the label of another factor.', 'sallyport' ) );
			}
		}
		if ( $this->factors->rename( $user_id, $id, $label ) ) {
			$this->activity->record(
				Event::FactorRenamed,
				$user_id,
				detail: self::detail( $row->type, $row->label ) + array( 'renamed' => $label )
			);
		}
		return $this->row( $user_id, $id );
	}

	private function remove_all( int $user_id, int $now ): string {
		$this->challenges->delete_all( $user_id );
		$this->app_passwords->forget( $user_id );
		$this->codes->delete_all( $user_id );
		$this->factors->delete_all( $user_id );
		$epoch = $this->mark( $user_id, $now );
		// Deletes those stored since. A request that stores codes later sees that the epoch has ended.
		$this->codes->delete_all( $user_id );
		$this->app_passwords->forget( $user_id );
		return $epoch;
	}

	/**
	 * Begins a new epoch, and marks the user according to their factors. Another request may add or remove a factor at the same
	 * time, so the factors are read again after writing: the last writer has seen all changes.
	 */
	private function mark( int $user_id, int $now ): string {
		do {
			$marked = $this->known->is_markworthy( $user_id );
			$epoch  = $this->state->raise( $user_id, $marked, $now );
		} while ( $this->known->is_markworthy( $user_id ) !== $marked );
		return $epoch;
	}

	/** @throws Refusal sallyport_no_such_factor. */
	private function row( int $user_id, int $id ): FactorRow {
		return array_column( $this->active( $user_id ), null, 'id' )[ $id ] ?? throw new Refusal( Code::NoSuchFactor );
	}

	/** @return array<string, string> */
	private static function detail( string $type, string $label = '' ): array {
		return array( 'factor' => $type ) + ( '' === $label ? array() : array( 'label' => $label ) );
	}

	/** @param array<string, string> $detail */
	private function announce( Event $event, int $user_id, array $detail = array() ): void {
		$this->activity->record( $event, $user_id, detail: $detail );
		/**
		 * Fires after a user's factors changed.
		 *
		 * @param string $event   `factor_added`, `factor_removed`, `one_factor_removed`, `factors_reset`, `backup_codes_replaced`.
		 * @param int    $user_id The user.
		 */
		do_action( 'sallyport_factors_changed', $event->value, $user_id );
	}
}
