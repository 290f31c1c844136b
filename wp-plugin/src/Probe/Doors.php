<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

use Sallyport\WP\Gate\Finder;
use Sallyport\WP\Issuer\Issuers;
use Sallyport\WP\Namespaces;
use Throwable;

/** Lists what on this site can issue a token or a cookie, and the gate of each. It only reads what is registered. */
final class Doors {
	/** The columns of a list. */
	public const FIELDS = array( 'kind', 'door', 'file', 'version', 'gate' );

	/** Gate of an unknown route of another plugin: credentials from it are not accepted. */
	public const UNKNOWN = 'Gate\Acceptance; no bridge knows this handler';

	/** Matches names of routes and mutations that may sign a user in. */
	private const NAMES = '~log-?_?in|log-?_?on|sign-?_?in|auth|token|jwt|session|register|password|oauth|sso|2fa|refresh|switch|api-?key~i';

	/** Hooks by which plugins determine the current user. */
	private const HOOKS = array(
		'authenticate'               => 'Gate\OtherDoors, the last word',
		'determine_current_user'     => 'Gate\Acceptance, the last word',
		'rest_authentication_errors' => 'Gate\Acceptance, the last word',
		'set_current_user'           => 'Gate\Acceptance, the last word',
	);

	public function __construct(
		private readonly Issuers $issuers,
		private readonly Namespaces $namespaces,
	) {}

	/** @return list<array{kind: string, door: string, file: string, version: string, gate: string}> */
	public function all(): array {
		return array( ...self::core(), ...$this->routes(), ...self::mutations(), ...self::hooks() );
	}

	/** @return list<array<string, string>> */
	private static function core(): array {
		$version = get_bloginfo( 'version' );
		$core    = static fn ( string $door, string $gate ): array => self::row( 'core', $door, '', $version, $gate );
		return array(
			$core( 'wp-login.php', 'Gate\OtherDoors, Login\SecondStep' ),
			$core( 'xmlrpc.php', apply_filters( 'xmlrpc_enabled', true ) ? 'Gate\OtherDoors' : 'switched off' ),
			$core( 'application passwords', wp_is_application_passwords_available() ? 'Gate\Acceptance' : 'switched off' ),
			$core( 'cookies, with a nonce and without', 'Gate\Acceptance, Gate\SessionProof' ),
		);
	}

	/** @return list<array<string, string>> */
	private function routes(): array {
		$rows = array();
		foreach ( rest_get_server()->get_routes() as $route => $handlers ) {
			foreach ( 1 === preg_match( self::NAMES, $route ) ? $handlers : array() as $handler ) {
				$issuer = $this->issuers->of_login( $handler );
				$file   = Finder::file( $handler['callback'] ?? null );
				$rows[] = self::row(
					'route',
					implode( '|', array_keys( array_filter( (array) ( $handler['methods'] ?? array() ) ) ) ) . ' ' . $route,
					$file,
					self::version( $file ),
					match ( true ) {
						null !== $issuer                                 => 'Gate\BridgedLogins, Issuer ' . $issuer->name(),
						null !== $this->namespaces->path( $route )       => 'Gate\Gate, Gate\Acceptance',
						str_starts_with( $file, WPINC . '/' )            => 'Gate\Acceptance, Gate\StepUp',
						$this->issuers->answer( $handler )               => 'Gate\BridgedLogins',
						default                                          => $this->issuers->gate_of( $handler ) ?? self::UNKNOWN,
					}
				);
			}
		}
		return $rows;
	}

	/**
	 * Mutations of WPGraphQL, if it is active.
	 *
	 * @return list<array<string, string>>
	 */
	private static function mutations(): array {
		if ( ! class_exists( 'WPGraphQL', false ) ) {
			return array();
		}
		try {
			$names = \WPGraphQL::get_schema()->getMutationType()?->getFieldNames() ?? array();
		} catch ( Throwable ) {
			$names = array();
		}
		return array_map(
			static fn ( string $name ): array => self::row(
				'mutation',
				$name,
				'',
				defined( 'WPGRAPHQL_VERSION' ) ? (string) WPGRAPHQL_VERSION : '',
				'Gate\Acceptance; what checks a password with core: Gate\OtherDoors'
			),
			array_values( preg_grep( self::NAMES, $names ) )
		);
	}

	/** @return list<array<string, string>> */
	private static function hooks(): array {
		$rows = array();
		foreach ( self::HOOKS as $hook => $gate ) {
			foreach ( array_keys( Finder::others( $hook ) ) as $file ) {
				$rows[] = self::row( 'hook', $hook, $file, self::version( $file ), $gate );
			}
		}
		return $rows;
	}

	/** @return array{kind: string, door: string, file: string, version: string, gate: string} */
	private static function row( string $kind, string $door, string $file, string $version, string $gate ): array {
		return array_combine( self::FIELDS, array( $kind, $door, $file, $version, $gate ) );
	}

	/** Version of the plugin that a file belongs to, or of core. */
	private static function version( string $file ): string {
		if ( str_starts_with( $file, WPINC . '/' ) ) {
			return get_bloginfo( 'version' );
		}
		return Installed::of_file( ABSPATH . $file )['version'] ?? '';
	}
}
