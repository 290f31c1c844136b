<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Accounts\AccountMail;
use Sallyport\WP\Activity\{Activity, Log};
use Sallyport\WP\Admin\{DebugSection, Notices, SiteHealth};
use Sallyport\WP\Challenge\{Attempts, Challenges, Links, MailedUnlock, Sending, Tries, Verifier};
use Sallyport\WP\Cli\{ActivityCommand, Commands, DoorsCommand, FactorCommand, ImportCommand, KeyCommand, OpenApiCommand, PolicyCommand, ProbeCommand, SettingCommand, SiteCommand, StatusCommand, UnlockCommand, WebhookCommand};
use Sallyport\WP\Device\{Devices, TrustedDevices};
use Sallyport\WP\Enrolment\{Administering, Authenticators, Enrolment, Import, Missing, OwnFactors, Rescue};
use Sallyport\WP\Factor\{BackupCode, EmailCode, EmailCodeMail, Factors, ImportedCode, OtherPlugins, Totp, TwoFactorPlugin, Wp2fa};
use Sallyport\WP\Gate\{Continuation, CurrentSignIn};
use Sallyport\WP\Issuer\{Issuers, Minter, Sallyport, Tmeister};
use Sallyport\WP\Login\{OtherForms, PluginSignIn, SecondStep, SecondStepForm, StepUpPage, UnlockPage};
use Sallyport\WP\Probe\Visitor;
use Sallyport\WP\Rest\{Access, AccountRoutes, ActivityRoutes, BetterAuthUser, ChallengeCookie, Cookies, Cors, DeviceCookie, DeviceRoutes, FamilyRoutes, Greeting, Headers, KeyRoutes, KeySet, OpenApi, Origins, PasswordLogin, RefreshCookie, Routes, SendingRoutes, SignInRoutes, SsoRoutes, TokenRoutes, TwoFactorRoutes, TwofaRoutes, UserRoutes, VerifyRoutes, Wp2faRoutes};
use Sallyport\WP\Rest\Contract\{Accounts, Administration, Policy, Probe as ProbeContract, Sending as SendingContract, SignIn, Sso, Tokens, Twofa, TwoFactor, Users, Verification, Wp2faLogin};
use Sallyport\WP\Security\{AdminPage, FrontEnd, History, OwnSecurity, SignIns, UserSecurity};
use Sallyport\WP\Store\{FamilyRows, NetworkOption, Settings, SharedOption};
use Sallyport\WP\Token\{AccessTokens, Families, FixedKey, KeyRotation, RefreshTokens, SigningKeys};

/**
 * The composition root: which objects exist, and what each is given. Everything is created on first use, so that a request
 * that has nothing to do with Sallyport loads next to nothing.
 */
final class Plugin {
	use Beside;
	use Bridging;
	use Configuring;
	use Deciding;
	use Keeping;
	use Stores;

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

	// The second step.
	private function challenges(): Challenges {
		return $this->made[ __FUNCTION__ ] ??= new Challenges( $this->challenge_rows(), $this->passwords(), $this->state(), $this->activity() );
	}
	private function verifier(): Verifier {
		return $this->made[ __FUNCTION__ ] ??= new Verifier( $this->factors(), $this->challenges(), $this->attempts(), $this->state(), $this->activity() );
	}
	private function sending(): Sending {
		return $this->made[ __FUNCTION__ ] ??= new Sending( $this->factors(), $this->attempts(), $this->email_code() );
	}
	private function attempts(): Attempts {
		return $this->made[ __FUNCTION__ ] ??= new Attempts( $this->throttle_rows(), $this->mailed_unlock( ... ), $this->activity() );
	}
	private function mailed_unlock(): MailedUnlock {
		return $this->made[ __FUNCTION__ ] ??= new MailedUnlock( $this->links(), $this->attempts(), $this->backup_code_rows(), $this->throttle_rows(), $this->former_emails(), $this->state(), $this->mailer(), $this->activity() );
	}
	private function links(): Links {
		return $this->made[ __FUNCTION__ ] ??= new Links( $this->link_rows(), $this->state() );
	}
	private function authenticators(): Authenticators {
		return $this->made[ __FUNCTION__ ] ??= new Authenticators( $this->enrolment(), $this->backup_code_rows(), $this->totp(), $this->engine() );
	}
	private function enrolment(): Enrolment {
		return $this->made[ __FUNCTION__ ] ??= new Enrolment( $this->factor_rows(), $this->backup_code_rows(), $this->challenge_rows(), $this->app_passwords(), $this->factors(), $this->engine(), $this->state(), $this->passwords(), $this->attempts(), $this->verifier(), new CurrentSignIn( $this->presented(), $this->own_issuer() ), $this->enrolling(), $this->activity() );
	}
	private function own_factors(): OwnFactors {
		return $this->made[ __FUNCTION__ ] ??= new OwnFactors( $this->gate(), $this->enrolment(), $this->authenticators(), $this->factors(), $this->continuation(), $this->email_code(), $this->password_throttle(), $this->passwords(), $this->state(), $this->policies(), $this->verifier(), $this->presented() );
	}
	private function continuation(): Continuation {
		return $this->made[ __FUNCTION__ ] ??= new Continuation( $this->acceptance(), $this->presented(), $this->own_issuer(), $this->access_tokens() );
	}
	private function rescue(): Rescue {
		return $this->made[ __FUNCTION__ ] ??= new Rescue( $this->enrolment(), $this->attempts(), $this->links(), $this->families(), $this->devices(), $this->app_passwords(), $this->state(), $this->activity() );
	}

