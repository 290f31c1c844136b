<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Engine;

/**
 * The settings of this blog, in one autoloaded option, so that reading one costs no query.
 *
 * A constant SALLYPORT_<NAME> wins; then a value the network enforces on every site, of which each blog has a copy; then the
 * site's own. A value of another type than the default, or out of range, is ignored.
 */
final class Settings {
	public const OPTION = 'sallyport_settings';

	/** The network's own option, of which the blogs keep copies; also the key of the copy in their option. */
	public const NETWORK_OPTION = 'sallyport_settings_network';
	private const COPY          = 'network';

	/**
	 * Name => default, which also sets the type. Literals only: every request reads one, and another class's constant would
	 * load that class.
	 */
	private const DEFAULTS = array(
		'token_ttl'        => 900, // Seconds an access token lives.
		'algorithm'        => 'HS256', // Algorithm of the next signing key.
		'refresh_ttl'      => 30 * 86400, // Seconds a refresh token may go unused.
		'family_ttl'       => 90 * 86400, // Seconds from the login to the end of everything that stems from it.
		'refresh_by_token' => false, // Whether /token/refresh accepts an access token as well, as HeadlessKey does.
		'refresh_cookie'   => false, // Whether refresh tokens go into a cookie instead of the body, for browsers (Rest\RefreshCookie).
		'device_limit'     => 0, // Token families a user may have at once; 0: 100.
		'totp_skew'        => 1, // Time steps an authenticator's code may be off.
		'trusted_devices'  => true, // Whether users may trust a device, which then replaces the code after a right password.
		'activity_address' => 'full', // How much of a client's address the activity log keeps.
		'activity_days'    => 90, // Days the activity log is kept; 0: for ever.
		'sso_trust_email'  => false, // Whether /sso/issue vouches for every address here, for sites whose administrators create the accounts.
		'rest_namespace'   => 'sallyport', // First part of our routes' namespace.
		'rest_version'     => 'v1', // Second part of it.
		'register_confirm' => false, // Whether /register gives everybody the same answer, and the rest goes by mail.
		'reset_url'        => '', // The front end's page for a new password; empty: that of wp-login.php.
		'headlesskey'      => false, // Whether HeadlessKey's routes answer under its names, too.
		'trusted_proxies'  => array(), // Addresses and CIDR ranges of the proxies that are trusted to name the client.
		'proxy_header'     => 'x-forwarded-for', // The header in which they name the client's address.
		// Whether our routes refuse plain HTTP; auto: if the site's address is https and the environment is not local.
		'require_https'    => 'auto',
		'cors'             => array(), // Origins whose pages may read our answers besides the site's own; true: any; false: none (Rest\Origins).
		'app_passwords_denied' => array(), // Roles whose users have no application passwords; `*`: nobody has any (docs/doors.md).
		// Strict mode: whether another plugin's token is withheld if it names a user with a second factor and carries no proof (docs/doors.md).
		'strict'           => false,
		'wp2fa_get'        => false, // Whether WP 2FA's login answers GET as well, which puts codes into logs.
		'webhook_allow_private' => false, // Whether webhooks may use plain HTTP, and go to private addresses.
		'uninstall'        => 'keep', // What remains when the plugin is deleted; the main site's value counts (Uninstall).
		'route_roles'      => array(), // Who may call a route, `path=who` (Rest\Access).
	);

	/** Name => the only values it accepts; those of `algorithm` are in Engine. */
	private const CHOICES = array(
		'proxy_header'     => array( 'x-forwarded-for', 'forwarded', 'cf-connecting-ip', 'x-real-ip' ),
		'activity_address' => array( 'full', 'truncated', 'none' ),
		'require_https'    => array( 'auto', 'true', 'false' ),
		'uninstall'        => array( 'keep', 'everything' ),
	);

	/**
	 * Settings of the server. On a network, a site's own value is ignored: limits count by the client's address across all
	 * sites, and all share the network behind the server (docs/hosting.md).
	 */
	private const OF_SERVER = array( 'trusted_proxies', 'proxy_header', 'webhook_allow_private' );

	/** Name => the least and the greatest value it accepts. */
	private const RANGES = array(
		'token_ttl'     => array( 60, 365 * 86400 ),
		'refresh_ttl'   => array( 60, 3650 * 86400 ),
		'family_ttl'    => array( 60, 3650 * 86400 ),
		'device_limit'  => array( 0, 100 ),
		'totp_skew'     => array( 0, 1 ),
		'activity_days' => array( 0, 36500 ),
	);

	private ?SharedOption $made = null;

	/**
	 * @param Closure(): SharedOption  $option  Lazy: needed to read a setting.
	 * @param Closure(): NetworkOption $network Lazy: needed to change one.
	 * @param Closure(): array<string, Closure(int|bool|string|list<string>): bool> $checks Lazy, likewise. Name => whether a
	 *                                          value of the right type makes sense.
	 */
	public function __construct(
		private readonly Closure $option,
		private readonly Closure $network,
		private readonly Closure $checks,
	) {}

