<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Factor\TwoFactorPlugin;
use Sallyport\WP\Factor\Wp2fa;
use WP_Session_Tokens;

/** The proof in the record of a WordPress session. It is the only way for a cookie to count. */
final class SessionProof {
	private const KEY = 'sallyport';

	/**
	 * @param array<string, mixed> $session The record about to be stored.
	 * @param Proof|null           $proof   Of the session's user, or of whoever switched to them; null removes one.
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

	/** Writes the proof into an existing session. */
	public static function stamp( int $user_id, #[\SensitiveParameter] string $token, Proof $proof ): void {
		$sessions = WP_Session_Tokens::get_instance( $user_id );
		$session  = $sessions->get( $token );
		if ( is_array( $session ) ) {
			$sessions->update( $token, self::attach( $session, $proof ) );
		}
	}

	/** After an activation: ends every session but the one it was done in, which gets the proof. */
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
	 * The proof from Two Factor's own stamp: it verified the user of this session, in the current epoch.
	 *
	 * @param array{epoch: string, at: int} $state The user's.
	 */
	public static function stamped( int $user_id, #[\SensitiveParameter] string $token, array $state ): ?Proof {
		$stamp = TwoFactorPlugin::stamp( WP_Session_Tokens::get_instance( $user_id )->get( $token ) ?? array() );
		return null === $stamp || $stamp['at'] < $state['at']
			? null
			: Proof::restored( $user_id, Gate::INTERACTIVE, $stamp['amr'], $stamp['at'], $state['epoch'] );
	}

	/** The proof that WP 2FA verified a user; `$method` is WP 2FA's name for it. */
	public static function vouched( int $user_id, string $method, int $at, string $epoch ): Proof {
		return Proof::restored( $user_id, Gate::INTERACTIVE, Wp2fa::amr_of( $method ), $at, $epoch );
	}

	/** The proof in this session's record, of its user or of whoever switched to them; null if there is none. */
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
