<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Admin\{DebugSection, Notices, SiteHealth, Surroundings};
use Sallyport\WP\Cli\{
	ActivityCommand, Commands, DoorsCommand, FactorCommand, ImportCommand, KeyCommand, OpenApiCommand, PolicyCommand,
	ProbeCommand, SettingCommand, SiteCommand, StatusCommand, UnlockCommand, WebhookCommand
};
use Sallyport\WP\Enrolment\{Coverage, Missing};
use Sallyport\WP\Gate\{PolicyReach, SettingEditor};
use Sallyport\WP\Login\{
	EnrolForm, EnrolPage, EnrolmentConfirmation, OtherForms, PluginSignIn, SecondStep, SecondStepForm, StepUpPage,
	UnlockPage
};
use Sallyport\WP\Rest\OpenApi;
use Sallyport\WP\Security\{AdminPage, FrontEnd, History, OwnSecurity, SignIns, UserSecurity, UsersList};
use Sallyport\WP\Settings\{
	ActivityLog, Integrations, KeysTab, Overview, Page, PluginRow, PolicyForm, PolicyTab, SettingsTab, SitesTab,
	WebhooksTab
};
use Sallyport\WP\Store\CoverageRows;

/** The part of the composition root with the pages of wp-admin and wp-login.php, and the command line. */
trait Configuring {
	// Settings → Sallyport: its tabs in order, one line each.
	public function settings_page(): Page {
		$tabs = array(
			Overview::class     => fn () => new Overview(
				fn ( ?array $counted ): array => $this->site_health()->tests( array(), $counted )['direct'],
				$this->coverage(),
				$this->policies(),
				$this->probe_result(),
				$this->probe( ... ),
				$this->gate( ... ),
				UsersList::url( ... ),
				$this->state()
			),
			PolicyTab::class    => fn () => $this->policy_tab(),
			SettingsTab::class  => fn () => $this->settings_tab(),
			KeysTab::class      => fn () => $this->keys_tab(),
			WebhooksTab::class  => fn () => $this->webhooks_tab(),
			SitesTab::class     => fn () => $this->sites_tab(),
			Integrations::class => fn () => new Integrations( $this->issuers(), $this->other_plugins(), $this->doors( ... ), $this->namespaces() ),
			ActivityLog::class  => fn () => new ActivityLog( $this->log(), $this->namespaces() ),
		);
		return $this->made[ __FUNCTION__ ] ??= new Page( $tabs, $this->administering( ... ), AdminPage::url( ... ) );
	}
	/** The same page in the network admin, with the tabs that a network has. */
	public function network_settings_page(): Page {
		return $this->made[ __FUNCTION__ ] ??= new Page(
			array( PolicyTab::class => fn () => $this->policy_tab(), SettingsTab::class => fn () => $this->settings_tab() ),
			$this->administering( ... ),
			AdminPage::url( ... )
		);
	}
	private function policy_tab(): PolicyTab {
		return $this->made[ __FUNCTION__ ] ??= new PolicyTab(
			new PolicyForm( $this->policy_editor(), $this->policies() ),
			$this->policy_editor(),
			$this->policy_reach(),
			$this->policies(),
			$this->gate(),
			$this->administering()
		);
	}
	private function policy_reach(): PolicyReach {
		return $this->made[ __FUNCTION__ ] ??= new PolicyReach( $this->policies(), $this->factors(), $this->state() );
	}
	private function settings_tab(): SettingsTab {
		return $this->made[ __FUNCTION__ ] ??= new SettingsTab(
			$this->settings(),
			$this->setting_editor(),
			$this->gate(),
			$this->administering()
		);
	}
	private function keys_tab(): KeysTab {
		return $this->made[ __FUNCTION__ ] ??= new KeysTab( $this->signing_keys(), $this->key_rotation(), $this->fixed_key(), $this->gate() );
	}
	private function webhooks_tab(): WebhooksTab {
		return $this->made[ __FUNCTION__ ] ??= new WebhooksTab(
			$this->endpoints(),
			$this->delivery_rows(),
			$this->webhook_queue(),
			$this->webhook_worker(),
			$this->administering()
		);
	}
	private function sites_tab(): SitesTab {
		return $this->made[ __FUNCTION__ ] ??= new SitesTab( $this->connected_sites(), $this->administering() );
	}
	private function setting_editor(): SettingEditor {
		return $this->made[ __FUNCTION__ ] ??= new SettingEditor( $this->settings(), $this->activity() );
	}
	public function coverage(): Coverage {
		return $this->made[ __FUNCTION__ ] ??= new Coverage(
			new CoverageRows( $this->database() ),
			$this->policies(),
			$this->factors(),
			$this->other_plugins()
		);
	}

	// Other screens of wp-admin.
	public function plugin_row(): PluginRow {
		return $this->made[ __FUNCTION__ ] ??= new PluginRow( $this->settings(), $this->state(), AdminPage::url( ... ) );
	}
	public function users_list(): UsersList {
		return $this->made[ __FUNCTION__ ] ??= new UsersList(
			$this->state(),
			$this->meta(),
			$this->policies(),
			$this->security_page()->deadline( ... ),
			$this->coverage( ... )
		);
	}
	public function notices(): Notices {
		return $this->made[ __FUNCTION__ ] ??= new Notices(
			$this->engine(),
			$this->schema(),
			$this->health(),
			$this->setup(),
			$this->signing_keys(),
			$this->settings(),
			$this->headlesskey(),
			$this->policies()
		);
	}
	public function site_health(): SiteHealth {
		return $this->made[ __FUNCTION__ ] ??= new SiteHealth(
			$this->engine(),
			$this->schema(),
			$this->signing_keys(),
			$this->settings(),
			$this->headlesskey(),
			$this->policies(),
			$this->clock(),
			$this->coverage(),
			$this->surroundings()
		);
	}
	public function surroundings(): Surroundings {
		return $this->made[ __FUNCTION__ ] ??= new Surroundings( $this->policies(), $this->log(), $this->probe_result(), $this->namespaces() );
	}
	public function debug_section(): DebugSection {
		return $this->made[ __FUNCTION__ ] ??= new DebugSection(
			$this->engine(),
			$this->signing_keys(),
			$this->settings(),
			$this->policies(),
			$this->namespaces(),
			$this->clock(),
			$this->factor_rows()
		);
	}

