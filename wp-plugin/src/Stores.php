<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Factor\OtherPlugins;
use Sallyport\WP\Store\{ActivityRows, AppPasswords, BackupCodeRows, BlogRows, ChallengeRows, Clock, Database, DeliveryRows, DeviceRows, DeviceSecretRows, EmailCodeRows, EndpointRows, EnrolmentTokenRows, FactorRows, ForeignMeta, FormerEmails, Health, InheritedProofRows, Lease, LinkRows, MasterKey, Meta, NetworkOption, Passwords, PolicyOption, ProvenEmails, RefreshRows, ResetCodeRows, Schema, SharedOption, SigningKeyRows, SpentRows, State, ThrottleRows, UserRows};

/** The part of the composition root for storage: the database, its tables, and what is built on them. */
trait Stores {
	public function database(): Database {
		return $this->made[ __FUNCTION__ ] ??= new Database( $this->health() );
	}
	public function schema(): Schema {
		return $this->made[ __FUNCTION__ ] ??= new Schema( $this->database(), $this->health(), $this->throttle_rows() );
	}
	public function clock(): Clock {
		return $this->made[ __FUNCTION__ ] ??= new Clock( $this->database() );
	}
	public function health(): Health {
		return $this->made[ __FUNCTION__ ] ??= new Health( $this->schema( ... ), $this->state( ... ) );
	}
	private function master_key(): MasterKey {
		return $this->made[ __FUNCTION__ ] ??= new MasterKey( $this->database( ... ) );
	}
	public function state(): State {
		return $this->made[ __FUNCTION__ ] ??= new State( $this->meta(), $this->health( ... ), OtherPlugins::count( ... ), fn ( int $user_id ): ?string => $this->presented()->session( $user_id ) );
	}
	public function meta(): Meta {
		return $this->made[ __FUNCTION__ ] ??= new Meta( $this->database( ... ) );
	}
	private function foreign_meta(): ForeignMeta {
		return $this->made[ __FUNCTION__ ] ??= new ForeignMeta( $this->database(), $this->meta() );
	}
	public function passwords(): Passwords {
		return $this->made[ __FUNCTION__ ] ??= new Passwords( $this->database(), $this->engine() );
	}
	public function proven_emails(): ProvenEmails {
		return $this->made[ __FUNCTION__ ] ??= new ProvenEmails( $this->meta() );
	}
	private function former_emails(): FormerEmails {
		return $this->made[ __FUNCTION__ ] ??= new FormerEmails( $this->meta() );
	}
	private function app_passwords(): AppPasswords {
		return $this->made[ __FUNCTION__ ] ??= new AppPasswords( $this->meta() );
	}
	public function signing_key_rows(): SigningKeyRows {
		return $this->made[ __FUNCTION__ ] ??= new SigningKeyRows( new SharedOption( $this->database( ... ), SigningKeyRows::OPTION ) );
	}
	private function factor_rows(): FactorRows {
		return $this->made[ __FUNCTION__ ] ??= new FactorRows( $this->database() );
	}
	private function backup_code_rows(): BackupCodeRows {
		return $this->made[ __FUNCTION__ ] ??= new BackupCodeRows( $this->database() );
	}
	private function challenge_rows(): ChallengeRows {
		return $this->made[ __FUNCTION__ ] ??= new ChallengeRows( $this->database() );
	}
	private function email_code_rows(): EmailCodeRows {
		return $this->made[ __FUNCTION__ ] ??= new EmailCodeRows( $this->database() );
	}
	private function activity_rows(): ActivityRows {
		return $this->made[ __FUNCTION__ ] ??= new ActivityRows( $this->database() );
	}
	private function refresh_rows(): RefreshRows {
		return $this->made[ __FUNCTION__ ] ??= new RefreshRows( $this->database() );
	}
	private function inherited_proof_rows(): InheritedProofRows {
		return $this->made[ __FUNCTION__ ] ??= new InheritedProofRows( $this->database() );
	}
	private function reset_code_rows(): ResetCodeRows {
		return $this->made[ __FUNCTION__ ] ??= new ResetCodeRows( $this->database() );
	}
	private function endpoint_rows(): EndpointRows {
		return $this->made[ __FUNCTION__ ] ??= new EndpointRows( new SharedOption( $this->database( ... ), EndpointRows::OPTION ) );
	}
	private function delivery_rows(): DeliveryRows {
		return $this->made[ __FUNCTION__ ] ??= new DeliveryRows( $this->database() );
	}
	private function webhook_lease(): Lease {
		return $this->made[ __FUNCTION__ ] ??= new Lease( $this->database(), 'sallyport_webhook_worker' );
	}
	private function spent_rows(): SpentRows {
		return $this->made[ __FUNCTION__ ] ??= new SpentRows( $this->database() );
	}
	private function device_rows(): DeviceRows {
		return $this->made[ __FUNCTION__ ] ??= new DeviceRows( $this->database() );
	}
	private function device_secret_rows(): DeviceSecretRows {
		return $this->made[ __FUNCTION__ ] ??= new DeviceSecretRows( $this->database() );
	}
	private function link_rows(): LinkRows {
		return $this->made[ __FUNCTION__ ] ??= new LinkRows( $this->database() );
	}
	private function enrolment_token_rows(): EnrolmentTokenRows {
		return $this->made[ __FUNCTION__ ] ??= new EnrolmentTokenRows( $this->database() );
	}
	public function policy_option(): PolicyOption {
		return $this->made[ __FUNCTION__ ] ??= new PolicyOption( new SharedOption( $this->database( ... ), PolicyOption::OPTION ), fn () => new NetworkOption( $this->database( ... ), PolicyOption::NETWORK_OPTION ), static fn (): bool => ! Setup::is_needed() );
	}
	private function throttle_rows(): ThrottleRows {
		return $this->made[ __FUNCTION__ ] ??= new ThrottleRows( $this->database() );
	}
	private function blog_rows(): BlogRows {
		return $this->made[ __FUNCTION__ ] ??= new BlogRows( $this->database() );
	}
	private function user_rows(): UserRows {
		return $this->made[ __FUNCTION__ ] ??= new UserRows( $this->database() );
	}
}
