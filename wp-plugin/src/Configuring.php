<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Settings\{Overview, Page};

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
		);
		return $this->once( __FUNCTION__, fn () => new Page( $tabs, $this->administering( ... ) ) );
	}
}
