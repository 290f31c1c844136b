<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use WP_REST_Request;

/**
 * The fields of a request's body, JSON or form, strictly typed. The address is never looked at: what is
 * secret does not belong there, and form, JSON and query can disagree.
 */
final class Fields {
	/** Bytes, unless a field says otherwise. */
	private const TEXT     = 256;
	private const PASSWORD = 4096;

	/** @param array<array-key, mixed> $fields */
	private function __construct( private readonly array $fields ) {}

	public static function of( WP_REST_Request $request ): self {
		$fields = $request->is_json_content_type() ? $request->get_json_params() : $request->get_body_params();
		return new self( is_array( $fields ) ? $fields : array() );
	}

	/**
	 * A field that may be absent: text, not empty.
	 *
	 * @throws Refusal rest_invalid_param.
	 */
	public function optional( string $name, int $max = self::TEXT ): ?string {
		$value = $this->fields[ $name ] ?? null;
		if ( null === $value ) {
			return null;
		}
		// A numeric code has lost its leading zeros: strings only.
		if ( ! is_string( $value ) || '' === $value || strlen( $value ) > $max || str_contains( $value, "\0" ) || ! mb_check_encoding( $value, 'UTF-8' ) ) {
			/* translators: %d: number of bytes. */
			throw self::invalid( $name, sprintf( __( 'must be text of at most %d bytes.', 'sallyport' ), $max ) );
		}
		return $value;
	}

	/** @throws Refusal rest_invalid_param or rest_missing_callback_param. */
	public function text( string $name, int $max = self::TEXT ): string {
		return $this->optional( $name, $max ) ?? throw new Refusal( Code::MissingParam, array( 'params' => array( $name ) ) );
	}

	/**
	 * A field that may be absent and takes a few words only.
	 *
	 * @param list<string> $words
	 * @throws Refusal rest_invalid_param.
	 */
	public function one_of( string $name, array $words ): ?string {
		$value = $this->optional( $name );
		if ( null !== $value && ! in_array( $value, $words, true ) ) {
			/* translators: %s: list of words. */
			throw self::invalid( $name, sprintf( __( 'must be one of %s.', 'sallyport' ), implode( ', ', $words ) ) );
		}
		return $value;
	}

	/** @throws Refusal rest_invalid_param or rest_missing_callback_param. */
	public function password( string $name ): string {
		$password = $this->text( $name, self::PASSWORD );
		// Core trims it and, finding nothing, answers faster than for a wrong one.
		return '' === trim( $password ) ? throw self::invalid( $name, __( 'must not be blank.', 'sallyport' ) ) : $password;
	}

	/** @throws Refusal rest_invalid_param. */
	public function flag( string $name ): bool {
		return match ( $this->fields[ $name ] ?? false ) {
			true, 1, '1', 'true'             => true,
			false, 0, '0', 'false', ''       => false,
			default                          => throw self::invalid( $name, __( 'must be true or false.', 'sallyport' ) ),
		};
	}

	public function has( string $name ): bool {
		return isset( $this->fields[ $name ] );
	}

	private static function invalid( string $name, string $why ): Refusal {
		return new Refusal( Code::InvalidParam, array( 'params' => array( $name => $name . ' ' . $why ) ) );
	}
}
