<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Closure;
use ReflectionClass;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\OtherPlugin;
use Sallyport\WP\Factor\OtherPlugins;
use Sallyport\WP\Fields;
use Sallyport\WP\Issuer\{CoCart, HeadlessLogin, Issuer, Issuers, SimpleJwtLogin, Tmeister, UsefulTeam, WpGraphqlJwt};
use Sallyport\WP\Namespaces;
use Sallyport\WP\Probe\{Doors, Installed};
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\View;
use Sallyport\WP\Template;

/** The active plugins with tokens or second factors: which of them Sallyport knows, and what it does there. */
final class Integrations implements Tab {
	/** @param Closure(): Doors $doors */
	public function __construct(
		private readonly Issuers $issuers,
		private readonly OtherPlugins $other_plugins,
		private readonly Closure $doors,
		private readonly Namespaces $namespaces,
	) {}

	public static function slug(): string {
		return 'integrations';
	}

	public static function title(): string {
		return __( 'Integrations', 'sallyport' );
	}

	public static function said( string $done ): string {
		return '';
	}

	public function handle( string $what, Fields $fields ): string {
		throw new Refusal( Code::InvalidParam );
	}

	public function render( array $shared ): void {
		$doors   = ( $this->doors )()->all();
		$plugins = $this->issuers->plugins();
		$shown   = array(
			'issuers'  => array_map( self::issuer( ... ), array_keys( $plugins ), $plugins ),
			'factors'  => array_map( self::factor( ... ), $this->other_plugins->running() ),
			'outdated' => CoCart::is_outdated(),
			'route'    => '/' . $this->namespaces->own() . '/token',
			'unknown'  => self::by_plugin( array_filter( $doors, static fn ( array $door ): bool => Doors::UNKNOWN === $door['gate'] ) ),
			'hooks'    => self::by_plugin( array_filter( $doors, static fn ( array $door ): bool => 'hook' === $door['kind'] ) ),
		);
		echo Template::own( 'settings/integrations', array( 'view' => new View( $shared + $shown ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
	}

	/** @return array{title: string, version: string, does: string} */
	private static function issuer( string $class, Issuer $issuer ): array {
		$plugin = Installed::of_file( (string) ( new ReflectionClass( $class ) )->getFileName() );
		return array(
			'title'   => $plugin['title'] ?? $issuer->name(),
			'version' => $plugin['version'] ?? '',
			'does'    => match ( $issuer->name() ) {
				Tmeister::NAME       => __( 'Its login asks for the second factor.', 'sallyport' ),
				UsefulTeam::NAME     => __( 'Its login, including custom_auth, asks for the second factor; its refresh cookie hands on what was proven.', 'sallyport' ),
				SimpleJwtLogin::NAME => __( 'Its logins, OAuth, autologin, and resets and deletions by a token ask for the second factor; its refresh tokens hand on what was proven, and its API keys do not work for users who have one.', 'sallyport' ),
				CoCart::NAME         => __( 'Its login, and Basic authentication at every one of its routes, ask for the second factor; its refresh tokens hand on what was proven.', 'sallyport' ),
				WpGraphqlJwt::NAME,
				HeadlessLogin::NAME  => __( 'Its login mutation asks for the second factor; no field, header or other mutation gives a token without it.', 'sallyport' ),
				default              => __( 'Another plugin says how its tokens are read and made; its login asks for the second factor.', 'sallyport' ),
			},
		);
	}

	/** @return array{title: string, version: string, import: string} */
	private static function factor( OtherPlugin $plugin ): array {
		return array(
			'title'   => $plugin->title(),
			'version' => Installed::by_main( $plugin->source() . '.php' )['version'] ?? '',
			'import'  => 'wp sallyport import ' . $plugin->source(),
		);
	}

	/**
	 * @param array<array<string, string>> $doors
	 * @return array<string, list<string>> File, with its plugin's version if known => its doors.
	 */
	private static function by_plugin( array $doors ): array {
		$found = array();
		foreach ( $doors as $door ) {
			$found[ trim( $door['file'] . ' ' . $door['version'] ) ][] = $door['door'];
		}
		return $found;
	}
}
