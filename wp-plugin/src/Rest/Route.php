<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Closure;
use Sallyport\WP\Code;

/**
 * One route of ours: what answers, and what docs/rest.md and the OpenAPI document say of it.
 *
 * `$body`, `$query` and `$answers` are JSON Schema. Core is not told of the fields: it would coerce them, and it
 * complains in the log about a body that is no object. Fields checks them.
 */
final class Route {
	/** Key of the registered handler under which its Route stands. */
	public const KEY = 'sallyport_route';

	/** A parameter in a path, as core reads it: its name, and its pattern. */
	private const PARAMETER = '~\(\?P<(\w+)>((?:[^()]|\([^()]*\))+)\)~';

	/**
	 * @param string                              $method          GET, POST, …
	 * @param string                              $path            Below the namespace, as register_rest_route() takes it.
	 * @param Closure                             $answer          Of a WP_REST_Request; answers a WP_REST_Response or an array, or throws Refusal.
	 * @param string                              $summary         A sentence in English.
	 * @param array<string, array<string, mixed>> $body            Field => its schema; `required` is true for one that must be there, `header` names where else it may travel.
	 * @param array<int, array<string, mixed>>    $answers         Status => the schema of the body; an empty one where there is none.
	 * @param list<Code>                          $codes           What it may be refused with, beside what any route may and what $access says.
	 * @param bool                                $takes_challenge Whether a challenge may come as a Bearer.
	 * @param bool                                $headlesskey     Whether it answers in HeadlessKey's namespaces, too.
	 * @param array<string, array<string, mixed>> $query           Parameter of the address => its schema, like $body.
	 * @param array<string, array<string, mixed>> $beside          What every refusal holds beside code, message and data.
	 * @param bool                                $signs_in        Whether its answer may hold a refresh token.
	 * @param string                              $access          Who may call it, whatever the site sets: Access::PUBLIC, Access::SIGNED_IN or a capability.
	 * @param string|null                         $namespace       Another plugin's, in whose place it answers; null for our own.
	 * @param bool                                $takes_enrolment Whether an enrolment token opens it.
	 * @param list<string>                        $also            Media types that a success may come in as well as in JSON, as the request asks.
	 * @param array<string, array<string, mixed>> $headers         Header that a success may have => its schema.
	 * @param bool                                $about_bearer    Whether an access token means something to it, though nobody need be signed in.
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

	/** Its name in the setting `route_roles`: `tokens/{id}`. All those in another plugin's place are one, and called as its namespace is. */
	public function name(): string {
		return $this->namespace ?? ltrim( (string) preg_replace( self::PARAMETER, '{$1}', $this->path ), '/' );
	}

	/** @return array<string, string> Parameter in the path => its pattern. */
	public function parameters(): array {
		preg_match_all( self::PARAMETER, $this->path, $found );
		return array_combine( $found[1], $found[2] );
	}
}
