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
			/* translators: %s: what has to be done. */
			self::notice( sprintf( __( 'Sallyport issues and accepts no tokens of its own. %s', 'sallyport' ), (string) $refusal->problem?->message() ) );
		}
	}

	public static function disabled(): string {
		return __( 'SALLYPORT_DISABLE is set in wp-config.php: nobody is asked for a second factor. Remove it as soon as you are back in.', 'sallyport' );
	}

	public static function monitoring(): string {
		return __( 'Monitor-only is on: whoever has the password gets in, second factor or not, and the activity log says who would have been refused. Turn it off in the policy, or remove SALLYPORT_MONITOR from wp-config.php.', 'sallyport' );
	}

	public static function policy_is_broken(): string {
		return __( 'The policy cannot be read in whole or in part, and is taken as the strictest it could have meant: a second factor is required. Set it anew: `wp sallyport policy get`, then `set`.', 'sallyport' );
	}

	public static function cocart_is_outdated(): string {
		return __( 'CoCart JWT Authentication is older than 2.0: its tokens hold passwords in plain text. Users with a second factor cannot sign in through it. Update it.', 'sallyport' );
	}

	public static function unfit( string $constant ): string {
		/* translators: %s: name of a constant. */
		return sprintf( __( 'The value of the constant %s cannot be used, in whole or in part. Correct it in wp-config.php.', 'sallyport' ), $constant );
	}

	private static function notice( string $text ): void {
		printf( '<div class="notice notice-error"><p><strong>Sallyport</strong>: %s</p></div>', esc_html( $text ) );
	}
}
