<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Accounts\AccountMail;
use Sallyport\WP\Activity\{Activity, Log};
use Sallyport\WP\Challenge\{Attempts, Challenges, Links, MailedUnlock, Sending, Verifier};
use Sallyport\WP\Cli\Commands;
use Sallyport\WP\Enrolment\{Administering, Authenticators, Enrolment, Import, OwnFactors, Rescue};
use Sallyport\WP\Factor\{BackupCode, EmailCode, EmailCodeMail, Factors, ImportedCode, OtherPlugins, Totp, TwoFactorPlugin, Wp2fa};
use Sallyport\WP\Gate\{Continuation, CurrentSignIn};
use Sallyport\WP\Probe\Visitor;
use Sallyport\WP\Rest\{Access, Origins};
use Sallyport\WP\Store\{NetworkOption, Settings, SharedOption};

/**
 * The composition root: which objects exist, and what each is given. Everything is created on first use, so that a request
 * that has nothing to do with Sallyport loads next to nothing.
 */
final class Plugin {
	use Answering;
	use Configuring;
	use Deciding;
	use Issuing;
	use Keeping;

	/** @var array<string, object> Keyed by the name of the method that creates it, here or in one of the traits. */
	private array $made = array();

	private static self $running;

	public static function boot(): void {
		self::$running = new self();
		( new Hooks( self::$running ) )->register();
	}

	/** From 6.8 on core finds the translations by the plugin's header, but not those of a network-activated plugin. */
	public static function load_translations(): void {
		if ( is_multisite() || version_compare( $GLOBALS['wp_version'], '6.8', '<' ) ) {
			load_plugin_textdomain( 'sallyport', false, dirname( plugin_basename( PLUGIN_FILE ) ) . '/languages' );
		}
	}

	// The base of everything; storage is in Keeping.
	public function engine(): Engine {
		return $this->made[ __FUNCTION__ ] ??= new Engine( new PurposeKeys( $this->master_key() ) );
	}
	public function settings(): Settings {
		// A role that no longer exists may stay in a setting that already names it. Otherwise no other role could be saved either.
		$new    = fn ( string $name, array $words ): array => array_diff(
			$words,
			$this->settings()->is_constant( $name ) ? array() : (array) $this->settings()->get( $name )
		);
		$checks = fn () => array(
			'rest_namespace'  => fn ( string $name ) => Namespaces::is_name( $name . '/v1' ),
			'rest_version'    => fn ( string $name ) => Namespaces::is_name( 'sallyport/' . $name ),
			'reset_url'       => fn ( string $page ) => '' === $page || AccountMail::is_trusted( $page ),
			'trusted_proxies' => fn ( array $words ) => Client::are_understood( $words ),
			'cors'            => fn ( array $words ) => Origins::are_understood( $words ),
			'route_roles'     => fn ( array $words ) => Access::is_understood( $words, $this->routes()->all() )
				&& Access::are_of_roles( $new( 'route_roles', $words ) ),
			'app_passwords_denied' => fn ( array $words ) => Access::are_roles( array_diff( $new( 'app_passwords_denied', $words ), array( '*' ) ) ),
		);
		return $this->made[ __FUNCTION__ ] ??= new Settings(
			fn () => new SharedOption( $this->database( ... ), Settings::OPTION ),
			fn () => new NetworkOption( $this->database( ... ), Settings::NETWORK_OPTION ),
			$checks
		);
	}
	public function namespaces(): Namespaces {
		return $this->made[ __FUNCTION__ ] ??= new Namespaces( $this->settings(), $this->headlesskey() );
	}
	private function headlesskey(): Headlesskey {
		return $this->made[ __FUNCTION__ ] ??= new Headlesskey( $this->settings() );
	}
	private function client(): Client {
		return $this->made[ __FUNCTION__ ] ??= new Client( $this->settings(), 'cli' === PHP_SAPI );
	}
	private function limits(): Limits {
		return $this->made[ __FUNCTION__ ] ??= new Limits( $this->throttle_rows(), $this->activity(), $this->client() );
	}
	public function after_answer(): AfterAnswer {
		return $this->made[ __FUNCTION__ ] ??= new AfterAnswer();
	}
	public function mailer(): Mailer {
		return $this->made[ __FUNCTION__ ] ??= new Mailer( $this->client() );
	}
	public function activity(): Activity {
		return $this->made[ __FUNCTION__ ] ??= new Activity(
			$this->activity_rows(),
			$this->client(),
			$this->settings(),
			static fn (): ?string => defined( 'WP_CLI' ) && ! wp_doing_cron() ? Commands::CALLER : null,
			Visitor::is( ... )
		);
	}
	private function log(): Log {
		return $this->made[ __FUNCTION__ ] ??= new Log( $this->activity_rows() );
	}

