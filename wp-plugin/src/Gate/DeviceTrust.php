<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Client;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Store\DeviceRow;

/** Decides by policy whether a trusted device may replace the code, and whether a client becomes one. */
final class DeviceTrust {
	/** @param Closure(): TrustedDevices $devices Lazy: needed if a client presents a device, or asks to be trusted. */
	public function __construct(
		private readonly Closure $devices,
		private readonly Policies $policies,
		private readonly Client $client,
	) {}

	/** Whether a trusted device may replace the code for this user: the site has the feature, and policy allows it. */
	public function is_allowed( int $user_id ): bool {
		return ( $this->devices )()->are_on() && $this->policies->demand( $user_id )->allows( TrustedDevices::NAME, is_strong: true );
	}

	/** Trusts the client's device from now on, if it asked for that when the user completed the second step with a code. */
	public function give( Proof $proof, Answer $answer ): void {
		if ( $answer->trust_device && $this->is_allowed( $proof->user_id ) ) {
			( $this->devices )()->trust( $proof, $this->client->device(), $answer->device, time() );
		}
	}

	/**
	 * Spends a device's secret in place of a code. Null if the secret is not one of this user's devices, or policy wants more
	 * than the device can vouch for. Then the device keeps its secret, and a code is required.
	 */
	public function vouch( int $user_id, string $issuer, #[\SensitiveParameter] ?string $secret ): ?DeviceRow {
		if ( null === $secret || ! $this->is_allowed( $user_id ) ) {
			return null;
		}
		return ( $this->devices )()->vouch(
			$user_id,
			$secret,
			$issuer,
			time(),
			fn ( array $amr ): bool => $this->policies->may_vouch( $user_id, $amr )
		);
	}
}
