<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Closure;
use Sallyport\WP\Client;
use Sallyport\WP\Gate\BridgedLogins;
use Sallyport\WP\Namespaces;
use Sallyport\WP\Refusal;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

/** Registers every route of ours. What answers is made when a route is called, not when it is registered. */
final class Routes {
	/** @param list<Closure(): list<Route>> $groups */
	public function __construct(
		private readonly Namespaces $namespaces,
		private readonly Client $client,
		private readonly Access $access,
		private readonly RefreshCookie $cookie,
		private readonly array $groups,
	) {}

	/** Action rest_api_init. A route that the site turned off is not there: not for OPTIONS, nor in the index. */
	public function register(): void {
		foreach ( $this->all() as $route ) {
			if ( $this->access->is_off( $route ) ) {
				continue;
			}
			$this->add( $this->namespaces->own(), $route );
			foreach ( $route->headlesskey ? $this->namespaces->headlesskey() : array() as $namespace ) {
				$this->add( $namespace, $route );
			}
		}
	}

	/** @return list<Route> */
	public function all(): array {
		return array_merge( ...array_map( static fn ( Closure $group ): array => $group(), $this->groups ) );
	}

	/**
	 * What core knows of ours: registered, and not taken away by a filter.
	 *
	 * @return list<Route>
	 */
	public function registered(): array {
		$handlers = array_merge( ...array_values( rest_get_server()->get_routes( $this->namespaces->own() ) ) );
		return array_values( array_filter( array_column( $handlers, Route::KEY ) ) );
	}

	private function add( string $namespace, Route $route ): void {
		register_rest_route(
			$namespace,
			$route->path,
			array(
				'methods'                      => $route->method,
				'callback'                     => fn ( WP_REST_Request $request ) => $this->namespaces->under( $namespace, fn () => $this->answer( $route, $request ) ),
				// Who may is decided by answer(), with the contract's codes.
				'permission_callback'          => '__return_true',
				BridgedLogins::TAKES_CHALLENGE => $route->takes_challenge,
				Route::KEY                     => $route,
			)
		);
	}

	/** What every call of a route of ours passes, whatever its namespace, from outside or by rest_do_request(). */
	private function answer( Route $route, WP_REST_Request $request ): WP_REST_Response|WP_Error {
		try {
			$this->client->require_https();
			$this->access->require( $route );
			$by_cookie = $route->signs_in && $this->cookie->is_on();
			if ( $by_cookie ) {
				$this->cookie->require_fit( $request );
			}
			$response = rest_ensure_response( ( $route->answer )( $request ) );
			return $by_cookie ? $this->cookie->take( $response ) : $response;
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		}
	}
}
