<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Digits;
use Sallyport\WP\Engine;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ForeignMeta;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Store\SpentRows;
use WP_User;

/**
 * A factor that another plugin on the site keeps. Sallyport verifies it from the plugin's data with its own engine, without
 * the plugin's code.
 *
 * A code spent here is spent there, and the other way round: one row of ours decides who was first, on whichever form.
 */
abstract class OtherPlugin implements Factor {
	/** The algorithm of both plugins' authenticator codes. */
	public const ALGORITHM = 'SHA1';
	public const DIGITS    = 6;
	public const PERIOD    = 30;

	/** Time steps around the present one that the plugins' own forms accept. */
	private const THEIR_SKEW = 4;

	/** Seconds after which no form accepts a code any more. */
	private const STEP_KEPT = 10 * self::PERIOD;

	/** Seconds a used backup code is remembered. Other plugins' codes never expire; ten years stand for that. */
	private const CODE_KEPT = 10 * YEAR_IN_SECONDS;

	/** Hashes that one code is compared with: each takes core some 50 ms. The plugins make ten. */
	public const HASHES = 10;

	public function __construct(
		protected readonly ForeignMeta $meta,
		protected readonly Engine $engine,
		private readonly Settings $settings,
		private readonly SpentRows $spent,
		private readonly Passwords $passwords,
	) {}

	/** Whether the plugin runs in this request. Without it, its enrolments do not count. */
	abstract public static function is_running(): bool;

	/** Whether the plugin demands a second step of this user. Costs no query: it reads user meta that core has loaded. */
	abstract public static function counts( int $user_id ): bool;

	/** Whether a change of this user meta changes the user's factor. */
	abstract public static function is_changed_by( string $meta_key, int $user_id ): bool;

	/** The source that imported rows name, and the plugin's name in `wp sallyport import`. */
	abstract public function source(): string;

	/** The plugin's name for people. */
	abstract public function title(): string;

	/** Whether the plugin's own form will ask this user on wp-login.php. */
	abstract public function asks( WP_User $user ): bool;

	/** @return list<string> The kinds of code this user can give now: `totp`, `backup_code`. */
	abstract protected function kinds( int $user_id ): array;

	/**
	 * The user's stored secret, in base32; null if there is none.
	 *
	 * @throws Refusal sallyport_unavailable if it cannot be read.
	 */
	abstract public function secret( int $user_id ): ?string;

	/** The last used time step according to the plugin; -1 if it keeps none. */
	abstract public function last_step( int $user_id ): int;

	/** Tells the plugin that a step was used. */
	abstract protected function remember_step( int $user_id, int $step ): void;

	/** The meta key of its backup codes. */
	abstract protected function codes_key(): string;

	/** Whether this user meta holds its backup codes. */
	public function has_codes_in( string $meta_key ): bool {
		return $this->codes_key() === $meta_key;
	}

	/** @return list<string> The methods the user enabled there, by the plugin's names. */
	abstract public function methods( int $user_id ): array;

	/** The plugin's name for an authenticator app. */
	abstract public function app_method(): string;

	/** @return list<string> Meta keys by which its enrolments are found. */
	abstract public function keys(): array;

	/**
	 * The plugin's own policy in words, for display.
	 *
	 * @return list<string>
	 */
	abstract public function policy(): array;

	/** Both kinds are one-time passwords (RFC 8176). The plugin's name is added, because the lists of a policy go by it. */
	public function amr(): array {
		return array( 'mfa', 'otp', 'pwd', $this->name() );
	}

	public function is_enrolled( int $user_id ): bool {
		return static::is_running() && static::counts( $user_id ) && array() !== $this->kinds( $user_id );
	}

	/** Recognises a backup code of the plugin: it has more digits than an authenticator code. */
	public function recognises( #[\SensitiveParameter] string $code ): bool {
		return null !== self::backup_code( $code );
	}

	/** Whether a client that names one of our factors may mean this one, because the user has it only here. */
	public function stands_for( string $name, int $user_id ): bool {
		return in_array( $name, $this->kinds( $user_id ), true );
	}

	public function verify( int $user_id, #[\SensitiveParameter] string $code, int $now, int $challenge ): Outcome {
		$kinds  = static::is_running() && static::counts( $user_id ) ? $this->kinds( $user_id ) : array();
		$backup = self::backup_code( $code );
		if ( null !== $backup ) {
			return in_array( BackupCode::NAME, $kinds, true ) ? $this->verify_backup( $user_id, $backup, $now ) : Outcome::Wrong;
		}
		return in_array( Totp::NAME, $kinds, true ) ? $this->verify_totp( $user_id, $code, $now ) : Outcome::Wrong;
	}

