<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/** Whether changing a setting weakens the site. If that cannot be told, it counts as weaker. Pure. */
final class SettingLoosening {
	/** Flags that weaken the site when true; all others weaken it when false. */
	private const WEAK_ON = array(
		'refresh_by_token', 'trusted_devices', 'sso_trust_email', 'headlesskey', 'wp2fa_get', 'webhook_allow_private',
	);

	/** Settings of which no value is weaker than another. */
	private const NEUTRAL = array( 'algorithm', 'refresh_cookie', 'rest_namespace', 'rest_version' );

	/** Settings with ordered values, the weakest first. */
	private const ORDERS = array(
		'activity_address' => array( 'none', 'truncated', 'full' ),
		'require_https'    => array( 'false', 'auto', 'true' ),
		'uninstall'        => array( 'everything', 'keep' ),
	);

	/**
	 * @param int|bool|string|list<string> $before
	 * @param int|bool|string|list<string> $after
	 */
	public static function is_in( string $name, int|bool|string|array $before, int|bool|string|array $after ): bool {
		if ( $before === $after || in_array( $name, self::NEUTRAL, true ) ) {
			return false;
		}
		return match ( $name ) {
			'token_ttl', 'refresh_ttl', 'family_ttl', 'totp_skew' => $after > $before,
			'device_limit'             => self::bounded( $after, 100 ) > self::bounded( $before, 100 ),
			// Events are forgotten sooner, or less is reported.
			'activity_days'            => self::bounded( $after, PHP_INT_MAX ) < self::bounded( $before, PHP_INT_MAX ),
			'activity_address', 'require_https', 'uninstall' => array_search( $after, self::ORDERS[ $name ], true )
				< array_search( $before, self::ORDERS[ $name ], true ),
			'cors', 'trusted_proxies'  => array() !== array_diff( (array) $after, (array) $before ),
			// A route restriction only closes.
			'route_roles'              => array() !== array_diff( (array) $before, (array) $after ),
			'app_passwords_denied'     => array() !== array_diff( (array) $before, (array) $after ) && ! in_array( '*', (array) $after, true ),
			// That page is given the codes for new passwords.
			'reset_url'                => '' !== $after,
			default                    => ! is_bool( $after ) || in_array( $name, self::WEAK_ON, true ) === $after,
		};
	}

	/** 0 means no bound, that is the highest value. */
	private static function bounded( mixed $value, int $highest ): int {
		return 0 === $value ? $highest : (int) $value;
	}
}
