<?php
declare( strict_types=1 );

namespace Sallyport\WP\Bridge;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Caller;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Issuer\SimpleJwtLogin;
use Sallyport\WP\Refusal;
use SimpleJWTLogin\Repositories\Wordpress\WordPressRepository;

/** The users that Simple JWT Login identifies by a token or an API key: for one request, or with a cookie for longer. */
final class SimpleJwtCredentials {
	private const LOGS_IN = WordPressRepository::class . '->loginUser';

	/** Whether the bearer is hidden from the plugin. */
	private bool $hidden = false;

	/** @param Closure(): bool $is_ours Whether the bearer is a Sallyport access token. */
	public function __construct(
		private readonly SimpleJwtLogin $issuer,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly SimpleJwtAnswers $answers,
		private readonly Closure $is_ours,
	) {}

	/** Action set_current_user, first: the plugin logs a user in by a token, with a cookie, or has found one by an API key. */
	public function switched(): void {
		$user_id = get_current_user_id();
		if ( 0 === $user_id ) {
			return;
		}
		if ( self::LOGS_IN === Caller::of( 'wp_set_current_user' )['function'] ) {
			$refusal = $this->acceptance->refusal_of( $user_id );
			if ( null !== $refusal ) {
				wp_set_current_user( 0 );
				$this->answers->refuse( $refusal, $user_id );
			}
		} elseif ( doing_filter( 'rest_authentication_errors' ) && null === $this->issuer->presented() && null !== $this->issuer->api_key() ) {
			$this->presented->collect_app_password( get_userdata( $user_id ), array( 'uuid' => Engine::digest( $this->issuer->api_key() ) ) );
		}
	}

	/**
	 * Filter rest_authentication_errors, before the plugin looks for a token: it would take ours for an invalid one of its own. It
	 * does nothing if a user is already authenticated.
	 *
	 * @param mixed $result What the plugins before found.
	 */
	public function hide( mixed $result ): mixed {
		if ( null !== $result || ( ! $this->presented->has_taken() && ! ( $this->is_ours )() ) ) {
			return $result;
		}
		$this->hidden = true;
		return true;
	}

	/** The same filter, after the plugin has looked. */
	public function reveal( mixed $result ): mixed {
		if ( ! $this->hidden ) {
			return $result;
		}
		$this->hidden = false;
		return true === $result ? null : $result;
	}

	/**
	 * The same filter, last: judges the token that the plugin accepted, whosever cookie came with it.
	 *
	 * @param mixed $result What the plugins before found.
	 * @return mixed The same, or a WP_Error.
	 */
	public function rest_errors( mixed $result ): mixed {
		$token = is_wp_error( $result ) || ! $this->issuer->is_authentication() ? null : $this->issuer->presented();
		if ( null === $token || ( $this->is_ours )() ) {
			return $result;
		}
		try {
			$this->acceptance->require_proven( $this->issuer, $token );
		} catch ( Refusal $refusal ) {
			// Without the extension the token cannot be read. A user who is signed in nevertheless has no factor.
			return Code::Unavailable === $refusal->reason && is_user_logged_in() ? $result : $refusal->to_error();
		}
		return $result;
	}
}
