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
 * The forms of Two Factor and WP 2FA on wp-login.php, for their own users. They verify the code; Sallyport counts.
 *
 * An attempt there spends one of the account's budget, before the code is checked. A code used there is spent here, and the
 * other way round, whoever is first. The session they create is proven by Two Factor's stamp in it, or by ours for WP 2FA.
 */
final class OtherForms {
	/** Meta that WP 2FA reads to check a code, after it has checked the form's nonce. */
	private const EVALUATED = array( 'wp_2fa_totp_key', 'wp_2fa_backup_codes', 'wp_2fa_email_token' );

	/** @var array<int, true> Users whose attempt in this request is counted. */
	private array $counted = array();

	/** @var array<int, int> Users who may not try a code now, so that their form refuses them => the seconds they have to wait. */
	private array $limited = array();

	/** @var array<int, true> Users whom the form let in with a code that was already spent. */
	private array $spent = array();

	/** @var array<int, string> User id => token of the session created in this request. */
	private array $made = array();

	public function __construct(
		private readonly TwoFactorPlugin $two_factor,
		private readonly Wp2fa $wp_2fa,
		private readonly Attempts $attempts,
		private readonly State $state,
		private readonly Presented $presented,
		private readonly Activity $activity,
	) {}

	/** Filter two_factor_is_user_rate_limited: Two Factor has accepted its nonce, and is about to check the code. */
	public function limit( mixed $limited, WP_User $user ): mixed {
		return true === $limited || $this->reserve( $user->ID ) ? $limited : true;
	}

	/** Filter get_user_metadata: WP 2FA is about to check the code, or Two Factor reads how long the user has to wait. */
	public function read( mixed $value, int $user_id, string $meta ): mixed {
		if ( isset( $this->limited[ $user_id ] ) && TwoFactorPlugin::LAST_FAILURE === $meta ) {
			return array( TwoFactorPlugin::failed_at( $user_id, time() + $this->limited[ $user_id ] ) );
		}
		if ( in_array( $meta, self::EVALUATED, true ) && Caller::includes( 'login_form_validate_2fa' ) && ! $this->reserve( $user_id ) ) {
			wp_die( esc_html( Code::Locked->message() ), '', array( 'response' => (int) Code::Locked->status() ) );
		}
		return $value;
	}

	/** Counts one attempt per request. */
	private function reserve( int $user_id ): bool {
		try {
			if ( ! isset( $this->counted[ $user_id ] ) ) {
				$this->attempts->reserve( $user_id, time() );
				$this->counted[ $user_id ] = true;
			}
			return true;
		} catch ( Refusal $refusal ) {
			$this->limited[ $user_id ] = (int) ( $refusal->data['retry_after'] ?? 0 );
			return false;
		}
	}

	/** Filter update_user_metadata: a form removes used backup codes from its plugin's list. */
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
	 * Action wp_2fa_user_authenticated. WP 2FA's REST route fires it as well; that route is not counted and asks for no password,
	 * so what it does proves nothing.
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
			return; // The session stays without a proof.
		}
	}

	private function passed( int $user_id, OtherPlugin $plugin ): bool {
		$this->claim( $user_id, fn () => $plugin->claim_code( $user_id, self::posted( 'authcode' ), time() ) );
		if ( ! isset( $this->spent[ $user_id ] ) ) {
			$this->clear( $user_id );
			$this->activity->record( Event::CodeAccepted, $user_id, Gate::INTERACTIVE, 'ok', array( 'factor' => $plugin->name() ) );
			return true;
		}
		$this->activity->record(
			Event::CodeReplayed,
			$user_id,
			Gate::INTERACTIVE,
			Code::InvalidCode->value,
			array( 'factor' => $plugin->name() )
		);
		WP_Session_Tokens::get_instance( $user_id )->destroy( $this->made[ $user_id ] ?? (string) $this->presented->session( $user_id ) );
		wp_clear_auth_cookie();
		return false;
	}

	private function clear( int $user_id ): void {
		try {
			$this->attempts->clear( $user_id );
		} catch ( Refusal ) {
			return; // The count stays, and goes with the next right code.
		}
	}

	/** @param callable(): bool $claim Whether the code was unspent; if the store cannot tell, it counts as spent. */
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

	/** The fields of their forms are in the body; Two Factor also takes them from the URL. */
	private static function posted( string $name ): string {
		$value = $_REQUEST[ $name ] ?? ''; // phpcs:ignore WordPress.Security -- their form has checked its nonce; compared only.
		return is_string( $value ) ? wp_unslash( $value ) : '';
	}
}