	// The second step.
	private function challenges(): Challenges {
		return $this->made[ __FUNCTION__ ] ??= new Challenges( $this->challenge_rows(), $this->passwords(), $this->state(), $this->activity() );
	}
	private function verifier(): Verifier {
		return $this->made[ __FUNCTION__ ] ??= new Verifier(
			$this->factors(),
			$this->challenges(),
			$this->attempts(),
			$this->state(),
			$this->activity()
		);
	}
	private function sending(): Sending {
		return $this->made[ __FUNCTION__ ] ??= new Sending( $this->factors(), $this->attempts(), $this->email_code() );
	}
	private function attempts(): Attempts {
		return $this->made[ __FUNCTION__ ] ??= new Attempts( $this->throttle_rows(), $this->mailed_unlock( ... ), $this->activity() );
	}
	private function mailed_unlock(): MailedUnlock {
		return $this->made[ __FUNCTION__ ] ??= new MailedUnlock(
			$this->links(),
			$this->attempts(),
			$this->backup_code_rows(),
			$this->throttle_rows(),
			$this->former_emails(),
			$this->state(),
			$this->mailer(),
			$this->activity()
		);
	}
	private function links(): Links {
		return $this->made[ __FUNCTION__ ] ??= new Links( $this->link_rows(), $this->state() );
	}

	// Factors: one line each.
	public function factors(): Factors {
		return $this->made[ __FUNCTION__ ] ??= new Factors(
			array(
				$this->totp(),
				new BackupCode( $this->backup_code_rows(), $this->engine() ),
				$this->two_factor_plugin(),
				$this->wp_2fa(),
				new ImportedCode( $this->backup_code_rows(), $this->passwords(), $this->other_plugins( ... ) ),
				$this->email_code(),
			),
			fn ( int $user_id, array $enrolled ): array => $this->policies()->required( $user_id, $enrolled )
		);
	}
	private function other_plugins(): OtherPlugins {
		return $this->made[ __FUNCTION__ ] ??= new OtherPlugins( array( $this->two_factor_plugin(), $this->wp_2fa() ) );
	}
	private function two_factor_plugin(): TwoFactorPlugin {
		return $this->made[ __FUNCTION__ ] ??= new TwoFactorPlugin(
			$this->foreign_meta(),
			$this->engine(),
			$this->settings(),
			$this->spent_rows(),
			$this->passwords()
		);
	}
	private function wp_2fa(): Wp2fa {
		return $this->made[ __FUNCTION__ ] ??= new Wp2fa(
			$this->foreign_meta(),
			$this->engine(),
			$this->settings(),
			$this->spent_rows(),
			$this->passwords()
		);
	}
	private function email_code(): EmailCode {
		return $this->made[ __FUNCTION__ ] ??= new EmailCode(
			$this->factor_rows(),
			$this->email_code_rows(),
			$this->challenge_rows(),
			$this->proven_emails(),
			$this->engine(),
			$this->limits(),
			new EmailCodeMail( $this->mailer(), $this->client() ),
			$this->activity()
		);
	}
	private function totp(): Totp {
		return $this->made[ __FUNCTION__ ] ??= new Totp( $this->factor_rows(), $this->engine(), $this->settings(), $this->other_plugins( ... ) );
	}

	// A factor's life.
	private function authenticators(): Authenticators {
		return $this->made[ __FUNCTION__ ] ??= new Authenticators(
			$this->enrolment(),
			$this->backup_code_rows(),
			$this->totp(),
			$this->engine()
		);
	}
	private function enrolment(): Enrolment {
		return $this->made[ __FUNCTION__ ] ??= new Enrolment(
			$this->factor_rows(),
			$this->backup_code_rows(),
			$this->challenge_rows(),
			$this->app_passwords(),
			$this->factors(),
			$this->engine(),
			$this->state(),
			$this->passwords(),
			$this->attempts(),
			$this->verifier(),
			new CurrentSignIn( $this->presented(), $this->own_issuer() ),
			$this->enrolling(),
			$this->activity()
		);
	}
	private function own_factors(): OwnFactors {
		return $this->made[ __FUNCTION__ ] ??= new OwnFactors(
			$this->gate(),
			$this->enrolment(),
			$this->authenticators(),
			$this->factors(),
			$this->continuation(),
			$this->email_code(),
			$this->password_throttle(),
			$this->passwords(),
			$this->state(),
			$this->policies(),
			$this->verifier(),
			$this->presented()
		);
	}
	private function continuation(): Continuation {
		return $this->made[ __FUNCTION__ ] ??= new Continuation(
			$this->acceptance(),
			$this->presented(),
			$this->own_issuer(),
			$this->access_tokens()
		);
	}
	private function rescue(): Rescue {
		return $this->made[ __FUNCTION__ ] ??= new Rescue(
			$this->enrolment(),
			$this->attempts(),
			$this->links(),
			$this->families(),
			$this->devices(),
			$this->app_passwords(),
			$this->state(),
			$this->activity()
		);
	}
	private function import(): Import {
		return $this->made[ __FUNCTION__ ] ??= new Import(
			$this->factor_rows(),
			$this->backup_code_rows(),
			$this->totp(),
			$this->state(),
			$this->throttle_rows(),
			$this->activity()
		);
	}
	private function administering(): Administering {
		return $this->made[ __FUNCTION__ ] ??= new Administering( $this->gate(), $this->acceptance() );
	}

	/** Whether this request has already created it. */
	public function has( string $name ): bool {
		return isset( $this->made[ $name ] );
	}
}
