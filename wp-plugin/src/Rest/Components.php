<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

/** The components of an OpenAPI document. A schema with a title is defined once, and referenced. */
final class Components {
	/** @var array<string, mixed> Title => schema. */
	private array $schemas = array();

	/** @return array<string, mixed> Title => schema, sorted. */
	public function schemas(): array {
		ksort( $this->schemas );
		return $this->schemas;
	}

	/**
	 * An object schema of these fields; those marked `required` must be present.
	 *
	 * @param array<string, array<string, mixed>> $fields
	 * @return array<string, mixed>
	 */
	public static function object_of( array $fields ): array {
		$required = array_keys(
			array_filter( array_map( static fn ( array $field ): bool => true === ( $field['required'] ?? false ), $fields ) )
		);
		return array( 'type' => 'object' )
			+ ( array() === $required ? array() : array( 'required' => $required ) )
			+ array(
				'properties' => array_map(
					static fn ( array $field ): array => array_diff_key( $field, array_flip( array( 'required', 'header' ) ) ),
					$fields
				),
			);
	}

	/**
	 * A schema. One with a title becomes a component, and the result a reference to it.
	 *
	 * @param array<string, mixed> $schema
	 * @return array<string, mixed>|true True, which accepts anything, for an empty schema.
	 */
	public function schema( array $schema ): array|true {
		foreach ( array( 'properties', 'oneOf', 'anyOf', 'allOf' ) as $key ) {
			if ( isset( $schema[ $key ] ) ) {
				$schema[ $key ] = array_map( $this->schema( ... ), $schema[ $key ] );
			}
		}
		foreach ( array( 'items', 'additionalProperties' ) as $key ) {
			if ( is_array( $schema[ $key ] ?? null ) ) {
				$schema[ $key ] = $this->schema( $schema[ $key ] );
			}
		}
		if ( ! isset( $schema['title'] ) ) {
			return array() === $schema ? true : $schema;
		}
		$title = $schema['title'];
		if ( $schema !== ( $this->schemas[ $title ] ?? $schema ) ) {
			throw new \LogicException( 'Two shapes are called ' . $title . '.' ); // phpcs:ignore WordPress.Security.EscapeOutput -- for us.
		}
		$this->schemas[ $title ] = $schema;
		return array( '$ref' => '#/components/schemas/' . $title );
	}
}
