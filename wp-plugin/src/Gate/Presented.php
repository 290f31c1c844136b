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
 * The credentials a request presented, as each was read: bearer tokens by their issuers, the cookie and the
 * application password by core's own actions.
 */
final class Presented {
	/** @var array<int, string> User id => the session token of a cookie core found valid. */
	private array $sessions = array();

	/** @var array<int, string> User id => the session token of a cookie this request has set. */
	private array $given = array();

	/** @var array<int, string> User id => uuid of the application password core found right. */
	private array $app_passwords = array();

	private ?string $challenge = null;

	/** @var (Closure(): string)|null The challenge of a cookie, while a route that takes one is answered. */
	private ?Closure $in_cookie = null;

	private ?string $enrolment_token = null;

	private bool $is_misused = false;

	/** The headers that may hold a token, as the client sent them: sites copy a cookie there. */
	private string $header = '';

	/**
	 * Takes a challenge, an enrolment token, or another secret of ours out of the Authorization header before any other plugin takes it for a token.
	 *
	 * Called once, while the plugin file loads.
	 */
	public function take_challenge(): void {
		$this->header = implode( ' ', array_map( Client::header( ... ), Bearer::HEADERS ) );
		foreach ( Bearer::HEADERS as $name ) {
			$token = Bearer::in( $name );
			if ( null === $token || ! str_starts_with( $token, 'sp' ) ) {
				continue; // A JWT does not begin so.
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

	/** Whether the request came with a bearer token, anybody's. */
	public function has_bearer(): bool {
		return null !== Bearer::token() || null !== $this->enrolment_token;
	}

	/** Whether the browser may have added a bearer by itself, for whatever page asks: it stands in a cookie, or in the session of PHP, and the client sent no header with it. */
	public function is_added( #[\SensitiveParameter] string $bearer ): bool {
		$kept = implode( ' ', array_filter( array( ...array_values( $_COOKIE ), ...array_values( $_SESSION ?? array() ) ), 'is_string' ) ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- looked into, never printed.
		return str_contains( $kept, $bearer ) && ! str_contains( $this->header, $bearer ) && ! Client::is_own_script();
	}

	/** Whether the Bearer was a secret of ours. */
	public function has_taken(): bool {
		return $this->is_misused || null !== $this->challenge || null !== $this->enrolment_token;
	}

	/** Whether the Bearer was a secret of ours that is none anywhere, such as a refresh token. */
	public function is_misused(): bool {
		return $this->is_misused;
	}

	/** The enrolment token that was presented as a Bearer. */
	public function enrolment_token(): ?string {
		return $this->enrolment_token;
	}

	/** One that a form of wp-login.php brought. */
	public function take_enrolment_token( #[\SensitiveParameter] string $token ): void {
		$this->enrolment_token = $token;
	}

	/** The challenge that was presented as a Bearer. */
	public function challenge(): ?string {
		return $this->challenge;
	}

	/**
	 * Answers a route that takes a challenge, from a cookie too.
	 *
	 * @template T
	 * @param Closure(): string $challenge Throws Refusal where the cookie may not be used.
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
	 * The challenge the browser added by itself. It counts where the request brings nothing else, and one that was left
	 * over stands in nobody's way: what the client chose to send, or is signed in by, goes first.
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

	/** Action set_logged_in_cookie: what the next request presents, this one may count by as well; its session says whether. */
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

	/** Whom this request has set a cookie for, the last one; 0 for nobody. */
	public function given_to(): int {
		return (int) array_key_last( $this->given );
	}

	/** The secret of a trusted device in the browser's cookie of this user, where wp-login.php put it. */
	public function device( int $user_id ): ?string {
		$secret = $_COOKIE[ self::device_cookie( $user_id ) ] ?? null; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- looked up by its digest.
		return is_string( $secret ) && strlen( $secret ) <= Fields::TEXT ? $secret : null;
	}

	/** One for each user: people share browsers. */
	public static function device_cookie( int $user_id ): string {
		return 'sallyport_device_' . COOKIEHASH . '_' . $user_id;
	}

	/**
	 * Whether a user of these roles has no application passwords. Who runs the network is an administrator everywhere.
	 *
	 * @param list<string> $roles `*` is everybody's.
	 */
	public static function are_denied( array $roles, WP_User $user ): bool {
		return array() !== array_intersect( $roles, array( '*', ...array_values( $user->roles ), ...( is_multisite() && is_super_admin( $user->ID ) ? array( 'administrator' ) : array() ) ) );
	}

	/** Uuid of the application password this user was found by. */
	public function app_password( int $user_id ): ?string {
		return $this->app_passwords[ $user_id ] ?? null;
	}

	/**
	 * Whether there is a valid cookie of somebody else. Core skips its cookie check once a bearer named the user,
	 * so it is asked here; what core remembers of cookies is left as it was.
	 */
	public function has_cookie_of_another( int $user_id ): bool {
		if ( isset( $_COOKIE[ LOGGED_IN_COOKIE ] ) && array() === $this->sessions ) {
			$before = $GLOBALS['wp_rest_auth_cookie'] ?? null;
			wp_validate_auth_cookie( '', 'logged_in' );
			$GLOBALS['wp_rest_auth_cookie'] = $before; // phpcs:ignore WordPress.WP.GlobalVariablesOverride
		}
		return array() !== array_diff_key( $this->sessions, array( $user_id => true ) );
	}
}
