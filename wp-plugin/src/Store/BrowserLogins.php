<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Engine;
use WP_Session_Tokens;
use WP_User_Meta_Session_Tokens;

/** Lists a user's WordPress sessions and ends them one by one. Core's API only ends one by its token, or all. */
final class BrowserLogins extends WP_User_Meta_Session_Tokens {
	/** Null if another plugin stores the sessions: then only that plugin can list them. */
	public static function of( int $user_id ): ?self {
		return WP_Session_Tokens::get_instance( $user_id ) instanceof WP_User_Meta_Session_Tokens ? new self( $user_id ) : null;
	}

	/** @return list<array{id: string, login: int, ip: string, agent: string}> The oldest first. `id` reveals nothing about the cookie. */
	public function all(): array {
		$all = array();
		foreach ( $this->get_sessions() as $verifier => $session ) {
			$all[] = array(
				'id'    => Engine::digest( (string) $verifier ),
				'login' => (int) ( $session['login'] ?? 0 ),
				'ip'    => (string) ( $session['ip'] ?? '' ),
				'agent' => (string) ( $session['ua'] ?? '' ),
			);
		}
		usort( $all, static fn ( array $one, array $other ): int => $one['login'] <=> $other['login'] );
		return $all;
	}

	/** The id of a cookie's session, from its token; core stores the token's SHA-256. */
	public static function id( #[\SensitiveParameter] string $token ): string {
		return Engine::digest( Engine::digest( $token ) );
	}

	/** Ends one session; false if there is none with this id. */
	public function end( string $id ): bool {
		foreach ( array_keys( $this->get_sessions() ) as $verifier ) {
			if ( Engine::digest( (string) $verifier ) === $id ) {
				$this->update_session( (string) $verifier, null );
				return true;
			}
		}
		return false;
	}
}
