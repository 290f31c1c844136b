<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Enrolment\Coverage;
use Sallyport\WP\Gate\{PolicyReach, SettingEditor};
use Sallyport\WP\Security\{AdminPage, UsersList};
use Sallyport\WP\Settings\{ActivityLog, Integrations, KeysTab, Overview, Page, PluginRow, PolicyForm, PolicyTab, SettingsTab, SitesTab, WebhooksTab};
use Sallyport\WP\Store\CoverageRows;

/** The part of the composition root with the pages for administrators and hosts. */
trait Configuring {
	// Settings → Sallyport: its tabs in order, one line each.
	public function settings_page(): Page {
		$tabs = array(
			Overview::class     => fn () => new Overview( fn ( ?array $counted ): array => $this->site_health()->tests( array(), $counted )['direct'], $this->coverage(), $this->policies(), $this->probe_result(), $this->probe( ... ), $this->gate( ... ), UsersList::url( ... ), $this->state() ),
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
		return $this->made[ __FUNCTION__ ] ??= new Page( array( PolicyTab::class => fn () => $this->policy_tab(), SettingsTab::class => fn () => $this->settings_tab() ), $this->administering( ... ), AdminPage::url( ... ) );
	}

	public function plugin_row(): PluginRow {
		return $this->made[ __FUNCTION__ ] ??= new PluginRow( $this->settings(), $this->state(), AdminPage::url( ... ) );
	}

	public function users_list(): UsersList {
		return $this->made[ __FUNCTION__ ] ??= new UsersList( $this->state(), $this->meta(), $this->policies(), $this->security_page()->deadline( ... ), $this->coverage( ... ) );
	}

	private function policy_tab(): PolicyTab {
		return $this->made[ __FUNCTION__ ] ??= new PolicyTab( new PolicyForm( $this->policy_editor(), $this->policies() ), $this->policy_editor(), $this->policy_reach(), $this->policies(), $this->gate(), $this->administering() );
	}
	private function policy_reach(): PolicyReach {
		return $this->made[ __FUNCTION__ ] ??= new PolicyReach( $this->policies(), $this->factors(), $this->state() );
	}
	private function settings_tab(): SettingsTab {
		return $this->made[ __FUNCTION__ ] ??= new SettingsTab( $this->settings(), $this->setting_editor(), $this->gate(), $this->administering() );
	}
	private function keys_tab(): KeysTab {
		return $this->made[ __FUNCTION__ ] ??= new KeysTab( $this->signing_keys(), $this->key_rotation(), $this->fixed_key(), $this->gate() );
	}
	private function webhooks_tab(): WebhooksTab {
		return $this->made[ __FUNCTION__ ] ??= new WebhooksTab( $this->endpoints(), $this->delivery_rows(), $this->webhook_queue(), $this->webhook_worker(), $this->administering() );
	}
	private function sites_tab(): SitesTab {
		return $this->made[ __FUNCTION__ ] ??= new SitesTab( $this->connected_sites(), $this->administering() );
	}
	private function setting_editor(): SettingEditor {
		return $this->made[ __FUNCTION__ ] ??= new SettingEditor( $this->settings(), $this->activity() );
	}
	public function coverage(): Coverage {
		return $this->made[ __FUNCTION__ ] ??= new Coverage( new CoverageRows( $this->database() ), $this->policies(), $this->factors(), $this->other_plugins() );
	}
}