	/** @return int|bool|string|list<string> */
	public function get( string $name ): int|bool|string|array {
		return self::of( $this->stored(), $name );
	}

	/**
	 * @param array<string, mixed> $stored
	 * @return int|bool|string|list<string>
	 */
	private static function of( array $stored, string $name ): int|bool|string|array {
		return self::fixed( $name ) ?? self::held( $stored, $name ) ?? self::said( $stored, $name ) ?? self::DEFAULTS[ $name ];
	}

	/** Whether a constant, the network or an administrator set it, even to the default. */
	public function is_set( string $name ): bool {
		return $this->is_fixed( $name ) || null !== self::said( $this->stored(), $name );
	}

	/** Whether a constant or the network decides, so that the site's own value is ignored. */
	public function is_fixed( string $name ): bool {
		return $this->is_constant( $name ) || self::is_networks( $name ) || null !== self::held( $this->stored(), $name );
	}

	public function is_constant( string $name ): bool {
		return null !== self::fixed( $name );
	}

	/** Whether this site has no say. The main site has one: whoever runs it usually speaks for the server. */
	private static function is_networks( string $name ): bool {
		return in_array( $name, self::OF_SERVER, true ) && is_multisite() && ! is_main_site();
	}

	/**
	 * The site's own value.
	 *
	 * @param array<string, mixed> $stored
	 * @return int|bool|string|list<string>|null
	 */
	private static function said( array $stored, string $name ): int|bool|string|array|null {
		return self::is_networks( $name ) ? null : self::typed( $name, $stored[ $name ] ?? null );
	}

	/** @return array<string, int|bool|string|list<string>> The values the network enforces on every site. */
	public function network(): array {
		return self::all_held( ( $this->network )()->read() );
	}

	/**
	 * Enforces these values on every site of the network, or none of them.
	 *
	 * @param array<string, int|bool|string|list<string>|null>                $values Name => as parsed() returns it; null lets each site decide again.
	 * @param Closure(array<string, int|bool|string|list<string>>): void $looks  Given the values enforced when this is written; may be called several times.
	 * @return bool False if other processes keep winning the race.
	 */
	public function hold( array $values, Closure $looks ): bool {
		$change = static function ( mixed $stored ) use ( $values, $looks ): array {
			$before = self::all_held( $stored );
			$looks( $before );
			return array_filter( $values + $before, static fn ( mixed $kept ): bool => null !== $kept );
		};
		$held   = ( $this->network )()->change( $change );
		$this->spread();
		return $held;
	}

	/** @return array<string, int|bool|string|list<string>> */
	private static function all_held( mixed $stored ): array {
		$typed = array();
		foreach ( is_array( $stored ) ? array_intersect_key( $stored, self::DEFAULTS ) : array() as $name => $value ) {
			$typed[ $name ] = self::typed( $name, $value );
		}
		return array_filter( $typed, static fn ( mixed $value ): bool => null !== $value );
	}

	/**
	 * Copies the enforced values to every blog.
	 *
	 * @return int As NetworkOption::spread().
	 */
	public function spread(): int {
		return ( $this->network )()->spread( $this->copy( ... ) );
	}

	private function copy(): void {
		$this->option()->change(
			function ( mixed $stored ): ?array {
				$held = self::all_held( ( $this->network )()->read_row() ); // Read after what is stored here, as PolicyOption does.
				return null === $stored || ( self::readable( $stored )[ self::COPY ] ?? array() ) === $held
					? null
					: array( self::COPY => $held ) + self::readable( $stored );
			}
		);
	}

	/**
	 * @param array<string, mixed> $stored
	 * @return int|bool|string|list<string>|null
	 */
	private static function held( array $stored, string $name ): int|bool|string|array|null {
		$held = $stored[ self::COPY ] ?? null;
		return is_array( $held ) ? self::typed( $name, $held[ $name ] ?? null ) : null;
	}

	/**
	 * @param mixed $value Null restores the default.
	 * @return bool False for an unknown name, or an invalid value.
	 */
	public function set( string $name, mixed $value ): bool {
		$typed = $this->parsed( $name, $value );
		if ( ! isset( self::DEFAULTS[ $name ] ) || ( null !== $value && null === $typed ) ) {
			return false;
		}
		return $this->change( array( $name => $typed ) );
	}

	/**
	 * Sets all of these, or none. Changes that other processes make at the same time are kept.
	 *
	 * @param array<string, int|bool|string|list<string>|null>        $values  Name => as parsed() returns it; null restores the default.
	 * @param (Closure(array<string, int|bool|string|list<string>>): void)|null $looks Given the values as they are when this is written; may throw, and be called several times.
	 * @return bool False if other processes keep winning the race.
	 */
	public function change( array $values, ?Closure $looks = null ): bool {
		$change = static function ( mixed $stored ) use ( $values, $looks ): array {
			$stored = self::readable( $stored );
			if ( null !== $looks ) {
				$looks(
					array_combine( array_keys( $values ), array_map( static fn ( string $name ) => self::of( $stored, $name ), array_keys( $values ) ) )
				);
			}
			return array_filter( $values + $stored, static fn ( mixed $kept ): bool => null !== $kept );
		};
		$this->option()->begin( array() );
		return $this->option()->change( $change );
	}

