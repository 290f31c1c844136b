<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Device\Devices;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Fields;
use Sallyport\WP\Namespaces;
use WP_REST_Request;

/**
 * The secret of a trusted device in a cookie that scripts cannot read, for better-auth's clients. /sign-in accepts it, and
 * /token/refresh, where it tells a second tab from a thief.
 */
final class DeviceCookie {
	private const NAME = 'device';

	public function __construct(
		private readonly Cookies $cookies,
		private readonly Greeting $greeting,
		private readonly Namespaces $namespaces,
	) {}

	/** The secret in this request's cookie, if the page that asks may use it. */
	public function secret( WP_REST_Request $request ): ?string {
		$secret = $this->cookies->sent( self::NAME );
		return Devices::is_secret( $secret ) && strlen( $secret ) <= Fields::TEXT && $this->cookies->fits( $request ) ? $secret : null;
	}

	/** Sets the cookie with the device's next secret, if it is trusted and the page may have a cookie. */
	public function give( WP_REST_Request $request ): void {
		$secret = $this->greeting->device()['device'] ?? null;
		if ( null !== $secret && $this->cookies->fits( $request ) && ! headers_sent() ) {
			$this->cookies->set( self::NAME, $secret, time() + TrustedDevices::IDLE, $this->path(), Cookies::LAX );
		}
	}

	private function path(): string {
		return $this->cookies->path( $this->namespaces->current() );
	}
}
