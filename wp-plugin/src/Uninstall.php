<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Sallyport\WP\Gate\SessionProof;
use Sallyport\WP\Probe\Visitors;
use Sallyport\WP\Store\MasterKey;
use Sallyport\WP\Store\Meta;
use Sallyport\WP\Store\Removal;
use Sallyport\WP\Store\Schema;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Webhook\Wake;

/**
 * What goes when the plugin is deleted, as the main site's setting `uninstall` says: by default everything but what
 * guards accounts, so that one that comes back finds them guarded (docs/adr/0030).
 *
 * Nothing here asks for the extension: it may be gone first.
 */
final class Uninstall {
	public const EVERYTHING = 'everything';

	/** Visitors of probes that are taken away. */
	private const VISITORS = 100;

	public function __construct(
		private readonly Settings $settings,
		private readonly Removal $removal,
		private readonly Visitors $visitors,
		private readonly MasterKey $master_key,
	) {}

	/** What fails is left: a plugin that is broken, or was deleted half, can be deleted. */
	public function run(): void {
		$everything = self::EVERYTHING === Blog::on( get_main_site_id(), fn () => $this->settings->get( 'uninstall' ) );
		self::try( fn () => $this->visitors->remove_left( time() + DAY_IN_SECONDS, self::VISITORS ) ); // One at a probe is nobody either.
		self::try( fn () => $this->removal->meta( array( Meta::FAMILY, Meta::FAMILY_PROOF ) ) );
		$everything ? $this->remove_all() : $this->end_sign_ins();
		foreach ( Blog::each( Blog::all() ) as $blog_id ) {
			self::try( fn () => Blog::on( $blog_id, fn () => $this->leave( $everything ) ) );
		}
		if ( $everything ) {
			self::try( fn () => $this->removal->network_options() );
		}
	}

	private function end_sign_ins(): void {
		foreach ( Removal::of_sign_ins() as $table ) {
			self::try( fn () => $this->removal->empty( $table ) );
		}
	}

	private function remove_all(): void {
		foreach ( Schema::TABLES as $table ) {
			self::try( fn () => $this->removal->drop( $table ) );
		}
		self::try( fn () => $this->removal->meta( Meta::ALL ) );
		self::try( fn () => $this->removal->sessions( static fn ( array $session ): array => SessionProof::attach( $session, null ) ) );
		$this->master_key->remove_files();
	}

	/** @param Closure(): mixed $what */
	private static function try( Closure $what ): void {
		try {
			$what();
		} catch ( Refusal ) {
			return; // Database logged it.
		}
	}

	/** What a site of the network has of its own. */
	private function leave( bool $everything ): void {
		wp_unschedule_hook( Housekeeping::EVENT );
		wp_unschedule_hook( Wake::EVENT );
		if ( $everything ) {
			$this->removal->options();
		}
	}
}
