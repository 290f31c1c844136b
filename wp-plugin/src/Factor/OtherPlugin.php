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
 * A factor that another plugin on the site keeps: its data, our engine, and nothing of its code that verifies.
 *
 * What is spent here is spent there, and the other way round: one row of ours says who was first, whoever asks.
 */
abstract class OtherPlugin implements Factor {
	/** An authenticator app's codes as both plugins make them. */
	public const ALGORITHM = 'SHA1';
	public const DIGITS    = 6;
	public const PERIOD    = 30;

	/** Steps around the current one whose codes the plugins' own forms take. */
	private const THEIR_SKEW = 4;

	/** Seconds after which no form takes a code any more. */
	private const STEP_KEPT = 10 * self::PERIOD;

	/** Backup codes last until they are used, in other plugins; ten years stand for that. */
	private const CODE_KEPT = 10 * YEAR_IN_SECONDS;

	/** Hashes that one code is held against: each takes core some 50 ms. The plugins make ten. */
	public const HASHES = 10;

	public function __construct(
		protected readonly ForeignMeta $meta,
		protected readonly Engine $engine,
		private readonly Settings $settings,
		private readonly SpentRows $spent,
		private readonly Passwords $passwords,
	) {}

	/** Whether the plugin runs in this request: without it, its enrolments are in force nowhere. */
	abstract public static function is_running(): bool;

	/** Whether the plugin asks this user for a second step. From user meta that core has loaded: it costs no query. */
	abstract public static function counts( int $user_id ): bool;

	/** Whether a change of this user meta changes the user's factor. */
	abstract public static function is_changed_by( string $meta_key, int $user_id ): bool;

	/** What imported rows say they are from, and the name in `wp sallyport import`. */
	abstract public function source(): string;

	/** What people call it. */
	abstract public function title(): string;

	/** Whether the plugin's own form asks this user on wp-login.php. */
	abstract public function asks( WP_User $user ): bool;

	/** @return list<string> Of `totp` and `backup_code`: what a code can be of, for this user now. */
	abstract protected function kinds( int $user_id ): array;

	/**
	 * The user's secret as it is stored now, in base32; null where there is none.
	 *
	 * @throws Refusal sallyport_unavailable when it cannot be read.
	 */
	abstract public function secret( int $user_id ): ?string;

	/** The last step that the plugin says was used; -1 where it does not say. */
	abstract public function last_step( int $user_id ): int;

	/** Tells the plugin that a step was used. */
	abstract protected function remember_step( int $user_id, int $step ): void;

	/** The key of its backup codes. */
	abstract protected function codes_key(): string;

	/** Whether this user meta holds its backup codes. */
	public function has_codes_in( string $meta_key ): bool {
		return $this->codes_key() === $meta_key;
	}

	/** @return list<string> What the user enabled there, in the plugin's words. */
	abstract public function methods( int $user_id ): array;

	/** Its word for an authenticator app. */
	abstract public function app_method(): string;

	/** @return list<string> User meta its enrolments are found by. */
	abstract public function keys(): array;

	/** The plugin's own policy in words, to read only. @return list<string> */
	abstract public function policy(): array;

	/** RFC 8176: both kinds are one-time passwords. Whose they are is said beside that: a policy's list names it. */
	public function amr(): array {
		return array( 'mfa', 'otp', 'pwd', $this->name() );
	}

	public function is_enrolled( int $user_id ): bool {
		return static::is_running() && static::counts( $user_id ) && array() !== $this->kinds( $user_id );
	}

	/** A backup code of theirs: more digits than an authenticator app's. */
	public function recognises( #[\SensitiveParameter] string $code ): bool {
		return null !== self::backup_code( $code );
	}

	/** Whether a client that names a factor of ours may mean this one: for a user who has it only here. */
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

	/** The digits of what has the form of a backup code of either plugin. */
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

	/** @return list<string>|null What the plugin has of backup codes that are not used; null where it never had any. */
	public function hashes( int $user_id ): ?array {
		return $this->meta->texts( $user_id, $this->codes_key() );
	}

	/** Once only, of all who take codes of this user: here, on the plugin's own form, by an imported row. */
	public function spend_step( int $user_id, int $step ): bool {
		if ( $this->last_step( $user_id ) >= $step || ! $this->advance( $user_id, $step ) ) {
			return false;
		}
		$this->remember_step( $user_id, $step );
		return true;
	}

	/** Likewise. The plugin's list loses the code; that somebody else took it out just now changes nothing. */
	public function spend_hash( int $user_id, string $hash, int $now ): bool {
		if ( ! $this->claim_hash( $user_id, $hash, $now ) ) {
			return false;
		}
		$this->meta->take( $user_id, $this->codes_key(), $hash );
		return true;
	}

	/** Takes a code out of the plugin's list that was used here. */
	public function forget_hash( int $user_id, string $hash ): void {
		$this->meta->take( $user_id, $this->codes_key(), $hash );
	}

	/** The plugin's form took this code; false if it was spent by somebody else. */
	public function claim_code( int $user_id, #[\SensitiveParameter] string $code, int $now ): bool {
		$secret = $this->secret( $user_id );
		$step   = null === $secret ? null : $this->match( $secret, $code, $now, self::THEIR_SKEW );
		return null === $step || $this->advance( $user_id, $step );
	}

	/** The plugin's form took the code of this hash out of the list; false if it was spent by somebody else. */
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
	 * A secret that can be one: what was decrypted with no MAC shows only by this that it was.
	 *
	 * @throws Refusal sallyport_unavailable.
	 */
	protected static function require_secret( #[\SensitiveParameter] ?string $secret ): string {
		return null !== $secret && 1 === preg_match( '/\A[A-Z2-7]{16,400}\z/', $secret ) ? $secret : throw Refusal::unavailable( Problem::ForeignSecret );
	}

	/** Plugins are loaded one after the other: until the last is, the list of them says which will be. */
	protected static function will_run( string $file ): bool {
		if ( did_action( 'plugins_loaded' ) ) {
			return false;
		}
		$active = array( ...array_values( (array) get_option( 'active_plugins', array() ) ), ...array_keys( is_multisite() ? (array) get_site_option( 'active_sitewide_plugins', array() ) : array() ) );
		return array() !== preg_grep( '~(?:\A|/)' . preg_quote( $file, '~' ) . '\z~', array_filter( $active, 'is_string' ) );
	}
}
