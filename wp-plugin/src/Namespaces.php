<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Store\Settings;

/** Under which names our routes answer. */
final class Namespaces {
	/** HeadlessKey's, under which the routes of contract section 2 answer as well where the setting `headlesskey` says so. */
	private const HEADLESSKEY = array( 'headlesskey/v1', 'wpauthapi/v1' );

	public function __construct( private readonly Settings $settings ) {}

	/** `sallyport/v1`, or what the settings put in its place. */
	public function own(): string {
		$name = $this->settings->get( 'rest_namespace' ) . '/' . $this->settings->get( 'rest_version' );
		return 1 === preg_match( '~^[a-z0-9][a-z0-9_-]*(/[a-z0-9_.-]+)+$~D', $name ) ? $name : 'sallyport/v1';
	}

	/** @return list<string> */
	public function headlesskey(): array {
		return $this->settings->get( 'headlesskey' ) ? self::HEADLESSKEY : array();
	}

	/**
	 * The path of one of our routes below its namespace, in lower case: core matches routes in any case. Empty for the
	 * namespace itself.
	 *
	 * @param string $route As WP_REST_Request::get_route() gives it.
	 * @return string|null Null for a route that is none of ours.
	 */
	public function path( string $route ): ?string {
		$route = strtolower( untrailingslashit( $route ) );
		foreach ( array( $this->own(), ...$this->headlesskey() ) as $name ) {
			if ( str_starts_with( $route . '/', '/' . $name . '/' ) ) {
				return substr( $route, strlen( $name ) + 1 );
			}
		}
		return null;
	}

	/** Whether a route was asked for under one of HeadlessKey's names. */
	public function is_headlesskey( string $route ): bool {
		return null !== $this->path( $route ) && ! str_starts_with( strtolower( untrailingslashit( $route ) ) . '/', '/' . $this->own() . '/' );
	}
}
