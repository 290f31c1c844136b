<?php
declare( strict_types=1 );

namespace Sallyport\WP\Sso;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\SpentRows;
use Sallyport\WP\Store\SsoSiteRow;
use WP_User;

/** Accepts another site's assertion of who a user is: once, and never for their second factor. */
final class Exchange {
	/** Seconds a spent token is remembered past its expiry, because the clocks of our own nodes differ. */
	private const MARGIN = 3600;

	public function __construct(
		private readonly ConnectedSites $sites,
		private readonly SsoTokens $tokens,
		private readonly SpentRows $spent,
		private readonly Activity $activity,
	) {}

	/**
	 * Spends a token of a connected site.
	 *
	 * @return array{0: WP_User, 1: int} The user, and when they signed in there.
	 * @throws Refusal sallyport_sso_refused {reason}: the same reason for everything a stranger could try.
	 */
	public function accept(
		string $site_key,
		#[\SensitiveParameter] string $token,
		#[\SensitiveParameter] string $signature,
		int $now,
	): array {
		$site = $this->sites->find( $site_key );
		if ( null === $site || ! in_array( SsoSiteRow::EXCHANGE, $site->allowed, true ) ) {
			throw $this->refuse( 'untrusted', null === $site ? 'unknown_site' : 'not_allowed', $site );
		}
		$claims = $this->tokens->verify( $site, $token, $signature, $now );
		if ( is_string( $claims ) ) {
			throw $this->refuse( 'expired' === $claims ? 'expired' : 'untrusted', $claims, $site );
		}
		if ( true !== ( $claims['email_verified'] ?? null ) ) {
			throw $this->refuse( 'email_unverified', 'email_unverified', $site );
		}
		$user = self::user( $claims['email'] );
		if ( null === $user ) {
			throw $this->refuse( 'no_such_user', 'no_such_user', $site );
		}
		if (
			! $this->spent->spend(
				Engine::digest( 'sso:' . $site->blog_id . ':' . $site->site_key . ':' . $claims['jti'] ),
				$claims['exp'] + self::MARGIN
			)
		) {
			throw $this->refuse( 'replayed', 'replayed', $site, $user->ID );
		}
		$this->sites->used( $site, $now );
		$this->activity->record( Event::SsoAccepted, $user->ID, '', 'ok', array( 'site' => $site->site_key ) );
		$signed_in = $claims['auth_time'] ?? $claims['iat'];
		return array( $user, is_int( $signed_in ) && $signed_in > 0 ? min( $signed_in, $now ) : $now );
	}

	/** The one user of this blog with that address, unless they are barred. */
	private static function user( string $email ): ?WP_User {
		$user = get_user_by( 'email', $email );
		// The database may find a user whose address differs in accents.
		if ( ! $user || strtolower( $user->user_email ) !== strtolower( $email ) || ! is_user_member_of_blog( $user->ID ) ) {
			return null;
		}
		$user = wp_authenticate_spam_check( $user );
		/** This filter is documented in wp-includes/user.php. Plugins that bar users hang on it; there is no password. */
		$user = $user instanceof WP_User ? apply_filters( 'wp_authenticate_user', $user, '' ) : null;
		return $user instanceof WP_User ? $user : null;
	}

	private function refuse( string $reason, string $why, ?SsoSiteRow $site, int $user_id = 0 ): Refusal {
		$this->activity->record(
			Event::SsoRefused,
			$user_id,
			'',
			Code::SsoRefused->value,
			array(
				'site'   => $site->site_key ?? '',
				'reason' => $why,
			)
		);
		return new Refusal( Code::SsoRefused, array( 'reason' => $reason ) );
	}
}
