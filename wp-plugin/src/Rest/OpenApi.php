<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Code;
use Sallyport\WP\Rest\Contract\Refusals;
use Sallyport\WP\Rest\Contract\Shapes;
use const Sallyport\WP\VERSION;

/** The OpenAPI 3.1 document of a list of routes. It contains only what the Route objects declare. */
final class OpenApi {
	/** Field of a body => the header that may replace it. A field of a single route declares its own in `header`. */
	private const HEADERS = array(
		'code'         => 'X-Sallyport-Code',
		'factor'       => 'X-Sallyport-Factor',
		'challenge'    => 'X-Sallyport-Challenge',
		'device'       => 'X-Sallyport-Device',
		'trust_device' => 'X-Sallyport-Trust-Device',
	);

	/** Pattern of a row's id in a path. */
	private const ID = '[0-9]{1,18}';

	private readonly Components $components;

	private function __construct() {
		$this->components = new Components();
	}

	/**
	 * @param string      $name   The namespace.
	 * @param list<Route> $routes
	 * @param string      $site   Its address.
	 * @return array<string, mixed>
	 */
	public static function of( string $name, array $routes, string $site ): array {
		$document = new self();
		$paths    = array();
		foreach ( $routes as $route ) {
			$paths[ '/' . $route->name() ][ strtolower( $route->method ) ] = $document->operation( $route );
		}
		return array(
			'openapi'    => '3.1.0',
			'info'       => array(
				'title'       => 'Sallyport',
				'version'     => VERSION,
				'description' => 'The second factor for headless WordPress. The conventions are in docs/rest.md.',
				'license'     => array(
					'name'       => 'GPL-2.0-or-later',
					'identifier' => 'GPL-2.0-or-later',
				),
			),
			'servers'    => array(
				array(
					'url'       => '{site}/' . rest_get_url_prefix() . '/' . $name,
					'variables' => array( 'site' => array( 'default' => $site ) ),
				),
			),
			'paths'      => $paths,
			'components' => array(
				'schemas'         => $document->components->schemas(),
				'securitySchemes' => array(
					'bearer'    => array(
						'type'         => 'http',
						'scheme'       => 'bearer',
						'bearerFormat' => 'JWT',
						'description'  => 'An access token.',
					),
					'challenge' => array(
						'type'         => 'http',
						'scheme'       => 'bearer',
						'bearerFormat' => 'spc1_…',
						'description'  => 'A challenge, instead of the field of that name.',
					),
					'enrolment' => array(
						'type'         => 'http',
						'scheme'       => 'bearer',
						'bearerFormat' => 'spe1_…',
						'description'  => 'An enrolment token, of a user who must set up a second factor first.',
					),
				),
			),
		);
	}

	/** @return array<string, mixed> */
	private function operation( Route $route ): array {
		$operation = array(
			'operationId' => self::name( $route ),
			'summary'     => $route->summary,
			'security'    => self::security( $route ),
		);
		if ( $route->headlesskey ) {
			$operation['description'] = 'Also under /headlesskey/v1 and /wpauthapi/v1, if the setting `headlesskey` is on.';
		}
		if ( Access::is_capability( $route->access ) ) {
			$operation['x-sallyport-capability'] = $route->access;
		}
		$parameters = $this->parameters( $route );
		if ( array() !== $parameters ) {
			$operation['parameters'] = $parameters;
		}
		if ( array() !== $route->body ) {
			$body                     = $this->components->schema(
				array( 'title' => ucfirst( self::name( $route ) ) . 'Body' ) + Components::object_of( $route->body )
			);
			$operation['requestBody'] = array(
				'required' => self::demands( $route ),
				'content'  => array(
					'application/json'                  => array( 'schema' => $body ),
					'application/x-www-form-urlencoded' => array( 'schema' => $body ),
				),
			);
		}
		$responses = array();
		foreach ( $route->answers as $status => $schema ) {
			$headers              = ( isset( $schema['properties']['device'] ) ? array( 'X-Sallyport-Device' => Shapes::TEXT ) : array() )
				+ $route->headers;
			$said                 = array() === $headers
				? array()
				: array( 'headers' => array_map( static fn ( array $header ): array => array( 'schema' => $header ), $headers ) );
			$responses[ $status ] = array( 'description' => get_status_header_desc( $status ) ) + $said + $this->content( $schema, $route->also );
		}
		$responses += $this->refusals( $route );
		ksort( $responses );
		return $operation + array( 'responses' => $responses );
	}

	/**
	 * One response for each status that a route may be refused with; its schema combines those of the codes.
	 *
	 * @return array<int, array<string, mixed>>
	 */
	private function refusals( Route $route ): array {
		$codes = array( ...$route->codes, ...Refusals::ANY );
		if ( array() !== $route->body || array() !== $route->query ) {
			$codes[] = Code::InvalidParam;
		}
		if ( self::demands( $route ) ) {
			$codes[] = Code::MissingParam;
		}
		if ( $route->signs_in || $route->takes_challenge ) {
			$codes[] = Code::OriginRefused;
		}
		if ( Access::is_capability( $route->access ) ) {
			$codes[] = Code::Forbidden;
		}
		$by_status = array();
		foreach ( $codes as $code ) {
			$by_status[ $code->status() ][ $code->value ] = $code;
		}
		$responses = array();
		foreach ( $by_status as $status => $possible ) {
			$bodies = array_values( array_map( self::refusal( ... ), $possible ) );
			$schema = 1 === count( $bodies ) ? $bodies[0] : array( 'oneOf' => $bodies );
			if ( array() !== $route->beside ) {
				$schema = array( 'allOf' => array( $schema, Components::object_of( $route->beside ) ) );
			}
			$responses[ $status ] = array( 'description' => implode( ', ', array_keys( $possible ) ) )
				+ self::headers( array_values( $possible ) )
				+ $this->content( $schema );
		}
		return $responses;
	}

