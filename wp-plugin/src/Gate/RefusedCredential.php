<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Issuer\Issuers;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\BrowserLogins;
use Sallyport\WP\Store\State;
use Sallyport\WP\Store\ThrottleRows;

/**
 * Handles a credential that Acceptance refuses. Monitor-only mode may let it pass, or the site may trust it. Otherwise the
 * plugin behind it is found, the refusal is logged, and a cookie is ended.
 */
final class RefusedCredential {
	/** Seconds that a request which began a new epoch has to write its proof into its own session. */
	private const PROVING = 10;

	private bool $clearing = false;

	public function __construct(
		private readonly Presented $presented,
		private readonly Issuers $issuers,
		private readonly State $state,
		private readonly Engine $engine,
		private readonly ThrottleRows $rows,
		private readonly Client $client,
		private readonly Activity $activity,
		private readonly Monitor $monitor,
	) {}

	/** Whether monitor-only mode lets the refused credential pass. */
	public function lets_pass( int $user_id, Refusal $refusal ): bool {
		$kind = null !== $this->presented->app_password( $user_id ) ? 'application_password' : 'cookie';
		return $this->monitor->lets_pass( $user_id, array() === $this->issuers->presented() ? $kind : 'bearer', $refusal );
	}

	/**
	 * Whether the site trusts the credential although it carries no proof. That is possible only if another plugin identified
	 * the user by it and no bridge of ours knows it; never for Sallyport's own tokens, cookies or application passwords.
	 */
	public function is_trusted( int $user_id, Refusal $refusal ): bool {
		if ( Code::TokenUnproven !== $refusal->reason || ! has_filter( 'sallyport_trust_credential' ) ) {
			return false;
		}
		$from = $this->from( $user_id );
		/**
		 * Lets another plugin's credential, which no bridge of Sallyport knows, count for a user with a second factor.
		 *
		 * Security: with true, a password alone is enough wherever that plugin accepts one. Return true only for a file you know,
		 * of a plugin that asks for a second factor itself. The request then holds no proof: step-up is still demanded.
		 *
		 * @param bool                                 $trust   False.
		 * @param int                                  $user_id The user it counts for.
		 * @param array{found_by: string, iss: string} $from    The file whose filter found the user, relative to WordPress's
		 *                                                      folder, and the `iss` claim of the bearer token, if there is one.
		 */
		return '' !== $from['found_by'] && true === apply_filters( 'sallyport_trust_credential', false, $user_id, $from );
	}

	/** @param array{file: string, line: string, function: string} $caller */
	public static function is_trusted_switch( int $user_id, array $caller ): bool {
		/**
		 * Lets a plugin act as a user with a second factor for a moment.
		 *
		 * Security: with true, the rest of the request runs as that user without a proof. Return true only for a caller you know.
		 *
		 * @param bool                                                $trust   False.
		 * @param int                                                 $user_id The user the plugin switches to.
		 * @param array{file: string, line: string, function: string} $caller  Who called wp_set_current_user().
		 */
		return true === apply_filters( 'sallyport_trust_switch', false, $user_id, $caller );
	}

	/** @return bool Whether REST has to report the refusal as an error. */
	public function refuse( int $user_id, Refusal $refusal ): bool {
		$from = $this->from( $user_id );
		// Without a cookie of theirs it was a plugin that found them, be it one that does so only once, as where a signature
		// has a nonce of its own.
		$by_cookie = '' === $from['found_by']
			&& null !== $this->presented->session( $user_id )
			&& array() === $this->issuers->presented()
			&& null === $this->presented->app_password( $user_id );
		$this->log(
			Event::CredentialRefused,
			$user_id,
			$refusal,
			array_filter( $from, static fn ( string $word ): bool => '' !== $word ),
			$from['found_by']
		);
		if ( $by_cookie && Code::Unavailable !== $refusal->reason ) {
			$this->clear_cookie( $user_id );
		}
		// Core ignores a cookie without a nonce (rest_cookie_check_errors): then there is nothing to refuse.
		return ! $by_cookie || isset( $_SERVER['HTTP_X_WP_NONCE'] ) || isset( $_REQUEST['_wpnonce'] ); // phpcs:ignore WordPress.Security.NonceVerification -- whether there is one; core checks it.
	}

	/**
	 * Logs at most one row a minute for each client, user, reason and place. An app that keeps using a token from before the
	 * factor, or a plugin that switches users in every request, would otherwise fill the log and the webhook queue.
	 *
	 * @param array<string, string> $detail
	 * @param string                $where The file that found the user, or that switched.
	 */
	public function log( Event $event, int $user_id, Refusal $refusal, array $detail, string $where ): void {
		$name = implode( ':', array( 'logged', $event->value, $user_id, $refusal->reason->value, $this->client->network(), $where ) );
		try {
			if ( $this->rows->is_first( $name, MINUTE_IN_SECONDS, time() ) ) {
				$this->activity->record( $event, $user_id, '', $refusal->reason->value, $detail );
			}
		} catch ( Refusal ) {
			return; // A store that fails cannot log it either.
		}
	}

	/** @return array{found_by: string, iss: string} */
	private function from( int $user_id ): array {
		$bearer = $this->issuers->presented()[0] ?? null;
		try {
			$iss = null === $bearer ? '' : ( $this->engine->jwt_peek( $bearer )['claims']['iss'] ?? '' );
		} catch ( Refusal ) {
			$iss = ''; // Without the extension no token can be read.
		}
		return array(
			'found_by' => Finder::of( $user_id ),
			'iss'      => is_string( $iss ) ? substr( $iss, 0, 256 ) : '',
		);
	}

	/**
	 * Ends a refused cookie, for the rest of this request (auth_redirect() reads $_COOKIE again) and in the browser. The
	 * browser keeps it if another of its requests is about to prove the session: otherwise a background request would sign the
	 * user out.
	 *
	 * The order matters, and the guard against recursion: wp_clear_auth_cookie() and its hooks ask for the current user, and
	 * so come here again.
	 */
	private function clear_cookie( int $user_id ): void {
		foreach ( array( AUTH_COOKIE, SECURE_AUTH_COOKIE, LOGGED_IN_COOKIE ) as $name ) {
			unset( $_COOKIE[ $name ] );
		}
		if ( ! headers_sent() && ! $this->clearing && ! $this->is_being_proven( $user_id ) ) {
			$this->clearing = true;
			wp_clear_auth_cookie();
			$this->clearing = false;
		}
	}

	private function is_being_proven( int $user_id ): bool {
		$state = $this->state->read( $user_id );
		return null !== $state
			&& BrowserLogins::id( (string) $this->presented->session( $user_id ) ) === $state['session']
			&& time() < $state['at'] + self::PROVING;
	}
}
