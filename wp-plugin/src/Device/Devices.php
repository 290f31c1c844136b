<?php
declare( strict_types=1 );

namespace Sallyport\WP\Device;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Engine;
use Sallyport\WP\Store\DeviceRow;
use Sallyport\WP\Store\DeviceRows;
use Sallyport\WP\Store\FamilyRow;

/**
 * Known devices: a client that named itself at a completed log-in holds a secret, and is told from strangers by it. It
 * stands for no factor and lets nobody in.
 */
final class Devices {
	private const PREFIX = 'spd1';

	/** Seconds a device is known, however often it is used. */
	private const TTL = 180 * DAY_IN_SECONDS;

	/** Devices a user may have; beyond that the oldest is forgotten. */
	private const MOST = 20;

	public function __construct(
		private readonly DeviceRows $rows,
		private readonly Activity $activity,
	) {}

	/** Whether a text is of the form of a device's secret. */
	public static function is_secret( #[\SensitiveParameter] string $text ): bool {
		return str_starts_with( $text, self::PREFIX . '_' );
	}

	/** The device whose secret a client presents, be it anybody's; null for what is none. */
	public function find( #[\SensitiveParameter] ?string $secret, int $now ): ?DeviceRow {
		return null !== $secret && self::is_secret( $secret ) ? $this->rows->with_digest( Engine::digest( $secret ), $now ) : null;
	}

	/**
	 * Makes a client known after a log-in that is complete, factor included.
	 *
	 * @return string The secret, for the client to keep.
	 */
	public function remember( int $user_id, string $name, int $now ): string {
		$secret = Engine::random_token( self::PREFIX );
		$this->rows->add(
			array(
				'digest'       => Engine::digest( $secret ),
				'user_id'      => $user_id,
				'name'         => $name,
				'created_at'   => $now,
				'last_used_at' => $now,
				'expires_at'   => $now + self::TTL,
			)
		);
		$this->rows->keep_newest( $user_id, self::MOST );
		$this->activity->record( Event::DeviceAdded, $user_id, device: $name );
		return $secret;
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

	/** @return int How many were deleted, $limit at most. */
	public function delete_expired( int $now, int $limit ): int {
		return $this->rows->delete_expired( $now, $limit );
	}
}