	private function import(): Import {
		return $this->made[ __FUNCTION__ ] ??= new Import( $this->factor_rows(), $this->backup_code_rows(), $this->totp(), $this->state(), $this->throttle_rows(), $this->activity() );
	}

	// Factors: one line each.
	public function factors(): Factors {
		return $this->made[ __FUNCTION__ ] ??= new Factors( array( $this->totp(), new BackupCode( $this->backup_code_rows(), $this->engine() ), $this->two_factor_plugin(), $this->wp_2fa(), new ImportedCode( $this->backup_code_rows(), $this->passwords(), $this->other_plugins( ... ) ), $this->email_code() ), fn ( int $user_id, array $enrolled ): array => $this->policies()->required( $user_id, $enrolled ) );
	}
	private function other_plugins(): OtherPlugins {
		return $this->made[ __FUNCTION__ ] ??= new OtherPlugins( array( $this->two_factor_plugin(), $this->wp_2fa() ) );
	}
	private function two_factor_plugin(): TwoFactorPlugin {
		return $this->made[ __FUNCTION__ ] ??= new TwoFactorPlugin( $this->foreign_meta(), $this->engine(), $this->settings(), $this->spent_rows(), $this->passwords() );
	}
	private function wp_2fa(): Wp2fa {
		return $this->made[ __FUNCTION__ ] ??= new Wp2fa( $this->foreign_meta(), $this->engine(), $this->settings(), $this->spent_rows(), $this->passwords() );
	}
	private function email_code(): EmailCode {
		return $this->made[ __FUNCTION__ ] ??= new EmailCode( $this->factor_rows(), $this->email_code_rows(), $this->challenge_rows(), $this->proven_emails(), $this->engine(), $this->limits(), new EmailCodeMail( $this->mailer(), $this->client() ), $this->activity() );
	}
	private function totp(): Totp {
		return $this->made[ __FUNCTION__ ] ??= new Totp( $this->factor_rows(), $this->engine(), $this->settings(), $this->other_plugins( ... ) );
	}

