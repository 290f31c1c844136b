<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

use Sallyport\WP\Issuer\Issuers;
use Sallyport\WP\Namespaces;

/** Routes of unknown plugins whose names suggest that they accept a password. */
final class GuessedKnocks {
	/** How such a route ends. No other route is tried, because nobody knows what it would do. */
	private const ENDS = '~/(token|login|log-in|signin|sign-in|auth|authenticate|jwt)$~Di';

	public function __construct(
		private readonly Issuers $issuers,
		private readonly Namespaces $namespaces,
	) {}

	/** @return list<Knock> */
	public function all(): array {
		return array_map( self::knock( ... ), $this->routes() );
	}

	/** @return list<string> */
	public function routes(): array {
		$found = array();
		foreach ( rest_get_server()->get_routes() as $route => $handlers ) {
			if ( 1 === preg_match( self::ENDS, $route ) && null === $this->namespaces->path( $route ) && ! str_starts_with( $route, '/wp/' ) ) {
				foreach ( $handlers as $handler ) {
					if ( ! empty( $handler['methods']['POST'] ) && null === $this->issuers->of_login( $handler ) ) {
						$found[ $route ] = true;
					}
				}
			}
		}
		return array_keys( $found );
	}

	private static function knock( string $route ): Knock {
		return new Knock(
			'POST ' . $route,
			'Gate\Acceptance',
			static fn ( Visitor $visitor, Loopback $http ): Heard => $http->post(
				rest_url( $route ),
				array_fill_keys( array( 'username', 'user_login', 'login', 'log' ), $visitor->login )
				+ array_fill_keys( array( 'password', 'user_pass', 'pwd' ), $visitor->password )
				+ array( 'email' => $visitor->email )
			),
			bridged: false
		);
	}
}
