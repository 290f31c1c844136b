<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Sallyport\WP\Store\Settings;

/** The namespaces our routes answer under. */
final class Namespaces {
	private const DEFAULT = 'sallyport/v1';

	/** Namespace of WP 2FA's login, which Sallyport answers if that plugin is not active. */
	public const WP2FA = 'wp-2fa-methods/v1';

	/** The namespace by which the route being answered was called. */
	private string $current = '';

	public function __construct(
		private readonly Settings $settings,
		private readonly Headlesskey $headlesskey,
	) {}

	/**
	 * Whether a name may be a namespace of ours: lower-case letters, digits, - and _, which are literal in core's route
	 * patterns, with one slash; and not one of core's own.
	 */
	public static function is_name( string $name ): bool {
		return 1 === preg_match( '~^(?!(wp|oembed|batch)[/-])[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)+$~D', $name );
	}

	/** `sallyport/v1`, or the namespace from the settings. */
	public function own(): string {
		$name = $this->settings->get( 'rest_namespace' ) . '/' . $this->settings->get( 'rest_version' );
		return self::is_name( $name ) ? $name : self::DEFAULT;
	}

	/** @return list<string> HeadlessKey's namespaces, if Sallyport stands in for that plugin. */
	public function headlesskey(): array {
		return array_values( array_diff( $this->headlesskey->namespaces(), array( $this->own() ) ) );
	}

	/**
	 * Answers a route under the namespace it was called by. Such a route may call another.
	 *
	 * @template T
	 * @param Closure(): T $answer
	 * @return T
	 */
	public function under( string $name, Closure $answer ): mixed {
		$before        = $this->current;
		$this->current = $name;
		try {
			return $answer();
		} finally {
			$this->current = $before;
		}
	}

	/** The namespace by which the route being answered was called. */
	public function current(): string {
		return '' === $this->current ? $this->own() : $this->current;
	}

	/** Whether it was called by one of HeadlessKey's namespaces. */
	public function is_headlesskeys(): bool {
		return in_array( $this->current, $this->headlesskey(), true );
	}

	/** Whether a route is the login that Sallyport answers in place of WP 2FA. */
	public function is_wp2fa( string $route ): bool {
		return null !== $this->path( $route ) && str_starts_with( strtolower( $route ) . '/', '/' . self::WP2FA . '/' );
	}

	/**
	 * The path of one of our routes below its namespace, in lower case, since core matches routes in any case. Empty for the
	 * namespace itself.
	 *
	 * @param string $route As WP_REST_Request::get_route() returns it.
	 * @return string|null Null for any other route.
	 */
	public function path( string $route ): ?string {
		$route = strtolower( untrailingslashit( $route ) );
		foreach ( array( $this->own(), ...$this->headlesskey(), ...( defined( 'WP_2FA_VERSION' ) ? array() : array( self::WP2FA ) ) ) as $name ) {
			if ( str_starts_with( $route . '/', '/' . $name . '/' ) ) {
				return substr( $route, strlen( $name ) + 1 );
			}
		}
		return null;
	}
}