	/** @return int|bool|string|list<string>|null The value in its setting's type, also from text typed by a person; null if it is invalid. */
	public function parsed( string $name, mixed $value ): int|bool|string|array|null {
		$typed = isset( self::DEFAULTS[ $name ] ) ? self::typed( $name, $value ) : null;
		return $this->takes( $name, $typed ) ? $typed : null;
	}

	/** @return array<string> Constants with an invalid value: all or part of it is ignored. */
	public function unfit(): array {
		return array_map(
			self::constant( ... ),
			array_filter(
				self::names(),
				fn ( string $name ): bool => defined( self::constant( $name ) ) && ! $this->takes( $name, self::fixed( $name ) )
			)
		);
	}

	/** @param int|bool|string|list<string>|null $typed */
	private function takes( string $name, int|bool|string|array|null $typed ): bool {
		$check = ( $this->checks )()[ $name ] ?? null;
		return null !== $typed && ( null === $check || $check( $typed ) );
	}

	/** Creates the option: reading one that does not exist costs a query in every request. */
	public function prepare(): void {
		$this->option()->begin( array() );
		$this->copy();
	}

	/** @return list<string> */
	public static function names(): array {
		return array_keys( self::DEFAULTS );
	}

	/** @return int|bool|string|list<string> */
	public static function standard( string $name ): int|bool|string|array {
		return self::DEFAULTS[ $name ];
	}

	/** @return list<string> The only values a setting accepts; empty if it is no choice. */
	public static function choices( string $name ): array {
		return 'algorithm' === $name ? Engine::ALGORITHMS : self::CHOICES[ $name ] ?? array();
	}

	/**
	 * A value as a person types it.
	 *
	 * @param int|bool|string|list<string> $value
	 */
	public static function text( int|bool|string|array $value ): string {
		return match ( true ) {
			is_bool( $value )  => $value ? 'true' : 'false',
			is_array( $value ) => implode( ',', $value ),
			default            => (string) $value,
		};
	}

	/** @return int|bool|string|list<string>|null The constant's value, if it is set. */
	private static function fixed( string $name ): int|bool|string|array|null {
		return defined( self::constant( $name ) ) ? self::typed( $name, constant( self::constant( $name ) ) ) : null;
	}

	/** Its name in wp-config.php. */
	public static function constant( string $name ): string {
		return 'SALLYPORT_' . strtoupper( $name );
	}

	/**
	 * Converts a value, also one written as text on the command line or in wp-config.php.
	 *
	 * @return int|bool|string|list<string>|null Null if its type differs from the default's, or it is out of range.
	 */
	private static function typed( string $name, mixed $value ): int|bool|string|array|null {
		return match ( get_debug_type( self::DEFAULTS[ $name ] ) ) {
			'int'   => self::whole( $name, $value ),
			'bool'  => is_scalar( $value ) ? filter_var( $value, FILTER_VALIDATE_BOOL, FILTER_NULL_ON_FAILURE ) : null,
			'array' => self::words( $value ),
			default => self::word( $name, is_bool( $value ) ? ( $value ? 'true' : 'false' ) : $value ),
		};
	}

	private static function whole( string $name, mixed $value ): ?int {
		[ $least, $most ] = self::RANGES[ $name ];
		$whole            = ( is_int( $value ) || is_string( $value ) ) && ctype_digit( (string) $value ) ? (int) $value : -1;
		return $whole >= $least && $whole <= $most ? $whole : null;
	}

	private static function word( string $name, mixed $value ): ?string {
		return is_string( $value ) && in_array( $value, self::choices( $name ) ?: array( $value ), true ) ? $value : null;
	}

	/**
	 * @param mixed $value Words separated by commas or spaces, a list or a map of words; true or false stand for the word.
	 * @return list<string>|null
	 */
	private static function words( mixed $value ): ?array {
		$value = is_bool( $value ) ? ( $value ? 'true' : 'false' ) : $value;
		$words = is_string( $value ) ? preg_split( '/[\s,]+/', $value, -1, PREG_SPLIT_NO_EMPTY ) : $value;
		return ! is_array( $words ) || $words !== array_filter( $words, 'is_string' ) ? null : array_map(
			static fn ( int|string $name, string $word ): string => is_string( $name ) ? $name . '=' . $word : $word,
			array_keys( $words ),
			$words
		);
	}

	private function option(): SharedOption {
		return $this->made ??= ( $this->option )();
	}

	/** @return array<string, mixed> */
	private function stored(): array {
		return self::readable( $this->option()->read() );
	}

	/** @return array<string, mixed> */
	private static function readable( mixed $stored ): array {
		return is_array( $stored ) ? $stored : array();
	}
}
