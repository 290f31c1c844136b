<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use Sallyport\WP\Code;
use Sallyport\WP\Device\Devices;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Name;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\BrowserLogins;
use Sallyport\WP\Store\DeviceRow;
use Sallyport\WP\Store\FamilyRow;
use Sallyport\WP\Token\Families;
use WP_Session_Tokens;

/**
 * Where a user is signed in: browsers, by WordPress' own sessions; apps and front ends, by token families; and known
 * devices.
 */
final class SignIns {
	public const BROWSER = 'browser';
	public const APP     = 'app';

	public function __construct(
		private readonly Families $families,
		private readonly Devices $devices,
		private readonly Presented $presented,
	) {}

	/**
	 * The user's sign-ins. WordPress does not record when a session was last used.
	 *
	 * @return list<array{kind: string, id: string, name: string, ip: string, since: int, used: int|null, current: bool}> The newest first.
	 */
	public function of( int $user_id ): array {
		$token   = get_current_user_id() === $user_id ? $this->presented->session( $user_id ) : null;
		$here    = null === $token ? '' : BrowserLogins::id( $token );
		$browser = array_map(
			static fn ( array $login ): array => array(
				'kind'    => self::BROWSER,
				'id'      => $login['id'],
				'name'    => Name::in_words( $login['agent'] ),
				'ip'      => $login['ip'],
				'since'   => $login['login'],
				'used'    => null,
				'current' => $login['id'] === $here,
			),
			BrowserLogins::of( $user_id )?->all() ?? array()
		);
		$apps    = array_map(
			static fn ( FamilyRow $family ): array => array(
				'kind'    => self::APP,
				'id'      => (string) $family->id,
				'name'    => Name::in_words( $family->device ),
				'ip'      => $family->ip,
				'since'   => $family->created_at,
				'used'    => $family->last_used_at,
				'current' => false,
			),
			$this->families->of( $user_id )
		);
		$all     = array( ...$browser, ...$apps );
		usort(
			$all,
			static fn ( array $one, array $other ): int => array( $other['current'], $other['used'] ?? $other['since'] )
				<=> array( $one['current'], $one['used'] ?? $one['since'] )
		);
		return $all;
	}

	/** @return list<array{id: int, name: string, trusted: bool, used: int, expires: int}> */
	public function devices( int $user_id ): array {
		return array_map(
			static fn ( DeviceRow $device ): array => array(
				'id'      => $device->id,
				'name'    => Name::in_words( $device->name ),
				'trusted' => $device->trusted_at > 0,
				'used'    => $device->last_used_at,
				'expires' => $device->expires_at,
			),
			array_reverse( $this->devices->of( $user_id, time() ) )
		);
	}

	/** @throws Refusal sallyport_no_such_device. */
	public function forget( int $user_id, int $id ): void {
		$this->devices->revoke( $id, $user_id );
	}

	/** @throws Refusal sallyport_no_such_token. */
	public function end( int $user_id, string $kind, string $id ): void {
		if ( self::BROWSER !== $kind ) {
			$this->families->revoke( (int) $id, $user_id );
		} elseif ( true !== BrowserLogins::of( $user_id )?->end( $id ) ) {
			throw new Refusal( Code::NoSuchToken );
		}
	}

	/** Ends all but the session of this request. */
	public function end_others( int $user_id ): void {
		$this->families->end_all( $user_id );
		$session = $this->presented->session( $user_id );
		if ( null !== $session ) {
			WP_Session_Tokens::get_instance( $user_id )->destroy_others( $session );
		}
	}
}
