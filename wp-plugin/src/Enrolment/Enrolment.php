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
use Sallyport\WP\Factor\Enrolled;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\AppPasswords;
use Sallyport\WP\Store\BackupCodeRows;
use Sallyport\WP\Store\ChallengeRows;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\FactorRows;
use Sallyport\WP\Store\State;
use WP_User;

/**
 * A factor's life: pending until its first right code, then active, until it is removed.
 *
 * The live secret and codes are never touched before the new ones are proven.
 */
final class Enrolment {
	public function __construct(
		private readonly FactorRows $factors,
		private readonly BackupCodeRows $codes,
		private readonly ChallengeRows $challenges,
		private readonly AppPasswords $app_passwords,
		private readonly Factors $known,
		private readonly Totp $totp,
		private readonly Engine $engine,
		private readonly State $state,
		private readonly Attempts $attempts,
		private readonly Verifier $verifier,
		private readonly Activity $activity,
	) {}

	/**
	 * Starts a pending enrolment; an earlier pending one of this type is dropped.
	 *
	 * @param string $type Name of a factor that is Enrolled.
	 */
	public function begin( int $user_id, string $type, int $now ): FactorRow {
		$this->factors->delete_pending( $user_id, $type );
		$id = $this->factors->add_pending( $user_id, $type, $now );
		$this->activity->record( Event::EnrolmentBegun, $user_id, detail: array( 'factor' => $type ) );
		return $this->row( $this->pending( $user_id, $type ), $id );
	}

	/**
	 * Starts a pending TOTP enrolment, with backup codes.
	 *
	 * @param string|null $issuer The name the app shows; the site's by default.
	 * @return array{totpURI: string, backupCodes: list<string>}
	 */
	public function begin_totp( WP_User $user, ?string $issuer, int $now ): array {
		$codes = $this->engine->backup_codes();
		$this->codes->delete_pending( $user->ID );
		$id = $this->pend( $user->ID, $now );
		$this->codes->add( $user->ID, $codes['hashes'], $id, $now );
		return array(
			'totpURI'     => $this->uri( $user, $this->row( $this->pending( $user->ID, Totp::NAME ), $id ), $issuer ),
			'backupCodes' => $codes['codes'],
		);
	}

	/** Starts a pending TOTP enrolment without backup codes. @return int Its id. */
	public function pend( int $user_id, int $now ): int {
		$id = $this->begin( $user_id, Totp::NAME, $now )->id;
		$this->totp->give_secret( $user_id, $id );
		return $id;
	}

	/** Drops what is pending, of every type; true if there was anything. */
	public function cancel( int $user_id ): bool {
		$this->codes->delete_pending( $user_id );
		return $this->factors->delete_pending( $user_id ) > 0;
	}

	/**
	 * @param string|null $type Null: of every type.
	 * @return list<FactorRow> More than one of a type only where two were begun at once.
	 */
	public function pending( int $user_id, ?string $type = null ): array {
		return $this->factors->pending( $user_id, $type );
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
	 * @return Proof|null Null for a code that proves none; the attempt stays counted.
	 * @throws Refusal sallyport_locked, _factor_unavailable.
	 */
	public function activate( string $type, int $user_id, #[\SensitiveParameter] string $code, string $issuer, int $now ): ?Proof {
		$factor = $this->known->get( $type );
		if ( ! $factor instanceof Enrolled ) {
			throw new Refusal( Code::FactorUnavailable );
		}
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
		// The mark comes at once: whatever fails after it, old credentials no longer count.
		$epoch = $this->state->raise( $user_id, true, $now );
		if ( array() === $this->active( $user_id ) ) {
			// A reset came between: a mark without a factor would turn the user away for good.
			$this->state->raise( $user_id, false, $now );
			throw new Refusal( Code::InvalidCode );
		}
		$this->factors->delete_replaced( $row );
		$this->codes->promote( $user_id, $row->id );
		$this->challenges->delete_all( $user_id );
		$this->announce( Event::FactorAdded, $user_id );
		return $this->verifier->enrolled( $factor, $user_id, $issuer, $epoch, $now );
	}

	/**
	 * @return FactorRow|null The row that the code proved and that is active now.
	 * @throws Refusal sallyport_invalid_code when it was activated, or replaced, in the meantime.
	 */
	private function prove( Enrolled $factor, int $user_id, #[\SensitiveParameter] string $code, int $now ): ?FactorRow {
		foreach ( $this->pending( $user_id, $factor->name() ) as $row ) {
			$step = $factor->prove( $row, $code, $now );
			if ( null !== $step ) {
				return $this->factors->activate( $row->id, $step, $now ) ? $row : throw new Refusal( Code::InvalidCode );
			}
		}
		return null;
	}

	/** The otpauth:// address: of the live secret, else of the pending one. */
	public function uri( WP_User $user, FactorRow $row, ?string $issuer = null ): string {
		$name = str_replace( ':', ' ', $issuer ?? wp_specialchars_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES ) );
		$host = (string) wp_parse_url( home_url(), PHP_URL_HOST );
		return $this->totp->uri( $row, str_replace( ':', ' ', $user->user_login ), '' === trim( $name ) ? $host : $name );
	}

	/** @return list<string> A new set; the old codes die. */
	public function regenerate_codes( int $user_id, int $now ): array {
		$codes = $this->engine->backup_codes();
		$this->codes->delete_live( $user_id );
		$this->codes->add( $user_id, $codes['hashes'], 0, $now );
		$this->announce( Event::BackupCodesReplaced, $user_id );
		return $codes['codes'];
	}

	/** Removes every factor, live and pending; challenges die with them. */
	public function disable( int $user_id, int $now ): void {
		$this->remove( $user_id, $now );
		$this->announce( Event::FactorRemoved, $user_id );
	}

	/**
	 * The same by somebody else, for a user who cannot.
	 *
	 * @param array<string, string> $detail Who, and why.
	 */
	public function reset( int $user_id, int $now, array $detail ): void {
		$this->remove( $user_id, $now );
		$this->announce( Event::FactorsReset, $user_id, $detail );
	}

	private function remove( int $user_id, int $now ): void {
		$this->challenges->delete_all( $user_id );
		$this->app_passwords->forget( $user_id );
		$this->codes->delete_all( $user_id );
		$this->factors->delete_all( $user_id );
		$this->state->raise( $user_id, false, $now );
	}

	/** Removes what is stored of a user who was deleted. */
	public function erase( int $user_id ): void {
		$this->factors->delete_all( $user_id );
		$this->codes->delete_all( $user_id );
		$this->challenges->delete_all( $user_id );
		$this->attempts->clear( $user_id );
	}

	/** @param list<FactorRow> $rows */
	private function row( array $rows, int $id ): FactorRow {
		return array_column( $rows, null, 'id' )[ $id ] ?? throw Refusal::unavailable( Problem::Database );
	}

	/** @param array<string, string> $detail */
	private function announce( Event $event, int $user_id, array $detail = array() ): void {
		$this->activity->record( $event, $user_id, detail: $detail );
		/** Fires after a user's factors changed: `factor_added`, `factor_removed`, `factors_reset`, `backup_codes_replaced`. */
		do_action( 'sallyport_factors_changed', $event->value, $user_id );
	}
}
