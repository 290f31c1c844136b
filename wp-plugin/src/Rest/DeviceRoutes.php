<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Device\Devices;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Store\DeviceRow;
use Sallyport\WP\Token\Families;
use WP_REST_Request;

/** The caller's devices, known and trusted. */
final class DeviceRoutes {
	public function __construct(
		private readonly Devices $devices,
		private readonly Sallyport $issuer,
		private readonly Families $families,
	) {}

	/** @return list<array{id: int, name: string, trusted: bool, added: string, last_used: string, expires: string, this: bool}> The oldest first. */
	public function all( WP_REST_Request $request ): array {
		$now     = time();
		$current = $this->current( $request, $now );
		return array_map(
			static fn ( DeviceRow $device ): array => array(
				'id'        => $device->id,
				'name'      => $device->name,
				'trusted'   => $device->trusted_at > 0,
				'added'     => gmdate( 'c', $device->created_at ),
				'last_used' => gmdate( 'c', $device->last_used_at ),
				'expires'   => gmdate( 'c', $device->expires_at ),
				'this'      => $device->id === $current,
			),
			$this->devices->of( get_current_user_id(), $now )
		);
	}

	/**
	 * DELETE /two-factor/devices/{id}: the device is a stranger again.
	 *
	 * @return array{deleted: true}
	 */
	public function forget( WP_REST_Request $request ): array {
		$this->devices->revoke( (int) $request->get_url_params()['id'], get_current_user_id() );
		return array( 'deleted' => true );
	}

	/** The caller's device: by its secret, else the one the caller's token was issued on; 0 if unknown. */
	private function current( WP_REST_Request $request, int $now ): int {
		$device = $this->devices->find( Answer::device( $request ), $now );
		if ( null !== $device ) {
			return $device->id;
		}
		$sid = $this->issuer->family();
		return '' === $sid ? 0 : $this->families->with_sid( $sid )->device_id ?? 0;
	}
}
