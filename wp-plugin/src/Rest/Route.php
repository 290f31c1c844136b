<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Closure;
use Sallyport\WP\Code;

/**
 * One of our routes: its handler, and what docs/rest.md and the OpenAPI document say about it.
 *
 * `$body`, `$query` and `$answers` are JSON Schema. Core is not told about the fields: it would coerce them, and log a notice
 * for a body that is not an object. Fields validates them.
 */
final class Route {
	/** Key of the registered handler that holds its Route. */
	public const KEY = 'sallyport_route';

	/** A parameter in a path, as core parses it: its name and its pattern. */
	private const PARAMETER = '~\(\?P<(\w+)>((?:[^()]|\([^()]*\))+)\)~';

	/**
	 * @param string                              $method          GET, POST, …
	 * @param string                              $path            Below the namespace, as for register_rest_route().
	 * @param Closure                             $answer          Takes a WP_REST_Request; returns a WP_REST_Response or an array, or throws Refusal.
	 * @param string                              $summary         A sentence in English.
	 * @param array<int, array<string, mixed>>    $answers         Status => the schema of the body; empty if there is none.
	 * @param array<string, array<string, mixed>> $body            Field => its schema. `required` is true if it must be present; `header` names the header that may replace it.
	 * @param list<Code>                          $codes           Possible refusals, besides those of any route and those of $access.
	 * @param bool                                $takes_challenge Whether it accepts a challenge as a Bearer.
	 * @param bool                                $headlesskey     Whether it also answers in HeadlessKey's namespaces.
	 * @param array<string, array<string, mixed>> $query           Query parameter => its schema, like $body.
	 * @param array<string, array<string, mixed>> $beside          Members of every refusal besides code, message and data.
	 * @param bool                                $signs_in        Whether its answer may contain a refresh token.
	 * @param string                              $access          Its own requirement, whatever the site sets: Access::PUBLIC, Access::SIGNED_IN or a capability.
	 * @param list<string>                        $also            Media types of a success besides JSON, as the request chooses.
	 * @param array<string, array<string, mixed>> $headers         Header that a success may have => its schema.
	 * @param bool                                $about_bearer    Whether it uses an access token, although nobody need be signed in.
	 * @param string|null                         $namespace       The plugin's namespace, if it answers in another plugin's place; null for ours.
	 * @param bool                                $takes_enrolment Whether an enrolment token opens it.
	 */
	public function __construct(
		public readonly string $method,
		public readonly string $path,
		public readonly Closure $answer,
		public readonly string $summary,
		public readonly array $answers,
		public readonly array $body = array(),
		public readonly array $codes = array(),
		public readonly bool $takes_challenge = false,
		public readonly bool $headlesskey = false,
		public readonly array $query = array(),
		public readonly array $beside = array(),
		public readonly bool $signs_in = false,
		public readonly string $access = Access::PUBLIC,
		public readonly array $also = array(),
		public readonly array $headers = array(),
		public readonly bool $about_bearer = false,
		public readonly ?string $namespace = null,
		public readonly bool $takes_enrolment = false,
	) {}

	/**
	 * Its name in the setting `route_roles`: `tokens/{id}`. All routes in another plugin's place share one name, that plugin's
	 * namespace.
	 */
	public function name(): string {
		return $this->namespace ?? ltrim( (string) preg_replace( self::PARAMETER, '{$1}', $this->path ), '/' );
	}

	/** @return array<string, string> Path parameter => its pattern. */
	public function parameters(): array {
		preg_match_all( self::PARAMETER, $this->path, $found );
		return array_combine( $found[1], $found[2] );
	}
}
