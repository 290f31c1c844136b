<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Enrolment\Comparison;
use Sallyport\WP\Factor\{EmailCode, OtherPlugins, Totp};
use Sallyport\WP\Notice\NoticeMail;
use Sallyport\WP\Privacy\{Eraser, Exporter, PolicyText};
use Sallyport\WP\Security\AdminPage;
use Sallyport\WP\Store\{
	ActivityRows, AppPasswords, BackupCodeRows, BlogRows, ChallengeRows, Clock, Database, DeliveryRows, DeviceRows,
	DeviceSecretRows, EmailCodeRows, EndpointRows, EnrolmentTokenRows, FactorRows, ForeignMeta, FormerEmails, Health,
	InheritedProofRows, Lease, LinkRows, MasterKey, Meta, NetworkOption, Passwords, PolicyOption, ProvenEmails,
	RefreshRows, Removal, ResetCodeRows, Schema, SharedOption, SigningKeyRows, SpentRows, State, ThrottleRows, UserRows
};
use Sallyport\WP\Webhook\{Destinations, Endpoints, Queue, Sender, Wake, Worker};

/** The part of the composition root for what is kept: set-up, upkeep and clean-up, and the database below them. */
trait Keeping {
	public function setup(): Setup {
		return $this->made[ __FUNCTION__ ] ??= new Setup(
			$this->schema(),
			$this->master_key(),
			$this->engine(),
			$this->key_rotation(),
			$this->passwords(),
			$this->settings(),
			$this->endpoint_rows(),
			$this->policy_option(),
			$this->housekeeping()
		);
	}
	public function housekeeping(): Housekeeping {
		// Tables whose rows end at `expires_at` are listed by name; for others add a line below.
		$tables   = array(
			'refresh_tokens', 'inherited_proofs', 'devices', 'device_secrets', 'challenges',
			'email_codes', 'reset_codes', 'spent', 'links', 'enrolment_tokens',
		);
		$expiring = array();
		foreach ( $tables as $table ) {
			$expiring[ $table ] = fn ( int $now, int $limit ): int => $this->database()->delete_expired( $table, $now, $limit );
		}
		return $this->made[ __FUNCTION__ ] ??= new Housekeeping(
			array(
				'families'         => fn ( int $now, int $limit ): int => $this->families()->end_expired( $now, $limit ),
				...$expiring,
				'throttle'         => fn ( int $now, int $limit ): int => $this->throttle_rows()->delete_expired( $now, $limit ),
				'webhooks'         => fn ( int $now, int $limit ): int => $this->delivery_rows()->delete_old( $now, $limit ),
				'probe visitors'   => fn ( int $now, int $limit ): int => $this->visitors()->remove_left( $now, $limit ),
				'activity'         => fn ( int $now, int $limit ): int => $this->activity()->delete_old( $now, $limit ),
				// Before factors are compared with marks.
				'deleted accounts' => fn ( int $now, int $limit ): int => $this->leftovers()->forget_users( $now, $limit ),
				'deleted sites'    => fn ( int $now, int $limit ): int => $this->leftovers()->forget_sites( $now, $limit ),
				'unmarked factors' => fn ( int $now, int $limit ): int => $this->comparison()->repair( $now, $limit ),
				'missing factors'  => fn ( int $now, int $limit ): int => $this->comparison()->report( $limit ),
				'network policy'   => fn (): int => $this->policy_option()->spread(), // Last, because these visit every site, however many there are.
				'network settings' => fn (): int => $this->settings()->spread(),
			),
			$this->activity()
		);
	}
	public function reseal(): Reseal {
		// One line for each kind of sealed secret.
		$shared = array(
			'TOTP secrets'     => fn () => $this->factor_rows()->sealed( Totp::NAME ),
			'e-mail addresses' => fn () => $this->factor_rows()->sealed( EmailCode::NAME ),
			'SSO secrets'      => fn () => $this->connected_sites()->sealed(),
		);
		$own = array(
			'signing keys'    => fn () => $this->signing_keys()->sealed(),
			'webhook secrets' => fn () => $this->endpoints()->sealed(),
		);
		return $this->made[ __FUNCTION__ ] ??= new Reseal( $this->engine(), $this->activity(), $shared, $own );
	}
	private function comparison(): Comparison {
		return $this->made[ __FUNCTION__ ] ??= new Comparison( $this->factor_rows(), $this->state(), $this->activity() );
	}
	public function uninstall(): Uninstall {
		return $this->made[ __FUNCTION__ ] ??= new Uninstall(
			$this->settings(),
			new Removal( $this->database() ),
			$this->visitors(),
			$this->master_key()
		);
	}
	public function revocation(): Revocation {
		return $this->made[ __FUNCTION__ ] ??= new Revocation(
			$this->state(),
			$this->acceptance(),
			$this->presented(),
			$this->families(),
			$this->devices(),
			$this->own_issuer(),
			$this->access_tokens(),
			$this->former_emails(),
			$this->notice_mail( ... ),
			$this->activity(),
			$this->monitor(),
			$this->app_passwords(),
			'cli' === PHP_SAPI
		);
	}
	public function leftovers(): Leftovers {
		return $this->made[ __FUNCTION__ ] ??= new Leftovers(
			$this->user_rows(),
			$this->blog_rows(),
			$this->meta(),
			$this->families(),
			$this->attempts(),
			$this->reset_codes(),
			$this->policy_editor( ... )
		);
	}

