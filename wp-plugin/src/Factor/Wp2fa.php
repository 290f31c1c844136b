<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Throwable;
use WP_User;
use WP2FA\Admin\Controllers\Settings;
use WP2FA\Admin\Helpers\User_Helper;

/**
 * Enrolments of the plugin WP 2FA (Melapress), as they are.
 *
 * None of its code is called to verify: what reads its secrets creates new ones if it cannot, and what checks codes keeps
 * the secret of the first user in memory. It does not remember used codes; only Sallyport does.
 */
final class Wp2fa extends OtherPlugin {
	public const NAME   = 'wp_2fa';
	public const SOURCE = 'wp-2fa';

	private const SECRET = 'wp_2fa_totp_key';
	private const CODES  = 'wp_2fa_backup_codes';

	/** The fields of its policy that are told in a report. */
	private const POLICY = array(
		'enforcement-policy', 'enforced_roles', 'enforced_users', 'excluded_roles', 'excluded_users',
		'grace-policy', 'grace-period', 'grace-period-denominator',
	);

	/** Option that holds its encryption key if wp-config.php could not be written. */
	private const KEY_OPTION = 'wp_2fa_secret_key';

	public static function is_running(): bool {
		return defined( 'WP_2FA_VERSION' ) || ( self::will_run( 'wp-2fa.php' ) && ! ( defined( 'DISABLE_2FA_LOGIN' ) && DISABLE_2FA_LOGIN ) );
	}

	public static function counts( int $user_id ): bool {
		return self::is_running() && ! empty( get_user_meta( $user_id, OtherPlugins::WP_2FA, true ) );
	}

	/** It creates a secret for everybody who opens its wizard: until that is used, it is no factor. */
	public static function is_changed_by( string $meta_key, int $user_id ): bool {
		return OtherPlugins::WP_2FA === $meta_key
			|| ( self::SECRET === $meta_key && 'totp' === get_user_meta( $user_id, OtherPlugins::WP_2FA, true ) );
	}

	/**
	 * How its form verified the user, from the method and the submitted fields.
	 *
	 * @return list<string>
	 */
	public static function amr_of( string $method ): array {
		return match ( $method ) {
			'totp', 'backup_codes' => array( 'mfa', 'otp', 'pwd', self::NAME ),
			'email'                => array( 'email', 'pwd' ),
			default                => array( 'pwd' ),
		};
	}

	public function name(): string {
		return self::NAME;
	}

	public function source(): string {
		return self::SOURCE;
	}

	public function title(): string {
		return 'WP 2FA';
	}

	/** It lets in, without asking, a user whose method its policy has removed: then Sallyport asks. */
	public function asks( WP_User $user ): bool {
		if ( ! defined( 'WP_2FA_VERSION' ) || ! self::counts( $user->ID ) ) {
			return false;
		}
		try {
			return Settings::is_provider_enabled_for_role(
				User_Helper::get_user_role( $user ),
				(string) get_user_meta( $user->ID, OtherPlugins::WP_2FA, true )
			);
		} catch ( Throwable ) {
			return false;
		}
	}

	protected function kinds( int $user_id ): array {
		$stored = $this->meta->read( $user_id, OtherPlugins::WP_2FA, self::SECRET );
		$kinds  = 'totp' === ( $stored[ OtherPlugins::WP_2FA ] ?? '' ) && '' !== ( $stored[ self::SECRET ] ?? '' )
			? array( Totp::NAME )
			: array();
		return array() === ( $this->hashes( $user_id ) ?? array() ) ? $kinds : array( ...$kinds, BackupCode::NAME );
	}

	public function secret( int $user_id ): ?string {
		$stored = $this->meta->read( $user_id, self::SECRET )[ self::SECRET ] ?? '';
		return match ( true ) {
			'' === $stored                       => null,
			! str_contains( $stored, '_' )       => self::require_secret( $stored ), // Stored in plain text where PHP lacks openssl.
			str_starts_with( $stored, 'wps_' )   => self::require_secret( $this->engine->wp2fa_unseal( 'lsc_' . substr( $stored, 4 ), wp_salt() ) ),
			default                              => self::require_secret( $this->engine->wp2fa_unseal( $stored, self::key() ) ),
		};
	}

	private static function key(): string {
		$stored = is_multisite() ? get_network_option( null, self::KEY_OPTION, '' ) : get_option( self::KEY_OPTION, '' );
		return (string) ( defined( 'WP2FA_ENCRYPT_KEY' ) ? WP2FA_ENCRYPT_KEY : $stored );
	}

	public function last_step( int $user_id ): int {
		return -1;
	}

	protected function remember_step( int $user_id, int $step ): void {}

	protected function codes_key(): string {
		return self::CODES;
	}

	public function keys(): array {
		return array( OtherPlugins::WP_2FA );
	}

	/** One name: `totp`, `email`, `passkeys`, or one of the premium version. */
	public function methods( int $user_id ): array {
		$method = $this->meta->read( $user_id, OtherPlugins::WP_2FA )[ OtherPlugins::WP_2FA ] ?? '';
		return '' === $method ? array() : array( $method );
	}

	public function app_method(): string {
		return 'totp';
	}

	public function policy(): array {
		$policy = is_multisite() ? get_network_option( null, 'wp_2fa_policy', array() ) : get_option( 'wp_2fa_policy', array() );
		$said   = array();
		foreach ( self::POLICY as $name ) {
			$value = is_array( $policy ) ? ( $policy[ $name ] ?? '' ) : '';
			$value = is_array( $value ) ? implode( ', ', array_filter( $value, 'is_scalar' ) ) : (string) $value;
			if ( '' !== $value ) {
				$said[] = "$name: $value";
			}
		}
		return $said;
	}
}
