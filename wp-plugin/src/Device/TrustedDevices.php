<?php
declare( strict_types=1 );

namespace Sallyport\WP\Device;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Engine;
use Sallyport\WP\Store\DeviceRow;
use Sallyport\WP\Store\DeviceRows;
use Sallyport\WP\Store\DeviceSecretRows;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Store\State;

/**
 * Devices that replace the code after a right password, because their user asked for it at a completed second step
 * (docs/adr/0018).
 *
 * Their secret rotates like a refresh token: each use replaces it. Replay of a replaced secret ends the device, except for
 * a moment in which parallel logins get the same successor.
 */
final class TrustedDevices {
	/** Its word in `amr`. It is no factor, and RFC 8176 has no word for it. */
	public const NAME = 'device';

	/** Seconds a device is trusted while it is not used, and seconds it is trusted in all. */
	public const IDLE     = 30 * DAY_IN_SECONDS;
	private const LONGEST = 180 * DAY_IN_SECONDS;

	/** The new secret for this request's client. */
	private ?string $given = null;

	public function __construct(
		private readonly DeviceRows $rows,
		private readonly DeviceSecretRows $replaced,
		private readonly Devices $devices,
		private readonly Engine $engine,
		private readonly State $state,
		private readonly Settings $settings,
		private readonly Activity $activity,
	) {}

	/** Whether this site has trusted devices. */
	public function are_on(): bool {
		return true === $this->settings->get( 'trusted_devices' );
	}

	/** The secret that this request's client has to keep from now on: its first, or the successor of the one it sent. */
	public function given(): ?string {
		return $this->given;
	}

	/** Trusts the client that completed a second step with a code. The device it was known as before ends. */
	public function trust( Proof $proof, string $name, #[\SensitiveParameter] ?string $secret, int $now ): void {
		$known = $this->devices->find( $secret, $now );
		if ( $known?->user_id === $proof->user_id ) {
			$this->devices->forget( $known->id, $known->user_id );
		}
		$row = array(
			'trusted_at' => $now,
			'epoch'      => $proof->epoch,
			'amr'        => implode( ' ', $proof->amr ),
			'expires_at' => $now + self::IDLE,
		);
		$this->given = $this->devices->add( $proof->user_id, $name, $now, $row );
		$this->activity->record( Event::DeviceTrusted, $proof->user_id, $proof->issuer, device: $name );
	}

	/**
	 * Spends the secret of a trusted device instead of a code.
	 *
	 * @param Closure(list<string>): bool $counts Whether a device trusted under a proof with this `amr` is still enough. If
	 *                                            not, the secret is not spent.
	 * @return DeviceRow|null The device, whose epoch binds the proof; null if the secret is not a trusted device of this user's.
	 */
	public function vouch( int $user_id, #[\SensitiveParameter] string $secret, string $issuer, int $now, Closure $counts ): ?DeviceRow {
		if ( ! Devices::is_secret( $secret ) || ! $this->are_on() ) {
			return null;
		}
		$digest = Engine::digest( $secret );
		$device = $this->rows->with_digest( $digest, $now );
		if ( null !== $device && $this->is_trusted( $device, $user_id ) ) {
			$this->replaced->replace(
				$digest,
				$device->id,
				$this->engine->seal_successor( Devices::new_secret(), $secret ),
				$now,
				$now + self::IDLE
			);
		}
		$replaced = $this->replaced->find( $digest );
		$device   = null === $replaced ? null : $this->rows->find( $replaced['device_id'], $now );
		if ( null === $device || ! $this->is_trusted( $device, $user_id ) || ! $counts( $device->amr ) ) {
			return null;
		}
		$successor = '' === $replaced['successor'] ? null : $this->engine->unseal_successor( $replaced['successor'], $secret );
		if ( null === $successor || ! $this->take_over( $device, $digest, $successor, $replaced['replaced_at'], $now ) ) {
			$this->end( $device, $issuer );
			return null;
		}
		$this->replaced->forget_successors( $device->id, $now - Devices::GRACE );
		$this->given = $successor;
		$this->activity->record( Event::DeviceAccepted, $user_id, $issuer, device: $device->name );
		return $device;
	}

	/**
	 * Whether the successor is the device's secret now, or became it a moment ago. Whoever comes first makes it so: the request
	 * that created it may have been cut short.
	 */
	private function take_over(
		DeviceRow $device,
		string $digest,
		#[\SensitiveParameter] string $successor,
		int $replaced_at,
		int $now,
	): bool {
		$expires = min( $now + self::IDLE, $device->trusted_at + self::LONGEST );
		return $this->rows->rotate( $device->id, $digest, Engine::digest( $successor ), $now, $expires )
			|| ( $now - $replaced_at <= Devices::GRACE && null !== $this->rows->find( $device->id, $now ) );
	}

	/** Two clients have had the same secret: one of them stole it. */
	private function end( DeviceRow $device, string $issuer ): void {
		if ( $this->devices->forget( $device->id, $device->user_id ) ) {
			$this->activity->record( Event::DeviceReused, $device->user_id, $issuer, device: $device->name );
		}
	}

	private function is_trusted( DeviceRow $device, int $user_id ): bool {
		return $device->user_id === $user_id
			&& $device->trusted_at > 0
			&& '' !== $device->epoch
			&& array() !== $device->amr
			&& $this->state->epoch( $user_id ) === $device->epoch;
	}
}
