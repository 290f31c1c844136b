<?php
declare( strict_types=1 );

namespace Sallyport\WP\Device;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\DeviceRow;
use Sallyport\WP\Store\DeviceRows;
use Sallyport\WP\Store\DeviceSecretRows;
use Sallyport\WP\Store\FamilyRow;

/**
 * Known devices: a client that named itself at a completed log-in holds a secret, and is told from strangers by it. That
 * alone stands for no factor and lets nobody in: TrustedDevices are what their user asked to be trusted besides.
 */
final class Devices {
	private const PREFIX = 'spd1';

	/** Seconds a device is known, however often it is used. */
	private const TTL = 180 * DAY_IN_SECONDS;

	/** Seconds in which the secret of a trusted device that was replaced still counts. */
	public const GRACE = 10;

	/** Devices a user may have; beyond that the oldest is forgotten. */
	private const MOST = 20;

	public function __construct(
		private readonly DeviceRows $rows,
		private readonly DeviceSecretRows $replaced,
		private readonly Activity $activity,
	) {}

	/** Whether a text is of the form of a device's secret. */
	public static function is_secret( #[\SensitiveParameter] string $text ): bool {
		return str_starts_with( $text, self::PREFIX . '_' );
	}

	/**
	 * The device whose secret a client presents, whoever owns it; null for what is none. One that was replaced a moment
	 * ago still says whose it is.
	 */
	public function find( #[\SensitiveParameter] ?string $secret, int $now ): ?DeviceRow {
		if ( null === $secret || ! self::is_secret( $secret ) ) {
			return null;
		}
		$device = $this->rows->with_digest( Engine::digest( $secret ), $now );
		if ( null !== $device ) {
			return $device;
		}
		$replaced = $this->replaced->find( Engine::digest( $secret ) );
		return null !== $replaced && $now - $replaced['replaced_at'] <= self::GRACE ? $this->rows->find( $replaced['device_id'], $now ) : null;
	}

	/**
	 * Makes a client known after a log-in that is complete, factor included.
	 *
	 * @return string The secret, for the client to keep.
	 */
	public function remember( int $user_id, string $name, int $now ): string {
		$secret = $this->add( $user_id, $name, $now, array( 'expires_at' => $now + self::TTL ) );
		$this->activity->record( Event::DeviceAdded, $user_id, device: $name );
		return $secret;
	}

	/**
	 * @param array<string, int|string> $more What else the row says: when it ends, at least.
	 * @return string Its secret.
	 */
	public function add( int $user_id, string $name, int $now, array $more ): string {
		$secret = self::new_secret();
		$this->rows->add(
			array(
				'digest'       => Engine::digest( $secret ),
				'user_id'      => $user_id,
				'name'         => $name,
				'created_at'   => $now,
				'last_used_at' => $now,
			) + $more
		);
		$this->rows->keep_newest( $user_id, self::MOST );
		return $secret;
	}

	public static function new_secret(): string {
		return Engine::random_token( self::PREFIX );
	}

	/** @return list<DeviceRow> The user's, the oldest first. */
	public function of( int $user_id, int $now ): array {
		return $this->rows->of( $user_id, $now );
	}

	/** Makes a device of this user's a stranger again; false if there is none of this id. */
	public function forget( int $id, int $user_id ): bool {
		return $this->rows->delete( $id, $user_id );
	}

	/**
	 * The same where its user, or who may do it for them, asks for it.
	 *
	 * @throws Refusal sallyport_no_such_device.
	 */
	public function revoke( int $id, int $user_id ): void {
		if ( ! $this->forget( $id, $user_id ) ) {
			throw new Refusal( Code::NoSuchDevice );
		}
		$this->activity->record( Event::DeviceRevoked, $user_id );
	}

	public function use( DeviceRow $device, int $now ): void {
		$this->rows->use( $device->id, $now );
	}

	/** Whether who presents this secret, or none, is on the device the family was opened on, if that was a known one. */
	public function is_of( FamilyRow $family, #[\SensitiveParameter] ?string $secret, int $now ): bool {
		$own = 0 === $family->device_id ? null : $this->rows->find( $family->device_id, $now );
		return null === $own || $own->id === $this->find( $secret, $now )?->id;
	}

	/** After a change of what protects the account, every client is a stranger again. */
	public function forget_all( int $user_id ): void {
		$this->rows->delete_all( $user_id );
	}

	/** After a change of what the account may do, none is trusted. */
	public function forget_trusted( int $user_id ): void {
		$this->rows->delete_trusted( $user_id );
	}
}
