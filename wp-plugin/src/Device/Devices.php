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
 * Known devices: a client that gave a device name at a completed login is given a secret that tells it from strangers. A
 * known device is no factor, and lets nobody in. TrustedDevices are those that their user asked to be trusted besides.
 */
final class Devices {
	private const PREFIX = 'spd1';

	/** Seconds a device stays known, however often it is used. */
	private const TTL = 180 * DAY_IN_SECONDS;

	/** Seconds for which the replaced secret of a trusted device still counts. */
	public const GRACE = 10;

	/** Devices a user may have; beyond that the oldest is deleted. */
	private const MOST = 20;

	public function __construct(
		private readonly DeviceRows $rows,
		private readonly DeviceSecretRows $replaced,
		private readonly Activity $activity,
	) {}

	/** Whether a text has the form of a device secret. */
	public static function is_secret( #[\SensitiveParameter] string $text ): bool {
		return str_starts_with( $text, self::PREFIX . '_' );
	}

	/**
	 * The device whose secret a client presents, of any user; null if there is none. A secret that was replaced a moment ago
	 * still identifies its device.
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
	 * Makes a client known after a completed login, second factor included.
	 *
	 * @return string The secret, for the client to keep.
	 */
	public function remember( int $user_id, string $name, int $now ): string {
		$secret = $this->add( $user_id, $name, $now, array( 'expires_at' => $now + self::TTL ) );
		$this->activity->record( Event::DeviceAdded, $user_id, device: $name );
		return $secret;
	}

	/**
	 * @param array<string, int|string> $more Further columns of the row; at least when it ends.
	 * @return string The device's secret.
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

	/** @return list<DeviceRow> The user's devices, the oldest first. */
	public function of( int $user_id, int $now ): array {
		return $this->rows->of( $user_id, $now );
	}

	/** Deletes one of this user's devices; false if there is none with this id. */
	public function forget( int $id, int $user_id ): bool {
		return $this->rows->delete( $id, $user_id );
	}

	/**
	 * Deletes a device at the request of its user, or of somebody who may do it for them; it is logged.
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

	/**
	 * Whether this secret, or its absence, matches the known device that the family was opened on. True if it was opened on
	 * none.
	 */
	public function is_of( FamilyRow $family, #[\SensitiveParameter] ?string $secret, int $now ): bool {
		$own = 0 === $family->device_id ? null : $this->rows->find( $family->device_id, $now );
		return null === $own || $own->id === $this->find( $secret, $now )?->id;
	}

	/** After a change of what protects the account: every client is a stranger again. */
	public function forget_all( int $user_id ): void {
		$this->rows->delete_all( $user_id );
	}

	/** After a change of the user's rights: no device is trusted any longer. */
	public function forget_trusted( int $user_id ): void {
		$this->rows->delete_trusted( $user_id );
	}
}
