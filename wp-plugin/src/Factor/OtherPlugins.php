<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use WP_User;

/** The other plugins on the site whose second factors count as they are. */
final class OtherPlugins {
	/** Meta keys without which nobody is enrolled in the one or the other. */
	public const TWO_FACTOR = '_two_factor_enabled_providers';
	public const WP_2FA     = 'wp_2fa_enabled_methods';

	private const OF = array(
		self::TWO_FACTOR => TwoFactorPlugin::class,
		self::WP_2FA     => Wp2fa::class,
	);

	/** @param list<OtherPlugin> $all */
	public function __construct( private readonly array $all ) {}

	/** Whether one of them demands a second step of this user. Costs no query: it reads user meta that core has loaded. */
	public static function count( int $user_id ): bool {
		foreach ( self::OF as $key => $plugin ) {
			if ( self::counts( $key, $plugin, $user_id ) ) {
				return true;
			}
		}
		return false;
	}

	/** Whether Two Factor demands one. */
	public static function two_factor_counts( int $user_id ): bool {
		return self::counts( self::TWO_FACTOR, TwoFactorPlugin::class, $user_id );
	}

	/** @param class-string<OtherPlugin> $plugin Loaded only for users who have that meta. */
	private static function counts( string $key, string $plugin, int $user_id ): bool {
		return '' !== get_user_meta( $user_id, $key, true ) && $plugin::counts( $user_id );
	}

	/** Whether a change of this user meta changes a factor that one of them keeps. */
	public static function are_changed_by( string $meta_key, int $user_id ): bool {
		foreach ( str_contains( $meta_key, '_2fa_' ) || str_contains( $meta_key, 'two_factor_' ) ? self::OF : array() as $plugin ) {
			if ( $plugin::is_running() && $plugin::is_changed_by( $meta_key, $user_id ) ) {
				return true;
			}
		}
		return false;
	}

	/** Whether the form of one of them will ask this user on wp-login.php, so that ours does not. */
	public function ask( WP_User $user ): bool {
		foreach ( $this->all as $plugin ) {
			if ( $plugin::is_running() && $plugin->asks( $user ) ) {
				return true;
			}
		}
		return false;
	}

	/** The plugin that imported rows name as their source. */
	public function get( string $source ): ?OtherPlugin {
		foreach ( $this->all as $plugin ) {
			if ( $plugin->source() === $source ) {
				return $plugin;
			}
		}
		return null;
	}

	/** @return array<string, string> The factors of the running plugins => the user meta that enables each. */
	public function enabling_keys(): array {
		$keys = array();
		foreach ( $this->running() as $plugin ) {
			$keys[ $plugin->name() ] = $plugin->keys()[0];
		}
		return $keys;
	}

	/** @return list<OtherPlugin> */
	public function running(): array {
		return array_values( array_filter( $this->all, static fn ( OtherPlugin $plugin ): bool => $plugin::is_running() ) );
	}
}
