<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Challenge\{EnrolmentTokens, Proof};
use Sallyport\WP\Device\{Devices, TrustedDevices};
use Sallyport\WP\Enrolment\Invitation;
use Sallyport\WP\Gate\{
	Acceptance, BridgedLogins, CookieProofs, Deactivation, DeviceTrust, Enrolling, Gate, MadeAppPassword, Monitor,
	OtherDoors, Outgoing, PasswordThrottle, Policies, PolicyEditor, Presented, ProofCheck, Readiness, RefusedCredential,
	Replacement, StepUp, TokenProofs
};
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Probe\{CoreKnocks, Doors, GuessedKnocks, Judge, Loopback, Probe, Visitors};
use Sallyport\WP\Store\ProbeResult;
use Sallyport\WP\Token\{InheritedProofs, ProofClaim};
use WP_Error;

/** The part of the composition root with the gate, the policy and the probe. */
trait Deciding {
	public function acceptance(): Acceptance {
		return $this->made[ __FUNCTION__ ] ??= new Acceptance(
			$this->presented(),
			$this->issuers(),
			new CookieProofs( $this->presented(), $this->state() ),
			$this->token_proofs( ... ),
			$this->app_passwords( ... ),
			$this->enrolling( ... ),
			$this->proof_check(),
			$this->refused_credential( ... ),
			$this->state(),
			$this->readiness()
		);
	}
	private function token_proofs(): TokenProofs {
		return $this->made[ __FUNCTION__ ] ??= new TokenProofs(
			$this->presented(),
			$this->own_issuer( ... ),
			$this->claims(),
			$this->engine(),
			$this->proof_check()
		);
	}
	private function proof_check(): ProofCheck {
		return $this->made[ __FUNCTION__ ] ??= new ProofCheck( $this->state(), $this->policies(), 'cli' === PHP_SAPI );
	}
	private function readiness(): Readiness {
		return $this->made[ __FUNCTION__ ] ??= new Readiness( $this->engine(), $this->health() );
	}
	private function refused_credential(): RefusedCredential {
		return $this->made[ __FUNCTION__ ] ??= new RefusedCredential(
			$this->presented(),
			$this->issuers(),
			$this->state(),
			$this->engine(),
			$this->throttle_rows(),
			$this->client(),
			$this->activity(),
			$this->monitor()
		);
	}
	public function made_app_password(): MadeAppPassword {
		return $this->made[ __FUNCTION__ ] ??= new MadeAppPassword( $this->acceptance(), $this->app_passwords(), $this->state() );
	}
	public function outgoing(): Outgoing {
		return $this->made[ __FUNCTION__ ] ??= new Outgoing( $this->acceptance(), $this->issuers(), $this->engine(), $this->activity() );
	}
	/** Implements sallyport_verify_code(). Not a filter, so that no other plugin can answer in its place. */
	public static function verify_code( int $user_id, #[\SensitiveParameter] string $code, ?string $factor ): Proof|WP_Error {
		try {
			self::$running->gate()->require_ready();
			return self::$running->verifier()->confirm( $user_id, Sallyport::NAME, $code, $factor, time() );
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		}
	}
	private function gate(): Gate {
		return $this->made[ __FUNCTION__ ] ??= new Gate(
			$this->acceptance(),
			$this->presented(),
			$this->policies(),
			$this->factors(),
			$this->state(),
			$this->challenges(),
			$this->verifier(),
			$this->device_trust(),
			$this->minter(),
			$this->enrolling(),
			$this->monitor(),
			$this->readiness(),
			$this->activity()
		);
	}
	private function device_trust(): DeviceTrust {
		return $this->made[ __FUNCTION__ ] ??= new DeviceTrust( $this->trusted_devices( ... ), $this->policies(), $this->client() );
	}
	public function bridged_logins(): BridgedLogins {
		return $this->made[ __FUNCTION__ ] ??= new BridgedLogins(
			$this->gate( ... ),
			$this->acceptance( ... ),
			$this->presented(),
			$this->issuers(),
			$this->claims( ... ),
			$this->activity( ... ),
			$this->other_doors( ... )
		);
	}
	private function other_doors(): OtherDoors {
		return $this->made[ __FUNCTION__ ] ??= new OtherDoors(
			$this->gate(),
			$this->acceptance(),
			$this->presented(),
			$this->other_plugins(),
			$this->verifier(),
			$this->policies(),
			$this->activity()
		);
	}
	public function step_up(): StepUp {
		return $this->made[ __FUNCTION__ ] ??= new StepUp( $this->gate( ... ), $this->enrolling( ... ), 'cli' === PHP_SAPI );
	}
	public function deactivation(): Deactivation {
		return $this->made[ __FUNCTION__ ] ??= new Deactivation( $this->step_up() );
	}
	public function replacement(): Replacement {
		return $this->made[ __FUNCTION__ ] ??= new Replacement();
	}
	public function presented(): Presented {
		return $this->made[ __FUNCTION__ ] ??= new Presented();
	}
	public function claims(): ProofClaim {
		return $this->made[ __FUNCTION__ ] ??= new ProofClaim( $this->engine() );
	}
	public function inherited_proofs(): InheritedProofs {
		return $this->made[ __FUNCTION__ ] ??= new InheritedProofs( $this->inherited_proof_rows() );
	}
	public function password_throttle(): PasswordThrottle {
		return $this->made[ __FUNCTION__ ] ??= new PasswordThrottle(
			$this->throttle_rows(),
			$this->devices(),
			$this->activity(),
			$this->client()
		);
	}
	public function policies(): Policies {
		return $this->made[ __FUNCTION__ ] ??= new Policies(
			$this->policy_option(),
			$this->factors( ... ),
			fn (): bool => true === $this->settings()->get( 'trusted_devices' )
		);
	}
	private function policy_editor(): PolicyEditor {
		return $this->made[ __FUNCTION__ ] ??= new PolicyEditor(
			$this->policy_option(),
			$this->policies(),
			$this->factors(),
			$this->state(),
			$this->activity()
		);
	}
	private function enrolling(): Enrolling {
		return $this->made[ __FUNCTION__ ] ??= new Enrolling(
			new EnrolmentTokens( $this->enrolment_token_rows(), $this->passwords(), $this->state() ),
			$this->links(),
			$this->policies(),
			$this->factors(),
			$this->limits(),
			$this->former_emails(),
			$this->mailer(),
			$this->activity()
		);
	}
	private function invitation(): Invitation {
		return $this->made[ __FUNCTION__ ] ??= new Invitation(
			$this->gate(),
			$this->rescue(),
			$this->enrolling(),
			$this->password_throttle(),
			$this->passwords()
		);
	}
	private function monitor(): Monitor {
		return $this->made[ __FUNCTION__ ] ??= new Monitor( $this->policies(), $this->throttle_rows(), $this->activity() );
	}

