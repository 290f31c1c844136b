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

/** Registers all our routes. Handlers are created when a route is called, not when it is registered. */
final class Routes {
	/** Core's routes that look at all routes: the index, and the batch, which matches its requests before it dispatches them. */
	private const LISTS = array( '', '/batch/v1' );

	private bool $registered = false;

	/**
	 * @param Closure(): ChallengeCookie   $challenge_cookie Lazy: needed for a route that accepts a challenge.
	 * @param list<Closure(): list<Route>> $groups
	 */
	public function __construct(
		private readonly Namespaces $namespaces,
		private readonly Client $client,
		private readonly Access $access,
		private readonly RefreshCookie $cookie,
		private readonly Closure $challenge_cookie,
		private readonly EnrolmentAccess $enrolment,
		private readonly array $groups,
	) {}

	/**
	 * Filter rest_pre_dispatch, first: registers our routes, if the request could tell whether they exist. A request for a route
	 * of core or of another plugin does not pay for them.
	 *
	 * @param mixed $result Passed through.
	 */
	public function before_dispatch( mixed $result, WP_REST_Request $request ): mixed {
		$route = strtolower( untrailingslashit( $request->get_route() ) );
		if ( ! $this->registered && ( in_array( $route, self::LISTS, true ) || null !== $this->namespaces->path( $route ) ) ) {
			$this->register();
		}
		return $result;
	}

	/**
	 * Action rest_api_init, outside of a REST request. A route that the site turned off is not registered, not even for OPTIONS
	 * or in the index.
	 */
	public function register(): void {
		$this->registered = true;
		foreach ( $this->all() as $route ) {
			if ( $this->access->is_off( $route ) || ( null !== $route->namespace && null === $this->namespaces->path( '/' . $route->namespace ) ) ) {
				continue;
			}
			$this->add( $route->namespace ?? $this->namespaces->own(), $route );
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
	 * Our routes as core knows them: registered, and not removed by a filter.
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
				'callback'                     => fn ( WP_REST_Request $request ) => $this->namespaces->under(
					$namespace,
					fn () => $this->answer( $route, $request )
				),
				// answer() checks permission, with the contract's codes.
				'permission_callback'          => '__return_true',
				BridgedLogins::TAKES_CHALLENGE => $route->takes_challenge,
				BridgedLogins::TAKES_ENROLMENT => $route->takes_enrolment,
				Route::KEY                     => $route,
			)
		);
	}

	/** Every call of one of our routes passes here, whatever its namespace, from outside or by rest_do_request(). */
	private function answer( Route $route, WP_REST_Request $request ): WP_REST_Response|WP_Error {
		try {
			$this->client->require_https();
			return $route->takes_enrolment
				? $this->enrolment->run( fn () => $this->admitted( $route, $request ) )
				: $this->admitted( $route, $request );
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		}
	}

	/** @throws Refusal From the route itself, or because the caller may not call it. */
	private function admitted( Route $route, WP_REST_Request $request ): WP_REST_Response|WP_Error {
		$this->access->require( $route );
		$by_cookie = $route->signs_in && $this->cookie->is_on();
		if ( $by_cookie ) {
			$this->cookie->require_fit( $request );
		}
		$answer   = fn (): mixed => ( $route->answer )( $request );
		$response = rest_ensure_response( $route->takes_challenge ? ( $this->challenge_cookie )()->beside( $request, $answer ) : $answer() );
		return $by_cookie ? $this->cookie->take( $response ) : $response;
	}
}
