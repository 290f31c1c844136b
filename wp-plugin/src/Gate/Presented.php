<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Client;
use Sallyport\WP\Fields;
use Sallyport\WP\Challenge\EnrolmentTokens;
use Sallyport\WP\Token\Bearer;
use WP_User;

/**
 * The credentials that this request presented: bearer tokens as their issuers read them, the cookie and the application
 * password as core's actions report them.
 */
final class Presented {
	/** @var array<int, string> User id => the session token of a cookie that core found valid. */
	private array $sessions = array();

	/** @var array<int, string> User id => the session token of a cookie this request has set. */
	private array $given = array();

	/** @var array<int, string> User id => UUID of the application password that core found right. */
	private array $app_passwords = array();

	private ?string $challenge = null;

	/** @var (Closure(): string)|null Reads the challenge from a cookie; set while a route runs that accepts one. */
	private ?Closure $in_cookie = null;

	private ?string $enrolment_token = null;

	private bool $is_misused = false;

	/** The headers that may hold a token, as the client sent them. Kept because some sites copy a cookie into them later. */
	private string $header = '';

	/**
	 * Takes our own secrets (a challenge, an enrolment token, or any other) out of the Authorization header, before another
	 * plugin mistakes them for its token.
	 *
	 * Called once, while the plugin file loads.
	 */
	public function take_challenge(): void {
		$this->header = implode( ' ', array_map( Client::header( ... ), Bearer::HEADERS ) );
		foreach ( Bearer::HEADERS as $name ) {
			$token = Bearer::in( $name );
			if ( null === $token || ! str_starts_with( $token, 'sp' ) ) {
				continue; // Not one of our secrets; a JWT never begins like this.
			}
			if ( Challenges::is_challenge( $token ) ) {
				$this->challenge = $token;
				unset( $_SERVER[ $name ] );
			} elseif ( EnrolmentTokens::is_enrolment_token( $token ) ) {
				$this->enrolment_token = $token;
				unset( $_SERVER[ $name ] );
			} elseif ( 1 === preg_match( '/^sp[a-z]1_/', $token ) ) {
				$this->is_misused = true;
				unset( $_SERVER[ $name ] );
			}
		}
	}

	/** Whether the request came with a bearer token of any issuer. */
	public function has_bearer(): bool {
		return null !== Bearer::token() || null !== $this->enrolment_token;
	}

	/**
	 * Whether the browser may have added the bearer token by itself, whichever page sent the request: the token is in a cookie
	 * or in the PHP session, and the client sent it in no header.
	 */
	public function is_added( #[\SensitiveParameter] string $bearer ): bool {
		$kept = implode( ' ', array_filter( array( ...array_values( $_COOKIE ), ...array_values( $_SESSION ?? array() ) ), 'is_string' ) );
		return str_contains( $kept, $bearer ) && ! str_contains( $this->header, $bearer ) && ! Client::is_own_script();
	}

	/** Whether the Bearer was one of our own secrets. */
	public function has_taken(): bool {
		return $this->is_misused || null !== $this->challenge || null !== $this->enrolment_token;
	}

	/** Whether the Bearer was one of our secrets that no route accepts as a Bearer, such as a refresh token. */
	public function is_misused(): bool {
		return $this->is_misused;
	}

	/** The enrolment token that was presented as a Bearer. */
	public function enrolment_token(): ?string {
		return $this->enrolment_token;
	}

	/** Sets the enrolment token that a form of wp-login.php sent. */
	public function take_enrolment_token( #[\SensitiveParameter] string $token ): void {
		$this->enrolment_token = $token;
	}

	/** The challenge that was presented as a Bearer. */
	public function challenge(): ?string {
		return $this->challenge;
	}