	// Issuers: one line each.
	public function issuers(): Issuers {
		return $this->made[ __FUNCTION__ ] ??= new Issuers( $this->own_issuer( ... ), $this->own_bearer( ... ), array( 'Jwt_Auth_Public' => static fn () => new Tmeister(), \SimpleJWTLogin\Modules\SimpleJWTLoginSettings::class => $this->simple_jwt_issuer( ... ), \JWTAuth\Auth::class => $this->useful_team_issuer( ... ), \CoCart::class => $this->cocart_issuer( ... ), \WPGraphQL\JWT_Authentication\JWT_Authentication::class => $this->wp_graphql_jwt( ... ), \WPGraphQL\Login\Auth\ServerAuthentication::class => $this->headless_login( ... ) ) );
	}
	public function own_issuer(): Sallyport {
		return $this->made[ __FUNCTION__ ] ??= new Sallyport( $this->access_tokens( ... ), $this->namespaces( ... ) );
	}
	/** This request's bearer token, as our own issuer reads it. */
	private function own_bearer(): ?string {
		return $this->has( 'own_issuer' ) || Hooks::has_authorization() ? $this->own_issuer()->presented() : null;
	}
	private function minter(): Minter {
		return $this->made[ __FUNCTION__ ] ??= new Minter( $this->issuers(), $this->engine(), $this->claims(), $this->activity() );
	}
	public function access_tokens(): AccessTokens {
		return $this->made[ __FUNCTION__ ] ??= new AccessTokens( $this->signing_keys(), $this->engine(), $this->claims(), $this->families(), $this->refresh_tokens( ... ), $this->state(), $this->settings(), $this->namespaces() );
	}
	private function families(): Families {
		return $this->made[ __FUNCTION__ ] ??= new Families( new FamilyRows( $this->database(), $this->meta() ), $this->settings(), $this->activity( ... ), $this->client( ... ), $this->passwords( ... ) );
	}
	private function refresh_tokens(): RefreshTokens {
		return $this->made[ __FUNCTION__ ] ??= new RefreshTokens( $this->refresh_rows(), $this->families(), $this->engine(), $this->settings() );
	}
	public function devices(): Devices {
		return $this->made[ __FUNCTION__ ] ??= new Devices( $this->device_rows(), $this->device_secret_rows(), $this->activity() );
	}
	public function trusted_devices(): TrustedDevices {
		return $this->made[ __FUNCTION__ ] ??= new TrustedDevices( $this->device_rows(), $this->device_secret_rows(), $this->devices(), $this->engine(), $this->state(), $this->settings(), $this->activity() );
	}
	public function signing_keys(): SigningKeys {
		return $this->made[ __FUNCTION__ ] ??= new SigningKeys( $this->fixed_key(), $this->signing_key_rows(), $this->key_rotation(), $this->engine() );
	}
	public function key_rotation(): KeyRotation {
		return $this->made[ __FUNCTION__ ] ??= new KeyRotation( $this->fixed_key(), $this->signing_key_rows(), $this->engine(), $this->settings(), $this->activity( ... ) );
	}
	public function fixed_key(): FixedKey {
		return $this->made[ __FUNCTION__ ] ??= new FixedKey( $this->engine(), $this->settings(), $this->headlesskey() );
	}

