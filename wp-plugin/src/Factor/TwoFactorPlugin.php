<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Two_Factor_Core;
use WP_User;

/**
 * Enrolments of the plugin Two Factor (WordPress/two-factor), as they are.
 *
 * Only functions that merely read are called: for a user's methods, and for how long its form makes them wait. Others have
 * effects: is_user_using_two_factor() may end the request, process_provider() may reset a password, and creating a login
 * nonce ends a login in progress.
 */
final class TwoFactorPlugin extends OtherPlugin {
	public const NAME   = 'two_factor';
	public const SOURCE = 'two-factor';

	/** The user meta with the time of the last wrong code. */
	public const LAST_FAILURE = '_two_factor_last_login_failure';

	private const SECRET = '_two_factor_totp_key';
	private const CODES  = '_two_factor_backup_codes';

	/** Meta key: the last used step times 30, in seconds. */
	private const MARK = '_two_factor_totp_last_successful_login';

	/** Its providers whose codes we can verify. */
	private const KINDS = array(
		'Two_Factor_Totp'         => Totp::NAME,
		'Two_Factor_Backup_Codes' => BackupCode::NAME,
	);

	/** The time of the last wrong code to report, so that its form tells the user to wait until $until: it adds its own delay. */
	public static function failed_at( int $user_id, int $until ): int {
		return $until - (int) Two_Factor_Core::get_user_time_delay( new WP_User( $user_id ) );
	}

	public static function is_running(): bool {
		return self::is_loaded() || self::will_run( 'two-factor.php' );
	}

	/** Solid Security has a class of the same name, for those who asked its forerunner. */
	private static function is_loaded(): bool {
		return class_exists( Two_Factor_Core::class, false ) && method_exists( Two_Factor_Core::class, 'get_available_providers_for_user' );
	}

	/** Counts methods that are enabled and have the data they need; of a method we do not know, that it is enabled is enough. */
	public static function counts( int $user_id ): bool {
		$enabled = array_filter( (array) get_user_meta( $user_id, OtherPlugins::TWO_FACTOR, true ) );
		foreach ( self::is_running() ? $enabled : array() as $method ) {
			$needs = array(
				'Two_Factor_Totp'         => self::SECRET,
				'Two_Factor_Backup_Codes' => self::CODES,
			)[ $method ] ?? null;
			if ( null === $needs || ! empty( get_user_meta( $user_id, $needs, true ) ) ) {
				return true;
			}
		}
		return false;
	}

	public static function is_changed_by( string $meta_key, int $user_id ): bool {
		return OtherPlugins::TWO_FACTOR === $meta_key
			|| (
				self::SECRET === $meta_key && in_array( 'Two_Factor_Totp', (array) get_user_meta( $user_id, OtherPlugins::TWO_FACTOR, true ), true )
			);
	}

	/**
	 * When and how the plugin itself verified the user of a session, from its stamp in the record.
	 *
	 * @param array<string, mixed> $session The record.
	 * @return array{at: int, amr: list<string>}|null
	 */
	public static function stamp( array $session ): ?array {
		$at = $session['two-factor-login'] ?? null;
		return ! is_int( $at ) || $at <= 0 ? null : array(
			'at'  => $at,
			'amr' => match ( $session['two-factor-provider'] ?? null ) {
				'Two_Factor_Totp', 'Two_Factor_Backup_Codes' => array( 'mfa', 'otp', 'pwd', self::NAME ),
				'Two_Factor_Email'                           => array( 'email', 'pwd' ),
				default                                      => array( 'pwd' ), // The factor was enabled in this session, or the method is unknown.
			},
		);
	}

	public function name(): string {
		return self::NAME;
	}

	public function source(): string {
		return self::SOURCE;
	}

	public function title(): string {
		return 'Two Factor';
	}

	/** At `wp_login` it asks every user for whom it has a method; after an error it has already ended the request. */
	public function asks( WP_User $user ): bool {
		return self::is_loaded() && ! empty( Two_Factor_Core::get_available_providers_for_user( $user ) );
	}

	/** An error means that the user's enrolment is gone: then nothing can be verified. */
	protected function kinds( int $user_id ): array {
		$methods = self::is_loaded() ? Two_Factor_Core::get_available_providers_for_user( $user_id ) : null;
		return is_array( $methods ) ? array_values( array_intersect_key( self::KINDS, $methods ) ) : array();
	}

	public function secret( int $user_id ): ?string {
		$stored = $this->meta->read( $user_id, self::SECRET )[ self::SECRET ] ?? '';
		return '' === $stored ? null : self::require_secret( $stored );
	}

	public function last_step( int $user_id ): int {
		$mark = (int) ( $this->meta->read( $user_id, self::MARK )[ self::MARK ] ?? 0 );
		return 0 === $mark ? -1 : intdiv( $mark, self::PERIOD );
	}

	protected function remember_step( int $user_id, int $step ): void {
		$this->meta->raise( $user_id, self::MARK, $step * self::PERIOD );
	}

	protected function codes_key(): string {
		return self::CODES;
	}

	public function keys(): array {
		return array( OtherPlugins::TWO_FACTOR );
	}

	public function methods( int $user_id ): array {
		return $this->meta->texts( $user_id, OtherPlugins::TWO_FACTOR ) ?? array();
	}

	public function app_method(): string {
		return 'Two_Factor_Totp';
	}

	public function policy(): array {
		$allowed = get_option( 'two_factor_enabled_providers', null );
		return is_array( $allowed )
			? array( 'methods allowed on this site: ' . implode( ', ', array_filter( $allowed, 'is_string' ) ) )
			: array( 'every method is allowed; nobody is made to use one' );
	}
}
