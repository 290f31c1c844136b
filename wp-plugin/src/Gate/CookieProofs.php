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
 * What the session of a browser's cookie proves, and whether it counts.
 *
 * A cookie without its nonce may be another site's doing: over REST core takes such a request for nobody's. A plugin that
 * finds the same user by a token of its own may say otherwise, there or in its route: its token proves nothing, and the
 * cookie is not to.
 */
final class CookieProofs {
	/** @var array<int, true> Users whom the request counts as, or by, for a cookie's session. */
	private array $users = array();

	/** Whether a cookie that came with the request counts. */
	private bool $count = true;

	public function __construct(
		private readonly Presented $presented,
		private readonly State $state,
	) {}

	/**
	 * The proof in the user's session, of them or of who switched to them; null if there is none.
	 *
	 * @param Closure(Proof): bool $is_current
	 */
	public function find( int $user_id, Closure $is_current ): ?Proof {
		$token = ( $this->count ? $this->presented->session( $user_id ) : null ) ?? $this->presented->given( $user_id );
		$proof = null === $token ? null : SessionProof::read( $user_id, $token );
		if ( null !== $token && OtherPlugins::two_factor_counts( $user_id ) ) {
			$stamped = SessionProof::stamped( $user_id, $token, $this->state->begin( $user_id ) );
			// The later one: Two Factor asks again before it changes anything.
			$proof = null !== $stamped && ( null === $proof || $stamped->at > $proof->at || ! $is_current( $proof ) ) ? $stamped : $proof;
		}
		return $proof;
	}

	/** The request counts as this user by that proof. */
	public function use( int $user_id, Proof $proof ): void {
		if ( $this->count ) {
			$this->users += array(
				$user_id        => true,
				$proof->user_id => true,
			);
		}
	}

	/** Another proof took the place of the cookie's. */
	public function forget( int $user_id ): void {
		unset( $this->users[ $user_id ] );
	}

	/** Whether a page of this site asks for this user: by the nonce, or by a script of its own. */
	public function are_meant( int $user_id ): bool {
		$nonce = $_REQUEST['_wpnonce'] ?? $_SERVER['HTTP_X_WP_NONCE'] ?? ''; // phpcs:ignore WordPress.Security -- as core reads it, and verified here.
		return isset( $this->users[ $user_id ] ) && ( Client::is_own_script() || ( is_string( $nonce ) && false !== wp_verify_nonce( $nonce, 'wp_rest' ) ) );
	}

	/**
	 * Whether REST goes on as this user by the cookie alone, with no other credential there. Who asks for no nonce does so on
	 * purpose then: a shop's own routes have one of their own. CoCart does so whatever else is there, and asking it would try a
	 * password.
	 */
	public function are_alone( int $user_id ): bool {
		return isset( $this->users[ $user_id ] ) && ( CoCart::is_asked() || '' === Finder::without_cookie( $user_id ) );
	}

	/** From here on no cookie counts. @return array<int, true> The users it counted for. */
	public function end(): array {
		$users       = $this->users;
		$this->users = array();
		$this->count = false;
		return $users;
	}
}