	/** @return array<string, mixed> The body of a refusal. */
	private static function refusal( Code $code ): array {
		$status = array(
			'required' => true,
			'const'    => $code->status(),
		);
		return array(
			'title'       => $code->value,
			'description' => $code->message(),
			'type'        => 'object',
			'required'    => array( 'code', 'message', 'data' ),
			'properties'  => array(
				'code'    => array( 'const' => $code->value ),
				'message' => Shapes::TEXT,
				'data'    => Components::object_of( array( 'status' => $status ) + Refusals::data( $code ) ),
			),
		);
	}

	/**
	 * The headers that Rest\Headers adds to these refusals; required if each of them has it.
	 *
	 * @param list<Code> $codes
	 * @return array{headers?: array<string, mixed>}
	 */
	private static function headers( array $codes ): array {
		$said  = static fn ( Code $code, string $member ): ?array => Refusals::data( $code )[ $member ] ?? null;
		$with  = array(
			'Retry-After'           => array( Shapes::WHOLE, static fn ( Code $code ): ?array => $said( $code, 'retry_after' ) ),
			'WWW-Authenticate'      => array(
				Shapes::TEXT,
				static fn ( Code $code ): ?array => null === Headers::authenticate( $code ) ? null : array( 'required' => true ),
			),
			'X-Sallyport-Challenge' => array( Shapes::CHALLENGE, static fn ( Code $code ): ?array => $said( $code, 'challenge' ) ),
		);
		$found = array();
		foreach ( $with as $name => [ $schema, $has ] ) {
			$having = array_filter( array_map( $has, $codes ) );
			if ( array() !== $having ) {
				$found[ $name ] = array(
					'required' => count( $codes ) === count( array_filter( array_column( $having, 'required' ) ) ),
					'schema'   => $schema,
				);
			}
		}
		return array() === $found ? array() : array( 'headers' => $found );
	}

	/**
	 * @param array<string, mixed> $schema Empty for no body.
	 * @param list<string>         $also   Media types besides JSON: as text.
	 * @return array{content?: array<string, mixed>}
	 */
	private function content( array $schema, array $also = array() ): array {
		$text = array_fill_keys( $also, array( 'schema' => Shapes::TEXT ) );
		return array() === $schema
			? array()
			: array( 'content' => array( 'application/json' => array( 'schema' => $this->components->schema( $schema ) ) ) + $text );
	}

	/**
	 * The credentials a route accepts. Includes "none" where nobody need be signed in, since a challenge may be in the body.
	 *
	 * @return list<array<string, mixed>|object>
	 */
	private static function security( Route $route ): array {
		$signed_in = Access::PUBLIC !== $route->access || in_array( Code::NotSignedIn, $route->codes, true );
		return array(
			...( $signed_in && ! $route->takes_challenge ? array() : array( (object) array() ) ),
			...( $signed_in || $route->about_bearer ? array( array( 'bearer' => array() ) ) : array() ),
			...( $route->takes_challenge ? array( array( 'challenge' => array() ) ) : array() ),
			...( $route->takes_enrolment ? array( array( 'enrolment' => array() ) ) : array() ),
		);
	}

	/** @return list<array<string, mixed>> Parameters in the path, in the query and in headers. */
	private function parameters( Route $route ): array {
		$parameters = array();
		foreach ( $route->parameters() as $name => $pattern ) {
			$parameters[] = array(
				'name'     => $name,
				'in'       => 'path',
				'required' => true,
				'schema'   => self::in_path( strtr( $pattern, array( '\d' => '[0-9]' ) ) ),
			);
		}
		foreach ( $route->query as $name => $schema ) {
			$parameters[] = array(
				'name'     => $name,
				'in'       => 'query',
				'required' => $schema['required'] ?? false,
				'schema'   => $this->components->schema( array_diff_key( $schema, array( 'required' => true ) ) ),
			);
		}
		$headers = array_filter( array_map( static fn ( array $field ): ?string => $field['header'] ?? null, $route->body ) ) + self::HEADERS;
		foreach ( array_intersect_key( $headers, $route->body ) as $field => $name ) {
			$parameters[] = array(
				'name'        => $name,
				'in'          => 'header',
				'description' => 'Instead of the field `' . $field . '`.',
				'schema'      => array( 'type' => 'string' ),
			);
		}
		return $parameters;
	}

	/** @return array<string, mixed> Schema of a path parameter. An id is a number from an earlier answer. */
	private static function in_path( string $pattern ): array {
		$number = array(
			'type'    => 'integer',
			'minimum' => 0,
		);
		$text   = array(
			'type'    => 'string',
			'pattern' => '^(' . $pattern . ')$',
		);
		return match ( true ) {
			self::ID === $pattern                    => $number,
			str_starts_with( $pattern, self::ID . '|' ) => array( 'type' => array( 'integer', 'string' ) ) + $number + $text,
			default                                  => $text,
		};
	}

	/** Whether a field is required, whatever the other fields are. */
	private static function demands( Route $route ): bool {
		return array() !== array_filter( array_column( $route->body, 'required' ) );
	}

	/** The operation id: postTokenValidate. */
	private static function name( Route $route ): string {
		return strtolower( $route->method )
			. str_replace( ' ', '', ucwords( (string) preg_replace( '~[^A-Za-z0-9]+~', ' ', '/' . $route->name() ) ) );
	}
}
