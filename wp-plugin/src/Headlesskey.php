<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Store\Settings;

/**
 * Stands in for the plugin HeadlessKey (wordpress.org/plugins/headlesskey-jwt-auth). If the setting `headlesskey` is on and
 * that plugin is not active, its clients find its routes here, and its constants apply where ours are not defined.
 */
final class Headlesskey {
	private const PLUGIN = 'headlesskey-jwt-auth/';

	private const PREFIX = 'headlesskey_';

	public function __construct( private readonly Settings $settings ) {}

	public function is_on(): bool {
		return true === $this->settings->get( 'headlesskey' ) && ! self::is_active();
	}

	/**
	 * The namespaces of its routes: the two that it documents, and the one that its constants set.
	 *
	 * @return list<string>
	 */
	public function namespaces(): array {
		if ( ! $this->is_on() ) {
			return array();
		}
		$named = self::constant( 'REST_NAMESPACE', 'wpauthapi' ) . '/' . self::constant( 'REST_VERSION', 'v1' );
		return array_values(
			array_unique( array( 'headlesskey/v1', 'wpauthapi/v1', ...( Namespaces::is_name( $named ) ? array( $named ) : array() ) ) )
		);
	}

	/** Its secret for HS256, HS384 or HS512; empty if there is none, null if it is not a string. */
	public function secret(): ?string {
		return $this->is_on() ? self::constant( 'SECRET_KEY' ) : '';
	}

	/**
	 * Its CORS configuration, as values of the setting `cors`.
	 *
	 * @return list<string>
	 */
	public function cors(): array {
		$said = $this->is_on() && defined( self::PREFIX . 'CORS' )
			? filter_var( constant( self::PREFIX . 'CORS' ), FILTER_VALIDATE_BOOL, FILTER_NULL_ON_FAILURE )
			: null;
		return null === $said ? array() : array( $said ? 'true' : 'false' );
	}

	/** @return list<string> Its constants with an unreadable value, which are ignored. */
	public function unfit(): array {
		if ( ! $this->is_on() ) {
			return array();
		}
		$wrong = array(
			'REST_NAMESPACE' => ! Namespaces::is_name( self::constant( 'REST_NAMESPACE', 'wpauthapi' ) . '/v1' ),
			'REST_VERSION'   => ! Namespaces::is_name( 'wpauthapi/' . self::constant( 'REST_VERSION', 'v1' ) ),
			'CORS'           => defined( self::PREFIX . 'CORS' ) && array() === $this->cors(),
		);
		return array_map( static fn ( string $name ): string => self::PREFIX . $name, array_keys( array_filter( $wrong ) ) );
	}

	private static function constant( string $name, string $otherwise = '' ): ?string {
		$value = defined( self::PREFIX . $name ) ? constant( self::PREFIX . $name ) : $otherwise;
		return is_string( $value ) ? $value : null;
	}

	/** Runs while plugins load, before is_plugin_active() is defined. */
	private static function is_active(): bool {
		$active = array(
			...array_values( (array) get_option( 'active_plugins', array() ) ),
			...( is_multisite() ? array_keys( (array) get_site_option( 'active_sitewide_plugins', array() ) ) : array() ),
		);
		return array() !== preg_grep( '~^' . self::PLUGIN . '~', array_filter( $active, 'is_string' ) );
	}
}