	// What clients and people see.
	public function routes(): Routes {
		return $this->made[ __FUNCTION__ ] ??= new Routes(
			$this->namespaces(),
			$this->client(),
			new Access( $this->settings() ),
			$this->refresh_cookie(),
			$this->challenge_cookie( ... ),
			$this->enrolment_access(),
			array(
				fn () => SignIn::routes( $this->sign_in_routes( ... ) ),
				fn () => Tokens::logins( $this->token_routes( ... ) ),
				fn () => Tokens::families( $this->family_routes( ... ), $this->key_set( ... ) ),
				fn () => Accounts::routes( $this->account_routes( ... ) ),
				fn () => Sso::routes( $this->sso_routes( ... ) ),
				fn () => TwoFactor::routes( $this->two_factor_routes( ... ), $this->device_routes( ... ) ),
				fn () => Verification::routes( $this->verify_routes( ... ) ),
				fn () => SendingContract::routes( $this->sending_routes( ... ) ),
				fn () => Users::routes( $this->user_routes( ... ) ),
				fn () => Twofa::routes( $this->twofa_routes( ... ) ),
				fn () => Wp2faLogin::routes( $this->wp2fa_routes( ... ) ),
				fn () => Administration::keys( $this->key_routes( ... ) ),
				fn () => Administration::activity( $this->activity_routes( ... ) ),
				fn () => Policy::routes( $this->policy_routes( ... ) ),
				fn () => ProbeContract::routes( $this->probe_routes( ... ) ),
			)
		);
	}
	public function cors(): Cors {
		return $this->made[ __FUNCTION__ ] ??= new Cors( $this->namespaces(), $this->origins(), $this->settings(), $this->throttle_rows(), $this->activity() );
	}
	public function origins(): Origins {
		return $this->made[ __FUNCTION__ ] ??= new Origins( $this->settings(), $this->headlesskey() );
	}
	private function cookies(): Cookies {
		return $this->made[ __FUNCTION__ ] ??= new Cookies( $this->origins() );
	}
	private function refresh_cookie(): RefreshCookie {
		return $this->made[ __FUNCTION__ ] ??= new RefreshCookie( $this->settings(), $this->cookies(), $this->namespaces() );
	}
	private function challenge_cookie(): ChallengeCookie {
		return $this->made[ __FUNCTION__ ] ??= new ChallengeCookie( $this->cookies(), $this->engine(), $this->presented(), $this->challenges( ... ) );
	}
	private function device_cookie(): DeviceCookie {
		return $this->made[ __FUNCTION__ ] ??= new DeviceCookie( $this->cookies(), $this->greeting(), $this->namespaces() );
	}
	private function sign_in_routes(): SignInRoutes {
		return $this->made[ __FUNCTION__ ] ??= new SignInRoutes( $this->gate(), $this->presented(), $this->password_login(), $this->greeting(), $this->challenge_cookie(), $this->device_cookie(), $this->better_auth_user(), $this->own_issuer(), $this->access_tokens(), $this->families(), $this->client() );
	}
	private function token_routes(): TokenRoutes {
		return $this->made[ __FUNCTION__ ] ??= new TokenRoutes( $this->gate(), $this->acceptance(), $this->presented(), $this->password_login(), $this->greeting(), $this->own_issuer(), $this->access_tokens(), $this->client() );
	}
	private function password_login(): PasswordLogin {
		return $this->made[ __FUNCTION__ ] ??= new PasswordLogin( $this->gate(), $this->presented(), $this->password_throttle(), $this->passwords(), $this->access_tokens(), $this->families(), $this->activity() );
	}
	private function greeting(): Greeting {
		return $this->made[ __FUNCTION__ ] ??= new Greeting( $this->families(), $this->access_tokens(), $this->devices(), $this->trusted_devices(), $this->policies(), $this->factors(), $this->state() );
	}
	private function family_routes(): FamilyRoutes {
		return $this->made[ __FUNCTION__ ] ??= new FamilyRoutes( $this->gate(), $this->acceptance(), $this->own_issuer(), $this->access_tokens(), $this->greeting(), $this->refresh_tokens(), $this->families(), $this->devices(), $this->refresh_cookie(), $this->device_cookie(), $this->namespaces(), $this->settings(), $this->engine(), $this->activity() );
	}
	private function account_routes(): AccountRoutes {
		return $this->made[ __FUNCTION__ ] ??= new AccountRoutes( $this->registration(), $this->password_reset(), $this->limits(), $this->after_answer(), $this->gate(), $this->presented(), $this->password_throttle(), $this->passwords(), $this->access_tokens(), $this->greeting(), $this->settings(), $this->activity() );
	}
	private function sso_routes(): SsoRoutes {
		return $this->made[ __FUNCTION__ ] ??= new SsoRoutes( $this->gate(), $this->acceptance(), $this->presented(), $this->password_throttle(), $this->issuance(), $this->exchange(), $this->own_issuer(), $this->access_tokens(), $this->greeting(), $this->activity(), $this->client() );
	}
	private function device_routes(): DeviceRoutes {
		return $this->made[ __FUNCTION__ ] ??= new DeviceRoutes( $this->devices(), $this->own_issuer(), $this->families() );
	}
	private function two_factor_routes(): TwoFactorRoutes {
		return $this->made[ __FUNCTION__ ] ??= new TwoFactorRoutes( $this->own_factors(), $this->enrolment(), $this->authenticators(), $this->factors(), $this->state(), $this->policies() );
	}
	private function verify_routes(): VerifyRoutes {
		return $this->made[ __FUNCTION__ ] ??= new VerifyRoutes( $this->gate(), $this->acceptance(), $this->presented(), $this->enrolment(), $this->verifier(), $this->challenges(), $this->email_code(), $this->own_issuer(), $this->access_tokens(), $this->better_auth_user(), $this->greeting(), $this->device_cookie() );
	}
	private function sending_routes(): SendingRoutes {
		return $this->made[ __FUNCTION__ ] ??= new SendingRoutes( $this->gate(), $this->challenges(), $this->sending(), $this->email_code(), $this->policies(), $this->presented() );
	}
	private function sign_ins(): SignIns {
		return $this->made[ __FUNCTION__ ] ??= new SignIns( $this->families(), $this->devices(), $this->presented() );
	}
	private function own_security(): OwnSecurity {
		return $this->made[ __FUNCTION__ ] ??= new OwnSecurity( $this->own_factors(), $this->enrolment(), $this->authenticators(), $this->factors(), $this->sending(), $this->sign_ins(), new History( $this->log() ), $this->policies(), $this->enrolling(), $this->state() );
	}
	private function administering(): Administering {
		return $this->made[ __FUNCTION__ ] ??= new Administering( $this->gate(), $this->acceptance() );
	}
	private function user_security(): UserSecurity {
		return $this->made[ __FUNCTION__ ] ??= new UserSecurity( $this->administering(), $this->rescue(), $this->policy_editor(), $this->policies(), $this->gate(), $this->sign_ins() );
	}
	public function security_page(): AdminPage {
		return $this->made[ __FUNCTION__ ] ??= new AdminPage( $this->own_security( ... ), $this->user_security( ... ), $this->state(), $this->policies() );
	}
	public function security_front_end(): FrontEnd {
		return $this->made[ __FUNCTION__ ] ??= new FrontEnd( $this->own_security( ... ) );
	}
	private function better_auth_user(): BetterAuthUser {
		return $this->made[ __FUNCTION__ ] ??= new BetterAuthUser( $this->state(), $this->proven_emails() );
	}
	private function user_routes(): UserRoutes {
		return $this->made[ __FUNCTION__ ] ??= new UserRoutes( $this->rescue(), $this->administering(), $this->gate(), $this->invitation() );
	}
	private function twofa_routes(): TwofaRoutes {
		return $this->made[ __FUNCTION__ ] ??= new TwofaRoutes( $this->gate(), $this->acceptance(), $this->presented(), $this->challenges(), $this->enrolment(), $this->authenticators(), $this->verifier(), new Tries( $this->throttle_rows(), $this->activity() ), $this->continuation(), $this->greeting(), $this->own_factors( ... ), $this->engine(), $this->client() );
	}
	private function wp2fa_routes(): Wp2faRoutes {
		return $this->made[ __FUNCTION__ ] ??= new Wp2faRoutes( $this->gate(), $this->acceptance(), $this->presented(), $this->challenges(), $this->verifier(), $this->factors(), $this->issuers(), $this->greeting(), $this->cookies(), $this->settings(), $this->activity(), $this->client() );
	}
	private function key_routes(): KeyRoutes {
		return $this->made[ __FUNCTION__ ] ??= new KeyRoutes( $this->signing_keys(), $this->key_rotation(), $this->fixed_key(), $this->gate(), $this->administering() );
	}
	private function activity_routes(): ActivityRoutes {
		return $this->made[ __FUNCTION__ ] ??= new ActivityRoutes( $this->log() );
	}
	public function key_set(): KeySet {
		return $this->made[ __FUNCTION__ ] ??= new KeySet( $this->signing_keys() );
	}
	public function headers(): Headers {
		return $this->made[ __FUNCTION__ ] ??= new Headers( $this->namespaces() );
	}
	public function unlock_page(): UnlockPage {
		return $this->made[ __FUNCTION__ ] ??= new UnlockPage( $this->mailed_unlock(), $this->gate() );
	}
	public function step_up_page(): StepUpPage {
		return $this->made[ __FUNCTION__ ] ??= new StepUpPage( $this->gate(), $this->acceptance(), $this->verifier(), $this->presented() );
	}
	public function second_step(): SecondStep {
		return $this->made[ __FUNCTION__ ] ??= new SecondStep( $this->gate(), $this->challenges(), $this->attempts(), $this->sending(), new SecondStepForm( $this->email_code(), $this->device_trust() ), $this->presented(), $this->trusted_devices() );
	}
	public function plugin_sign_in(): PluginSignIn {
		return $this->made[ __FUNCTION__ ] ??= new PluginSignIn( $this->presented(), $this->acceptance(), $this->gate(), $this->second_step( ... ), $this->enrol_page( ... ) );
	}
	public function other_forms(): OtherForms {
		return $this->made[ __FUNCTION__ ] ??= new OtherForms( $this->two_factor_plugin(), $this->wp_2fa(), $this->attempts(), $this->state(), $this->presented(), $this->activity() );
	}
	public function notices(): Notices {
		return $this->made[ __FUNCTION__ ] ??= new Notices( $this->engine(), $this->schema(), $this->health(), $this->setup(), $this->signing_keys(), $this->settings(), $this->headlesskey(), $this->policies() );
	}
	public function site_health(): SiteHealth {
		return $this->made[ __FUNCTION__ ] ??= new SiteHealth( $this->engine(), $this->schema(), $this->signing_keys(), $this->settings(), $this->headlesskey(), $this->policies(), $this->clock(), $this->log(), $this->probe_result(), $this->namespaces(), $this->coverage() );
	}
	public function debug_section(): DebugSection {
		return $this->made[ __FUNCTION__ ] ??= new DebugSection( $this->engine(), $this->signing_keys(), $this->settings(), $this->policies(), $this->namespaces(), $this->clock(), $this->factor_rows() );
	}
	public function commands(): Commands {
		return $this->made[ __FUNCTION__ ] ??= new Commands( new ImportCommand( $this->other_plugins(), $this->import(), $this->foreign_meta(), fn () => $this->gate()->require_ready() ), new KeyCommand( $this->signing_keys(), $this->key_rotation(), $this->reseal( ... ) ), new SettingCommand( $this->settings(), $this->setting_editor() ), new ActivityCommand( $this->log() ), new SiteCommand( $this->connected_sites() ), new OpenApiCommand( fn () => OpenApi::of( $this->namespaces()->own(), $this->routes()->registered(), home_url() ) ), new WebhookCommand( $this->endpoints(), $this->delivery_rows(), $this->webhook_queue(), $this->webhook_worker() ), new FactorCommand( $this->rescue(), new Missing( $this->policies(), $this->factors(), $this->state() ) ), new UnlockCommand( $this->rescue() ), new PolicyCommand( $this->policy_editor(), $this->policy_reach(), $this->policies(), $this->state() ), new ProbeCommand( $this->probe( ... ) ), new DoorsCommand( $this->doors( ... ) ), new StatusCommand( fn (): array => $this->site_health()->tests( array() )['direct'] ) );
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
		return $this->made[ __FUNCTION__ ] ??= new Activity( $this->activity_rows(), $this->client(), $this->settings(), static fn (): ?string => defined( 'WP_CLI' ) && ! wp_doing_cron() ? Commands::CALLER : null, Visitor::is( ... ) );
	}
	private function log(): Log {
		return $this->made[ __FUNCTION__ ] ??= new Log( $this->activity_rows() );
	}

