<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Factor\TwoFactorPlugin;
use Sallyport\WP\Factor\Wp2fa;
use WP_Session_Tokens;

/** The proof a WordPress session's own record carries: cookies count through it, and through nothing else. */
final class SessionProof {
	private const KEY = 'sallyport';

	/**
	 * @param array<string, mixed> $session The record about to be stored.
	 * @param Proof                $proof   Its user's, or of who switched to them.
	 * @return array<string, mixed>
	 */
	public static function attach( array $session, ?Proof $proof ): array {
		unset( $session[ self::KEY ] );
		if ( null === $proof ) {
			return $session;
		}
		$session[ self::KEY ] = array(
			'user'   => $proof->user_id,
			'issuer' => $proof->issuer,
			'amr'    => $proof->amr,
			'at'     => $proof->at,
			'epoch'  => $proof->epoch,
		);
		return $session;
	}

	/** Writes the proof into a session that exists. */
	public static function stamp( int $user_id, #[\SensitiveParameter] string $token, Proof $proof ): void {
		$sessions = WP_Session_Tokens::get_instance( $user_id );
		$session  = $sessions->get( $token );
		if ( is_array( $session ) ) {
			$sessions->update( $token, self::attach( $session, $proof ) );
		}
	}

	/** After an activation: the session it was done in, if any, carries the proof; every other one ends. */
	public static function keep_only( int $user_id, #[\SensitiveParameter] ?string $token, Proof $proof ): void {
		$sessions = WP_Session_Tokens::get_instance( $user_id );
		if ( null === $token ) {
			$sessions->destroy_all();
			return;
		}
		$sessions->destroy_others( $token );
		self::stamp( $user_id, $token, $proof );
	}

	/**
	 * The proof that Two Factor itself verified the user of this session: by its stamp, if it is of this epoch.
	 *
	 * @param array{epoch: string, at: int} $state Of the user.
	 */
	public static function stamped( int $user_id, #[\SensitiveParameter] string $token, array $state ): ?Proof {
		$stamp = TwoFactorPlugin::stamp( WP_Session_Tokens::get_instance( $user_id )->get( $token ) ?? array() );
		return null === $stamp || $stamp['at'] < $state['at'] ? null : Proof::restored( $user_id, Gate::INTERACTIVE, $stamp['amr'], $stamp['at'], $state['epoch'] );
	}

	/** The proof that WP 2FA verified a user; `$method` as it calls it. */
	public static function vouched( int $user_id, string $method, int $at, string $epoch ): Proof {
		return Proof::restored( $user_id, Gate::INTERACTIVE, Wp2fa::amr_of( $method ), $at, $epoch );
	}

	/** The proof in the record of this session, of its user or of who switched to them; or null. */
	public static function read( int $user_id, #[\SensitiveParameter] string $token ): ?Proof {
		$stored = ( WP_Session_Tokens::get_instance( $user_id )->get( $token ) ?? array() )[ self::KEY ] ?? null;
		if ( ! is_array( $stored )
			|| ! is_string( $stored['issuer'] ?? null )
			|| ! is_array( $stored['amr'] ?? null )
			|| ! is_int( $stored['at'] ?? null )
			|| ! is_string( $stored['epoch'] ?? null )
			|| ! is_int( $stored['user'] ?? $user_id )
		) {
			return null;
		}
		return Proof::restored( $stored['user'] ?? $user_id, $stored['issuer'], $stored['amr'], $stored['at'], $stored['epoch'] );
	}
}