	/** The digits of a text that has the form of either plugin's backup codes; else null. */
	public static function backup_code( #[\SensitiveParameter] string $code ): ?string {
		return Digits::typed( $code, 7, 32 );
	}

	private function verify_totp( int $user_id, #[\SensitiveParameter] string $code, int $now ): Outcome {
		$secret = $this->secret( $user_id );
		if ( null === $secret ) {
			return Outcome::Wrong;
		}
		$step = $this->match( $secret, $code, $now, (int) $this->settings->get( 'totp_skew' ) );
		if ( null === $step ) {
			return Outcome::Wrong;
		}
		return $this->spend_step( $user_id, $step ) ? Outcome::Right : Outcome::Spent;
	}

	private function verify_backup( int $user_id, #[\SensitiveParameter] string $code, int $now ): Outcome {
		$hashes = array_slice( $this->hashes( $user_id ) ?? array(), 0, self::HASHES );
		$index  = $this->passwords->which( $hashes, $code, $user_id );
		if ( null === $index ) {
			return Outcome::Wrong;
		}
		return $this->spend_hash( $user_id, $hashes[ $index ], $now ) ? Outcome::Right : Outcome::Spent;
	}

	/** @return list<string>|null Hashes of the plugin's unused backup codes; null if it never had any. */
	public function hashes( int $user_id ): ?array {
		return $this->meta->texts( $user_id, $this->codes_key() );
	}

	/**
	 * Spends a time step, once only across everything that accepts codes of this user: here, the plugin's own form, an
	 * imported row.
	 */
	public function spend_step( int $user_id, int $step ): bool {
		if ( $this->last_step( $user_id ) >= $step || ! $this->advance( $user_id, $step ) ) {
			return false;
		}
		$this->remember_step( $user_id, $step );
		return true;
	}

	/**
	 * Spends a backup code, once only likewise. It is removed from the plugin's list; another request may have removed it
	 * already.
	 */
	public function spend_hash( int $user_id, string $hash, int $now ): bool {
		if ( ! $this->claim_hash( $user_id, $hash, $now ) ) {
			return false;
		}
		$this->meta->take( $user_id, $this->codes_key(), $hash );
		return true;
	}

	/** Removes a code that was used here from the plugin's list. */
	public function forget_hash( int $user_id, string $hash ): void {
		$this->meta->take( $user_id, $this->codes_key(), $hash );
	}

	/** Spends a code that the plugin's form has accepted; false if it was spent before. */
	public function claim_code( int $user_id, #[\SensitiveParameter] string $code, int $now ): bool {
		$secret = $this->secret( $user_id );
		$step   = null === $secret ? null : $this->match( $secret, $code, $now, self::THEIR_SKEW );
		return null === $step || $this->advance( $user_id, $step );
	}

	/** Spends a backup code that the plugin's form has removed from its list; false if it was spent before. */
	public function claim_hash( int $user_id, string $hash, int $now ): bool {
		return $this->spent->spend( hash( 'sha256', $this->source() . ":code:$user_id:$hash" ), $now + self::CODE_KEPT );
	}

	private function advance( int $user_id, int $step ): bool {
		return $this->spent->advance( hash( 'sha256', $this->source() . ":step:$user_id" ), $step * self::PERIOD + self::STEP_KEPT );
	}

	private function match( #[\SensitiveParameter] string $secret, #[\SensitiveParameter] string $code, int $now, int $skew ): ?int {
		return $this->engine->totp_verify( $secret, $code, $now, -1, self::ALGORITHM, self::DIGITS, self::PERIOD, $skew );
	}

	/**
	 * Checks that a decrypted text is a secret. The plugin's encryption has no MAC, so nothing else shows that the key was right.
	 *
	 * @throws Refusal sallyport_unavailable.
	 */
	protected static function require_secret( #[\SensitiveParameter] ?string $secret ): string {
		return null !== $secret && 1 === preg_match( '/\A[A-Z2-7]{16,400}\z/', $secret )
			? $secret
			: throw Refusal::unavailable( Problem::ForeignSecret );
	}

	/** Whether a plugin will be loaded. Until all are, the list of active plugins tells. */
	protected static function will_run( string $file ): bool {
		if ( did_action( 'plugins_loaded' ) ) {
			return false;
		}
		$active = array(
			...array_values( (array) get_option( 'active_plugins', array() ) ),
			...array_keys( is_multisite() ? (array) get_site_option( 'active_sitewide_plugins', array() ) : array() ),
		);
		return array() !== preg_grep( '~(?:\A|/)' . preg_quote( $file, '~' ) . '\z~', array_filter( $active, 'is_string' ) );
	}
}