	// Known and trusted devices.
	public function devices(): Devices {
		return $this->made[ __FUNCTION__ ] ??= new Devices( $this->device_rows(), $this->device_secret_rows(), $this->activity() );
	}
	public function trusted_devices(): TrustedDevices {
		return $this->made[ __FUNCTION__ ] ??= new TrustedDevices(
			$this->device_rows(),
			$this->device_secret_rows(),
			$this->devices(),
			$this->engine(),
			$this->state(),
			$this->settings(),
			$this->activity()
		);
	}

	// The probe.
	private function probe(): Probe {
		return $this->made[ __FUNCTION__ ] ??= new Probe(
			$this->visitors(),
			new CoreKnocks( $this->namespaces() ),
			$this->guessed_knocks(),
			$this->issuers(),
			$this->loopback(),
			new Judge( $this->loopback() ),
			$this->probe_result(),
			$this->activity()
		);
	}
	private function doors(): Doors {
		return $this->made[ __FUNCTION__ ] ??= new Doors( $this->issuers(), $this->namespaces() );
	}
	private function guessed_knocks(): GuessedKnocks {
		return $this->made[ __FUNCTION__ ] ??= new GuessedKnocks( $this->issuers(), $this->namespaces() );
	}
	private function visitors(): Visitors {
		return $this->made[ __FUNCTION__ ] ??= new Visitors(
			$this->factor_rows(),
			$this->totp(),
			$this->state(),
			$this->engine(),
			$this->issuers()
		);
	}
	private function loopback(): Loopback {
		return $this->made[ __FUNCTION__ ] ??= new Loopback();
	}
	public function probe_result(): ProbeResult {
		return $this->made[ __FUNCTION__ ] ??= new ProbeResult();
	}
}
