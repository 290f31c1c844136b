<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Client;
use Sallyport\WP\Factor\OtherPlugins;
use Sallyport\WP\Issuer\CoCart;
use Sallyport\WP\Store\State;

/**
 * What the session behind a browser's cookie proves, and whether it counts.
 *
 * A cookie without its nonce may have been sent by another site's page, so core's REST API treats such a request as
 * anonymous. A plugin may still find the same user by a token of its own. That token proves nothing, and must not make
 * the cookie's proof count.
 */
final class CookieProofs {
	/** @var array<int, true> Users this request counts as, or counts by, because of a cookie's session. */
	private array $users = array();

	/** Whether cookies that came with the request count. */
	private bool $count = true;

	public function __construct(
		private readonly Presented $presented,
		private readonly State $state,
	) {}

	/**
	 * The proof in the user's session, which is theirs or that of whoever switched to them; null if there is none.
	 *
	 * @param Closure(Proof): bool $is_current
	 */
	public function find( int $user_id, Closure $is_current ): ?Proof {
		$token = ( $this->count ? $this->presented->session( $user_id ) : null ) ?? $this->presented->given( $user_id );
		$proof = null === $token ? null : SessionProof::read( $user_id, $token );
		if ( null !== $token && OtherPlugins::two_factor_counts( $user_id ) ) {
			$stamped = SessionProof::stamped( $user_id, $token, $this->state->begin( $user_id ) );
			// The later one counts: Two Factor asks again before it changes anything.
			$proof = null !== $stamped && ( null === $proof || $stamped->at > $proof->at || ! $is_current( $proof ) ) ? $stamped : $proof;
		}
		return $proof;
	}

	/** Notes that the request counts as this user by that proof. */
	public function use( int $user_id, Proof $proof ): void {
		if ( $this->count ) {
			$this->users += array(
				$user_id        => true,
				$proof->user_id => true,
			);
		}
	}

	/** Notes that another proof has replaced the cookie's. */
	public function forget( int $user_id ): void {
		unset( $this->users[ $user_id ] );
	}

	/** Whether a page of this site sent the request for this user: it carries a nonce, or comes from our own script. */
	public function are_meant( int $user_id ): bool {
		$nonce = $_REQUEST['_wpnonce'] ?? $_SERVER['HTTP_X_WP_NONCE'] ?? ''; // phpcs:ignore WordPress.Security -- as core reads it, and verified here.
		return isset( $this->users[ $user_id ] )
			&& ( Client::is_own_script() || ( is_string( $nonce ) && false !== wp_verify_nonce( $nonce, 'wp_rest' ) ) );
	}

	/**
	 * Whether REST continues as this user by the cookie alone, with no other credential. A plugin that waives the nonce then
	 * does so on purpose: a shop's routes check a nonce of their own. CoCart is the exception: it waives the nonce whatever
	 * else was sent, and asking it once more would try a password.
	 */
	public function are_alone( int $user_id ): bool {
		return isset( $this->users[ $user_id ] ) && ( CoCart::is_asked() || '' === Finder::without_cookie( $user_id ) );
	}

	/**
	 * Makes cookies stop counting for the rest of the request.
	 *
	 * @return array<int, true> The users they counted for.
	 */
	public function end(): array {
		$users       = $this->users;
		$this->users = array();
		$this->count = false;
		return $users;
	}
}
