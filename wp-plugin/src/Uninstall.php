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
 * What is removed when the plugin is deleted, according to the main site's setting `uninstall`. By default everything but
 * what guards accounts, so that a later installation finds them still guarded (docs/adr/0030).
 *
 * Nothing here needs the extension, which may have been removed first.
 */
final class Uninstall {
	public const EVERYTHING = 'everything';

	/** Probe visitors removed at most. */
	private const VISITORS = 100;

	public function __construct(
		private readonly Settings $settings,
		private readonly Removal $removal,
		private readonly Visitors $visitors,
		private readonly MasterKey $master_key,
	) {}

	/** A step that fails is skipped, so that a broken or half-deleted plugin can still be deleted. */
	public function run(): void {
		$everything = self::EVERYTHING === Blog::on( get_main_site_id(), fn () => $this->settings->get( 'uninstall' ) );
		// A visitor of a probe that is still running goes as well.
		self::try( fn () => $this->visitors->remove_left( time() + DAY_IN_SECONDS, self::VISITORS ) );
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
			return; // Database has logged it.
		}
	}

	/** Removes what a site of the network has of its own. */
	private function leave( bool $everything ): void {
		wp_unschedule_hook( Housekeeping::EVENT );
		wp_unschedule_hook( Wake::EVENT );
		if ( $everything ) {
			$this->removal->options();
		}
	}
}
