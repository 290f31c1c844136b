<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Engine;
use WP_Session_Tokens;
use WP_User_Meta_Session_Tokens;

/** A user's sessions in WordPress, to be listed and ended one by one: core names them to nobody, and ends one or all. */
final class BrowserLogins extends WP_User_Meta_Session_Tokens {
	/** Null where another plugin keeps the sessions: only it can name them. */
	public static function of( int $user_id ): ?self {
		return WP_Session_Tokens::get_instance( $user_id ) instanceof WP_User_Meta_Session_Tokens ? new self( $user_id ) : null;
	}

	/** @return list<array{id: string, login: int, ip: string, agent: string}> The oldest first. `id` tells nothing of the cookie. */
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

	/** The id of the session of a cookie; core keeps the SHA-256 of its token. */
	public static function id( #[\SensitiveParameter] string $token ): string {
		return Engine::digest( Engine::digest( $token ) );
	}

	/** Ends one; false if there is none of this id. */
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
