<?php
declare( strict_types=1 );

namespace Sallyport\WP\Admin;

use Sallyport\WP\Engine;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Headlesskey;
use Sallyport\WP\Issuer\CoCart;
use Sallyport\WP\Refusal;
use Sallyport\WP\Setup;
use Sallyport\WP\Store\Health;
use Sallyport\WP\Store\Schema;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Token\SigningKeys;

/** Shows a problem to those who can fix it; shows nothing otherwise. */
final class Notices {
	public function __construct(
		private readonly Engine $engine,
		private readonly Schema $schema,
		private readonly Health $health,
		private readonly Setup $setup,
		private readonly SigningKeys $keys,
		private readonly Settings $settings,
		private readonly Headlesskey $headlesskey,
		private readonly Policies $policies,
	) {}

	/** Whether the current user can fix anything. */
	public static function may_be_seen(): bool {
		return current_user_can( is_multisite() ? 'manage_network_options' : 'manage_options' );
	}

	/** Action admin_notices, for users who may see them. */
	public function show(): void {
		if ( Policies::is_disabled() ) {
			self::notice( self::disabled() );
		}
		if ( $this->policies->monitors() ) {
			self::notice( self::monitoring() );
		}
		if ( Everywhere::is_here_alone() ) {
			self::notice( Everywhere::here_alone() );
		}
		if ( $this->policies->is_broken() ) {
			self::notice( self::policy_is_broken() );
		}
		if ( CoCart::is_outdated() ) {
			self::notice( self::cocart_is_outdated() );
		}
		foreach ( array( ...$this->settings->unfit(), ...$this->headlesskey->unfit() ) as $constant ) {
			self::notice( self::unfit( $constant ) );
		}
		try {
			$this->engine->require();
			$this->health->require_store();
			if ( Setup::is_needed() ) {
				$this->setup->run();
			}
			// Reading every table is limited to the pages where administrators look for news.
			if ( in_array( get_current_screen()?->base, array( 'dashboard', 'dashboard-network', 'plugins', 'plugins-network' ), true ) ) {
				$this->schema->require_tables();
			}
		} catch ( Refusal $refusal ) {
			$text = Policies::is_disabled()
				/* translators: %s: what has to be done. */
				? __( 'Once SALLYPORT_DISABLE is removed, users with a second factor cannot sign in. %s', 'sallyport' )
				/* translators: %s: what has to be done. */
				: __( 'Users with a second factor cannot sign in. %s', 'sallyport' );
			self::notice( sprintf( $text, (string) $refusal->problem?->message() ) );
			return;
		}
		try {
			$this->keys->keyring();
		} catch ( Refusal $refusal ) {
			self::notice(
				/* translators: %s: what has to be done. */
				sprintf( __( 'Sallyport issues and accepts no tokens of its own. %s', 'sallyport' ), (string) $refusal->problem?->message() )
			);
		}
	}

	public static function disabled(): string {
		return __( 'SALLYPORT_DISABLE is set in wp-config.php: nobody is asked for a second factor. Remove it as soon as you are back in.', 'sallyport' );
	}

	public static function monitoring(): string {
		return __( 'Monitor-only is on: anyone with the password gets in, with or without a second factor, and the activity log records who would have been refused. Turn it off in the policy, or remove SALLYPORT_MONITOR from wp-config.php.', 'sallyport' );
	}

	public static function policy_is_broken(): string {
		return __( 'Some or all of the policy cannot be read, so the strictest reading applies: a second factor is required. Save it again under Settings → Sallyport → Policy, or set its rules again with `wp sallyport policy set`.', 'sallyport' );
	}

	public static function cocart_is_outdated(): string {
		return __( 'CoCart JWT Authentication is older than version 2.0: its tokens contain passwords in plain text. Users with a second factor cannot sign in through it until you update it.', 'sallyport' );
	}

	public static function unfit( string $constant ): string {
		/* translators: %s: name of a constant. */
		return sprintf( __( 'Some or all of the value of the constant %s cannot be used. Correct it in wp-config.php.', 'sallyport' ), $constant );
	}

	private static function notice( string $text ): void {
		printf( '<div class="notice notice-error"><p><strong>Sallyport</strong>: %s</p></div>', esc_html( $text ) );
	}
}