	/**
	 * Runs a route that also accepts a challenge from a cookie.
	 *
	 * @template T
	 * @param Closure(): string $challenge Throws Refusal if the cookie may not be used.
	 * @param Closure(): T      $answer
	 * @return T
	 */
	public function with_cookie( Closure $challenge, Closure $answer ): mixed {
		$this->in_cookie = $challenge;
		try {
			return $answer();
		} finally {
			$this->in_cookie = null;
		}
	}

	/**
	 * The challenge that the browser sent as a cookie. It counts only if the request brings no other credential, so that a
	 * leftover cookie never overrides what the client chose to send.
	 *
	 * @throws \Sallyport\WP\Refusal sallyport_origin_refused.
	 */
	public function challenge_in_cookie(): ?string {
		return null === $this->in_cookie || $this->has_bearer() || is_user_logged_in() ? null : ( $this->in_cookie )();
	}

	/**
	 * Action auth_cookie_valid.
	 *
	 * @param array<string, string> $elements The cookie's parts.
	 */
	public function collect_cookie( array $elements, WP_User $user ): void {
		$this->sessions[ $user->ID ] = (string) ( $elements['token'] ?? '' );
	}

	/** Action set_logged_in_cookie: this request may already count by the cookie it sets; the session's record decides. */
	public function collect_given( int $user_id, #[\SensitiveParameter] string $token ): void {
		$this->given[ $user_id ] = $token;
	}

	/**
	 * Action application_password_did_authenticate.
	 *
	 * @param array<string, mixed> $item The application password's record.
	 */
	public function collect_app_password( WP_User $user, array $item ): void {
		$this->app_passwords[ $user->ID ] = (string) ( $item['uuid'] ?? '' );
	}

	/** The session token of the user's valid cookie. */
	public function session( int $user_id ): ?string {
		return $this->sessions[ $user_id ] ?? null;
	}

	/** The session token of a cookie that this request has set for the user. */
	public function given( int $user_id ): ?string {
		return $this->given[ $user_id ] ?? null;
	}

	/** The last user for whom this request has set a cookie; 0 if it set none. */
	public function given_to(): int {
		return (int) array_key_last( $this->given );
	}

	/** The secret of this user's trusted device, from the cookie that wp-login.php set. */
	public function device( int $user_id ): ?string {
		$secret = $_COOKIE[ self::device_cookie( $user_id ) ] ?? null; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- looked up by its digest.
		return is_string( $secret ) && strlen( $secret ) <= Fields::TEXT ? $secret : null;
	}

	/** Name of the device cookie: one for each user, because people share browsers. */
	public static function device_cookie( int $user_id ): string {
		return 'sallyport_device_' . COOKIEHASH . '_' . $user_id;
	}

	/**
	 * Whether application passwords are denied to this user by role. A super admin counts as an administrator on every site.
	 *
	 * @param list<string> $roles `*` stands for every user.
	 */
	public static function are_denied( array $roles, WP_User $user ): bool {
		$has = array( '*', ...array_values( $user->roles ) );
		if ( is_multisite() && is_super_admin( $user->ID ) ) {
			$has[] = 'administrator';
		}
		return array() !== array_intersect( $roles, $has );
	}

	/** UUID of the application password that identified this user. */
	public function app_password( int $user_id ): ?string {
		return $this->app_passwords[ $user_id ] ?? null;
	}

	/**
	 * Whether the request also carries a valid cookie of another user. Core skips its cookie check once a bearer token has
	 * identified the user, so the check runs here. What core remembers about cookies is left unchanged.
	 */
	public function has_cookie_of_another( int $user_id ): bool {
		if ( isset( $_COOKIE[ LOGGED_IN_COOKIE ] ) && array() === $this->sessions ) {
			$before = $GLOBALS['wp_rest_auth_cookie'] ?? null;
			wp_validate_auth_cookie( '', 'logged_in' );
			$GLOBALS['wp_rest_auth_cookie'] = $before;
		}
		return array() !== array_diff_key( $this->sessions, array( $user_id => true ) );
	}
}
