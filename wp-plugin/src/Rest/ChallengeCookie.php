<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Closure;
use Sallyport\WP\Challenge\Challenge;
use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Refusal;
use WP_REST_Request;

/** A challenge in a cookie that scripts cannot read, for better-auth's clients. Only /sign-in sets it (docs/adr/0015). */
final class ChallengeCookie {
	private const NAME    = 'challenge';
	private const PURPOSE = 'challenge-cookie';

	/** @param Closure(): Challenges $challenges Lazy: needed if there is a cookie. */
	public function __construct(
		private readonly Cookies $cookies,
		private readonly Engine $engine,
		private readonly Presented $presented,
		private readonly Closure $challenges,
	) {}

	/** Sets the cookie if the page that asks may have one; others read the challenge from the header. */
	public function set( #[\SensitiveParameter] string $challenge, WP_REST_Request $request ): void {
		if ( $this->cookies->fits( $request ) && ! headers_sent() ) {
			$signed = $challenge . '.' . $this->engine->mac( $challenge, self::PURPOSE );
			$this->cookies->set( self::NAME, $signed, time() + Challenge::TTL, $this->path(), Cookies::LAX );
		}
	}

	/**
	 * Runs a route that accepts a challenge. The cookie ends with its challenge.
	 *
	 * @template T
	 * @param Closure(): T $answer
	 * @return T
	 * @throws Refusal sallyport_origin_refused if another site's page would use it, and what $answer throws.
	 */
	public function beside( WP_REST_Request $request, Closure $answer ): mixed {
		$challenge = $this->challenge();
		if ( null === $challenge ) {
			return $answer();
		}
		$fits  = $this->cookies->fits( $request );
		$wrong = false;
		try {
			return $this->presented->with_cookie( static fn (): string => $fits ? $challenge : throw new Refusal( Code::OriginRefused ), $answer );
		} catch ( Refusal $refusal ) {
			// Keep the cookie after a wrong code: that no attempts are left is reported by the next request, which needs it.
			$wrong = isset( $refusal->data['attempts_left'] );
			throw $refusal;
		} finally {
			if ( $fits && ! $wrong && ! headers_sent() && ! $this->is_live( $challenge ) ) {
				$this->cookies->clear( self::NAME, $this->path(), Cookies::LAX );
			}
		}
	}

	/** The challenge in this request's cookie; null if there is none, or we did not sign it. */
	private function challenge(): ?string {
		[ $challenge, $mac ] = explode( '.', $this->cookies->sent( self::NAME ), 2 ) + array( 1 => '' );
		return Challenges::is_challenge( $challenge ) && $this->engine->mac_verify( $challenge, $mac, self::PURPOSE ) ? $challenge : null;
	}

	private function is_live( #[\SensitiveParameter] string $challenge ): bool {
		try {
			( $this->challenges )()->find( $challenge, time() );
			return true;
		} catch ( Refusal $refusal ) {
			return Code::ChallengeGone !== $refusal->reason;
		}
	}

	/** The path of all namespaces: WP 2FA's route accepts the cookie, too. */
	private function path(): string {
		return $this->cookies->path( '' );
	}
}