	// Sign-in security, in wp-admin and on the site's own pages.
	public function security_page(): AdminPage {
		return $this->made[ __FUNCTION__ ] ??= new AdminPage(
			$this->own_security( ... ),
			$this->user_security( ... ),
			$this->state(),
			$this->policies()
		);
	}
	public function security_front_end(): FrontEnd {
		return $this->made[ __FUNCTION__ ] ??= new FrontEnd( $this->own_security( ... ) );
	}
	private function own_security(): OwnSecurity {
		return $this->made[ __FUNCTION__ ] ??= new OwnSecurity(
			$this->own_factors(),
			$this->enrolment(),
			$this->authenticators(),
			$this->factors(),
			$this->sending(),
			$this->sign_ins(),
			new History( $this->log() ),
			$this->policies(),
			$this->enrolling(),
			$this->state()
		);
	}
	private function user_security(): UserSecurity {
		return $this->made[ __FUNCTION__ ] ??= new UserSecurity(
			$this->administering(),
			$this->rescue(),
			$this->policy_editor(),
			$this->policies(),
			$this->gate(),
			$this->sign_ins()
		);
	}
	private function sign_ins(): SignIns {
		return $this->made[ __FUNCTION__ ] ??= new SignIns( $this->families(), $this->devices(), $this->presented() );
	}

	// Pages of wp-login.php.
	public function second_step(): SecondStep {
		return $this->made[ __FUNCTION__ ] ??= new SecondStep(
			$this->gate(),
			$this->challenges(),
			$this->attempts(),
			$this->sending(),
			new SecondStepForm( $this->email_code(), $this->device_trust() ),
			$this->presented(),
			$this->trusted_devices()
		);
	}
	public function plugin_sign_in(): PluginSignIn {
		return $this->made[ __FUNCTION__ ] ??= new PluginSignIn(
			$this->presented(),
			$this->acceptance(),
			$this->gate(),
			$this->second_step( ... ),
			$this->enrol_page( ... )
		);
	}
	public function other_forms(): OtherForms {
		return $this->made[ __FUNCTION__ ] ??= new OtherForms(
			$this->two_factor_plugin(),
			$this->wp_2fa(),
			$this->attempts(),
			$this->state(),
			$this->presented(),
			$this->activity()
		);
	}
	public function step_up_page(): StepUpPage {
		return $this->made[ __FUNCTION__ ] ??= new StepUpPage( $this->gate(), $this->acceptance(), $this->verifier(), $this->presented() );
	}
	public function unlock_page(): UnlockPage {
		return $this->made[ __FUNCTION__ ] ??= new UnlockPage( $this->mailed_unlock(), $this->gate() );
	}
	public function enrol_page(): EnrolPage {
		return $this->made[ __FUNCTION__ ] ??= new EnrolPage(
			$this->invitation(),
			$this->enrolling(),
			$this->presented(),
			$this->own_factors(),
			$this->enrolment(),
			$this->authenticators(),
			new EnrolForm()
		);
	}
	public function enrolment_confirmation(): EnrolmentConfirmation {
		return $this->made[ __FUNCTION__ ] ??= new EnrolmentConfirmation( $this->enrolling() );
	}

	// The command line.
	/** `wp sallyport …`: every command. */
	public function commands(): Commands {
		return $this->made[ __FUNCTION__ ] ??= new Commands(
			array(
				'import'   => new ImportCommand(
					$this->other_plugins(),
					$this->import(),
					$this->foreign_meta(),
					fn () => $this->gate()->require_ready()
				),
				'key'      => new KeyCommand( $this->signing_keys(), $this->key_rotation(), $this->reseal( ... ) ),
				'setting'  => new SettingCommand( $this->settings(), $this->setting_editor() ),
				'activity' => new ActivityCommand( $this->log() ),
				'site'     => new SiteCommand( $this->connected_sites() ),
				'openapi'  => new OpenApiCommand( fn () => OpenApi::of( $this->namespaces()->own(), $this->routes()->registered(), home_url() ) ),
				'webhook'  => new WebhookCommand( $this->endpoints(), $this->delivery_rows(), $this->webhook_queue(), $this->webhook_worker() ),
				'factor'   => new FactorCommand( $this->rescue(), new Missing( $this->policies(), $this->factors(), $this->state() ) ),
				'unlock'   => new UnlockCommand( $this->rescue() ),
				'policy'   => new PolicyCommand( $this->policy_editor(), $this->policy_reach(), $this->policies(), $this->state() ),
				'probe'    => new ProbeCommand( $this->probe( ... ) ),
				'doors'    => new DoorsCommand( $this->doors( ... ) ),
				'status'   => new StatusCommand( fn (): array => $this->site_health()->tests( array() )['direct'] ),
			)
		);
	}
}