	// The base of everything; set-up and upkeep are in Keeping.
	public function engine(): Engine {
		return $this->made[ __FUNCTION__ ] ??= new Engine( new PurposeKeys( $this->master_key() ) );
	}
	public function settings(): Settings {
		// A role that no longer exists may stay in a setting that already names it. Otherwise no other role could be saved either.
		$new    = fn ( string $name, array $words ): array => array_diff( $words, $this->settings()->is_constant( $name ) ? array() : (array) $this->settings()->get( $name ) );
		$checks = fn () => array(
			'rest_namespace'  => fn ( string $name ) => Namespaces::is_name( $name . '/v1' ),
			'rest_version'    => fn ( string $name ) => Namespaces::is_name( 'sallyport/' . $name ),
			'reset_url'       => fn ( string $page ) => '' === $page || AccountMail::is_trusted( $page ),
			'trusted_proxies' => fn ( array $words ) => Client::are_understood( $words ),
			'cors'            => fn ( array $words ) => Origins::are_understood( $words ),
			'route_roles'     => fn ( array $words ) => Access::is_understood( $words, $this->routes()->all() ) && Access::are_of_roles( $new( 'route_roles', $words ) ),
			'app_passwords_denied' => fn ( array $words ) => Access::are_roles( array_diff( $new( 'app_passwords_denied', $words ), array( '*' ) ) ),
		);
		return $this->made[ __FUNCTION__ ] ??= new Settings( fn () => new SharedOption( $this->database( ... ), Settings::OPTION ), fn () => new NetworkOption( $this->database( ... ), Settings::NETWORK_OPTION ), $checks );
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

	/** Whether this request has already created it. */
	public function has( string $name ): bool {
		return isset( $this->made[ $name ] );
	}
}
