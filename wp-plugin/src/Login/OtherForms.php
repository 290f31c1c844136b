<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Attempts;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\OtherPlugin;
use Sallyport\WP\Factor\TwoFactorPlugin;
use Sallyport\WP\Factor\Wp2fa;
use Sallyport\WP\Gate\Caller;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Gate\SessionProof;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\State;
use WP_Session_Tokens;
use WP_User;

/**
 * The forms of Two Factor and WP 2FA on wp-login.php, which belong to their own users: they verify, we count.
 *
 * An attempt there is one of the account's budget, counted before they look at the code; a code that was used there is
 * used here, and the other way round, whoever is first. A session they make is proven by Two Factor's stamp in it, or
 * by ours for WP 2FA.
 */
final class OtherForms {
	/** What WP 2FA reads of a user to check a code, inside of the function that has looked at the form's nonce. */
	private const EVALUATED = array( 'wp_2fa_totp_key', 'wp_2fa_backup_codes', 'wp_2fa_email_token' );

	/** Users whose attempt of this request is counted. @var array<int, true> */
	private array $counted = array();

	/** Users whom the account's budget keeps from Two Factor's form. @var array<int, true> */
	private array $limited = array();

	/** Users who were let in with a code that is spent. @var array<int, true> */
	private array $spent = array();

	/** @var array<int, string> User id => token of the session made in this request. */
	private array $made = array();

	public function __construct(
		private readonly TwoFactorPlugin $two_factor,
		private readonly Wp2fa $wp_2fa,
		private readonly Attempts $attempts,
		private readonly State $state,
		private readonly Presented $presented,
		private readonly Activity $activity,
	) {}

	/** Filter two_factor_is_user_rate_limited: Two Factor has found its nonce right, and is about to look at the code. */
	public function limit( mixed $limited, WP_User $user ): mixed {
		if ( true === $limited || $this->reserve( $user->ID ) ) {
			return $limited;
		}
		$this->limited[ $user->ID ] = true;
		return true;
	}

	/** Filter get_user_metadata: WP 2FA is about to look at the code, or Two Factor says how long one has to wait. */
	public function read( mixed $value, int $user_id, string $meta ): mixed {
		if ( isset( $this->limited[ $user_id ] ) && TwoFactorPlugin::LAST_FAILURE === $meta ) {
			return array( TwoFactorPlugin::failed_at( $user_id, time() + $this->attempts->locked_for( $user_id, time() ) ) );
		}
		if ( in_array( $meta, self::EVALUATED, true ) && Caller::includes( 'login_form_validate_2fa' ) && ! $this->reserve( $user_id ) ) {
			wp_die( esc_html( Code::Locked->message() ), '', array( 'response' => (int) Code::Locked->status() ) );
		}
		return $value;
	}

	/** Counts an attempt once a request. */
	private function reserve( int $user_id ): bool {
		try {
			if ( ! isset( $this->counted[ $user_id ] ) ) {
				$this->attempts->reserve( $user_id, time() );
				$this->counted[ $user_id ] = true;
			}
			return true;
		} catch ( Refusal ) {
			return false;
		}
	}

	/** Filter update_user_metadata: a form takes backup codes out of its plugin's list. */
	public function taken( mixed $check, int $user_id, string $key, mixed $left ): mixed {
		foreach ( isset( $this->counted[ $user_id ] ) && is_array( $left ) ? array( $this->two_factor, $this->wp_2fa ) : array() as $plugin ) {
			$before = $plugin->has_codes_in( $key ) ? get_user_meta( $user_id, $key, true ) : null;
			foreach ( is_array( $before ) ? array_diff( array_filter( $before, 'is_string' ), $left ) : array() as $hash ) {
				$this->claim( $user_id, fn () => $plugin->claim_hash( $user_id, $hash, time() ) );
			}
		}
		return $check;
	}

	/** Action set_logged_in_cookie. */
	public function collect( int $user_id, #[\SensitiveParameter] string $token ): void {
		$this->made[ $user_id ] = $token;
	}

	/** Actions two_factor_user_authenticated and _revalidated: the code was right. */
	public function passed_two_factor( WP_User $user ): void {
		$this->passed( $user->ID, $this->two_factor );
	}

	/**
	 * Action wp_2fa_user_authenticated. Its REST route fires it, too, which nobody counts and which asks for no password
	 * of the caller's: what that makes is no proof.
	 */
	public function passed_wp_2fa( WP_User $user ): void {
		$token = $this->made[ $user->ID ] ?? null;
		if ( null !== $token && Caller::includes( 'login_form_validate_2fa' ) && $this->passed( $user->ID, $this->wp_2fa ) ) {
			$this->vouch( $user->ID, $token, self::posted( 'provider' ) );
		}
	}

	private function vouch( int $user_id, #[\SensitiveParameter] string $token, string $method ): void {
		try {
			SessionProof::stamp( $user_id, $token, SessionProof::vouched( $user_id, $method, time(), $this->state->begin( $user_id )['epoch'] ) );
		} catch ( Refusal ) {
			return; // The session counts for nothing.
		}
	}

	private function passed( int $user_id, OtherPlugin $plugin ): bool {
		$this->claim( $user_id, fn () => $plugin->claim_code( $user_id, self::posted( 'authcode' ), time() ) );
		if ( ! isset( $this->spent[ $user_id ] ) ) {
			$this->attempts->clear( $user_id );
			$this->activity->record( Event::CodeAccepted, $user_id, Gate::INTERACTIVE, 'ok', array( 'factor' => $plugin->name() ) );
			return true;
		}
		$this->activity->record( Event::CodeReplayed, $user_id, Gate::INTERACTIVE, Code::InvalidCode->value, array( 'factor' => $plugin->name() ) );
		WP_Session_Tokens::get_instance( $user_id )->destroy( $this->made[ $user_id ] ?? (string) $this->presented->session( $user_id ) );
		wp_clear_auth_cookie();
		return false;
	}

	/** @param callable(): bool $claim Answers whether nobody had spent the code before; a store that cannot tell is no yes. */
	private function claim( int $user_id, callable $claim ): void {
		try {
			$first = $claim();
		} catch ( Refusal ) {
			$first = false;
		}
		if ( ! $first ) {
			$this->spent[ $user_id ] = true;
		}
	}

	/** Their forms' fields are in the body; Two Factor takes them from the address as well. */
	private static function posted( string $name ): string {
		$value = $_REQUEST[ $name ] ?? ''; // phpcs:ignore WordPress.Security
		return is_string( $value ) ? wp_unslash( $value ) : '';
	}
}
