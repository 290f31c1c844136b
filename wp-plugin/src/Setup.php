<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Store\EndpointRows;
use Sallyport\WP\Store\MasterKey;
use Sallyport\WP\Store\OwnOption;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\PolicyOption;
use Sallyport\WP\Store\Schema;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Token\KeyRotation;

/**
 * Sets up a blog: tables, master key, settings, signing key, daily event. Every step is idempotent, and is repeated until
 * it succeeds.
 */
final class Setup {
	private const READY = 'sallyport_ready';

	public function __construct(
		private readonly Schema $schema,
		private readonly MasterKey $master_key,
		private readonly Engine $engine,
		private readonly KeyRotation $keys,
		private readonly Passwords $passwords,
		private readonly Settings $settings,
		private readonly EndpointRows $endpoints,
		private readonly PolicyOption $policy,
		private readonly Housekeeping $housekeeping,
	) {}

	/** Whether this blog still has to be set up for this version. Reads one autoloaded option, in every request. */
	public static function is_needed(): bool {
		return self::version() !== get_option( self::READY, '' );
	}

	/** Action plugins_loaded: deploys skip activation, so a version mismatch starts the set-up. */
	public function try(): void {
		try {
			$this->run();
		} catch ( Refusal ) {
			return; // Admin\Notices shows the reason on every admin page until it is fixed.
		}
	}

	/** @throws Refusal With the obstacle as its problem. */
	public function run(): void {
		// Lasting obstacles are checked first: until they are fixed, every request tries again.
		$this->engine->require_extension();
		if ( ! $this->schema->is_current() && ! $this->schema->migrate() ) {
			return; // Another process migrates; the old tables are good enough until then.
		}
		$this->master_key->generate_if_new();
		$this->engine->require();
		$this->settings->prepare();
		$this->keys->begin( time() );
		$this->passwords->prepare_dummy();
		$this->endpoints->prepare();
		$this->policy->prepare();
		$this->housekeeping->schedule();
		OwnOption::write( self::READY, self::version() );
	}

	/** The plugin's version and the schema's: tables change between releases, too. */
	private static function version(): string {
		return VERSION . ', schema ' . SCHEMA;
	}
}
