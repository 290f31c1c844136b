<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Gate\PolicyReach;
use Sallyport\WP\Settings\{Overview, Page, PolicyForm, PolicyTab};

/** The part of the composition root with the pages for who runs the site. */
trait Configuring {
	/**
	 * @template T of object
	 * @param callable(): T $make
	 * @return T
	 */
	abstract private function once( string $name, callable $make ): object;

	// Settings → Sallyport: its tabs in their order, one line each.
	public function settings_page(): Page {
		$tabs = array(
			Overview::class => fn () => new Overview( fn (): array => $this->site_health()->tests( array() )['direct'] ),
			PolicyTab::class => fn () => $this->policy_tab(),
		);
		return $this->once( __FUNCTION__, fn () => new Page( $tabs, $this->administering( ... ) ) );
	}

	private function policy_tab(): PolicyTab {
		return $this->once( __FUNCTION__, fn () => new PolicyTab( new PolicyForm( $this->policy_editor(), $this->policies() ), $this->policy_editor(), new PolicyReach( $this->policies(), $this->factors(), $this->state() ), $this->policies(), $this->gate(), $this->administering() ) );
	}
}