	// Privacy.
	public function personal_exporter(): Exporter {
		return $this->made[ __FUNCTION__ ] ??= new Exporter(
			$this->user_rows(),
			$this->activity_rows(),
			$this->state(),
			$this->proven_emails(),
			$this->former_emails(),
			$this->app_passwords()
		);
	}
	public function personal_eraser(): Eraser {
		return $this->made[ __FUNCTION__ ] ??= new Eraser(
			$this->user_rows(),
			$this->activity_rows(),
			$this->families(),
			$this->former_emails()
		);
	}
	public function privacy_policy_text(): PolicyText {
		return $this->made[ __FUNCTION__ ] ??= new PolicyText( $this->settings() );
	}

	// Notices and webhooks.
	public function notice_mail(): NoticeMail {
		return $this->made[ __FUNCTION__ ] ??= new NoticeMail(
			$this->mailer(),
			$this->former_emails(),
			$this->throttle_rows(),
			$this->backup_code_rows(),
			$this->client(),
			$this->after_answer(),
			AdminPage::of( ... )
		);
	}
	public function webhook_queue(): Queue {
		return $this->made[ __FUNCTION__ ] ??= new Queue( $this->endpoints(), $this->delivery_rows(), $this->activity() );
	}
	public function webhook_wake(): Wake {
		return $this->made[ __FUNCTION__ ] ??= new Wake( $this->webhook_lease() );
	}
	public function webhook_worker(): Worker {
		return $this->made[ __FUNCTION__ ] ??= new Worker(
			$this->delivery_rows(),
			$this->endpoints(),
			$this->webhook_sender(),
			$this->webhook_lease(),
			$this->webhook_wake(),
			$this->activity()
		);
	}
	public function webhook_sender(): Sender {
		return $this->made[ __FUNCTION__ ] ??= new Sender( $this->destinations(), $this->engine() );
	}
	public function endpoints(): Endpoints {
		return $this->made[ __FUNCTION__ ] ??= new Endpoints(
			$this->endpoint_rows(),
			$this->delivery_rows(),
			$this->destinations(),
			$this->engine(),
			$this->activity()
		);
	}
	private function destinations(): Destinations {
		return $this->made[ __FUNCTION__ ] ??= new Destinations( $this->settings(), Destinations::resolve( ... ) );
	}

	// The database, its tables, and what is built on them.
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
		return $this->made[ __FUNCTION__ ] ??= new State(
			$this->meta(),
			$this->health( ... ),
			OtherPlugins::count( ... ),
			fn ( int $user_id ): ?string => $this->presented()->session( $user_id )
		);
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
	public function policy_option(): PolicyOption {
		return $this->made[ __FUNCTION__ ] ??= new PolicyOption(
			new SharedOption( $this->database( ... ), PolicyOption::OPTION ),
			fn () => new NetworkOption( $this->database( ... ), PolicyOption::NETWORK_OPTION ),
			static fn (): bool => ! Setup::is_needed()
		);
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
