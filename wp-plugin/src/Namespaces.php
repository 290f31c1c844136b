<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Sallyport\WP\Store\Settings;

/** Under which names our routes answer. */
final class Namespaces {
	private const DEFAULT = 'sallyport/v1';

	/** Of WP 2FA's login, which we answer where that plugin is not active. */
	public const WP2FA = 'wp-2fa-methods/v1';

	/** The one the route being answered was called by. */
	private string $current = '';

	public function __construct(
		private readonly Settings $settings,
		private readonly Headlesskey $headlesskey,
	) {}

	/**
	 * Whether a name may be one of ours: small letters, digits, - and _, of which none means anything to core's patterns,
	 * with a slash in it; and none of core's own.
	 */
	public static function is_name( string $name ): bool {
		return 1 === preg_match( '~^(?!(wp|oembed|batch)[/-])[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)+$~D', $name );
	}

	/** `sallyport/v1`, or what the settings put in its place. */
	public function own(): string {
		$name = $this->settings->get( 'rest_namespace' ) . '/' . $this->settings->get( 'rest_version' );
		return self::is_name( $name ) ? $name : self::DEFAULT;
	}

	/** @return list<string> HeadlessKey's, under which the routes it has answer as well where we stand in its place. */
	public function headlesskey(): array {
		return array_values( array_diff( $this->headlesskey->namespaces(), array( $this->own() ) ) );
	}

	/**
	 * Answers a route as called by one of our names; one may call another.
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

	/** The one of ours the route being answered was called by. */
	public function current(): string {
		return '' === $this->current ? $this->own() : $this->current;
	}

	/** Whether the route being answered was called by one of HeadlessKey's names. */
	public function is_headlesskeys(): bool {
		return in_array( $this->current, $this->headlesskey(), true );
	}

	/** Whether a route is the login we answer in WP 2FA's place. */
	public function is_wp2fa( string $route ): bool {
		return null !== $this->path( $route ) && str_starts_with( strtolower( $route ) . '/', '/' . self::WP2FA . '/' );
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
		foreach ( array( $this->own(), ...$this->headlesskey(), ...( defined( 'WP_2FA_VERSION' ) ? array() : array( self::WP2FA ) ) ) as $name ) {
			if ( str_starts_with( $route . '/', '/' . $name . '/' ) ) {
				return substr( $route, strlen( $name ) + 1 );
			}
		}
		return null;
	}
}
