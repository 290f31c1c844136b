<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use WP_REST_Request;

/**
 * The fields of a request's body, JSON or form, strictly typed. The query string is ignored: secrets do not belong there,
 * and form, JSON and query could disagree.
 */
final class Fields {
	/** Greatest length in bytes: of a field by default, of a password, of a token or signature. */
	public const TEXT     = 256;
	public const PASSWORD = 4096;
	public const TOKEN    = 8192;

	/** @param array<array-key, mixed> $fields */
	private function __construct( private readonly array $fields ) {}

	public static function of( WP_REST_Request $request ): self {
		$request->get_params(); // Core parses the form of a PUT or PATCH only when a parameter is first read.
		$fields = $request->is_json_content_type() ? $request->get_json_params() : $request->get_body_params();
		return new self( is_array( $fields ) ? $fields : array() );
	}

	/** The query parameters of a GET request, and nothing else. */
	public static function of_query( WP_REST_Request $request ): self {
		return new self( $request->get_query_params() );
	}

	/**
	 * An optional field: a non-empty string.
	 *
	 * @throws Refusal rest_invalid_param.
	 */
	public function optional( string $name, int $max = self::TEXT ): ?string {
		return self::checked( $name, $this->fields[ $name ] ?? null, $max );
	}

	/** A copy for a form that always sends every field: empty counts as absent. */
	public function filled(): self {
		return new self( array_filter( $this->fields, static fn ( mixed $value ): bool => '' !== $value ) );
	}

	/**
	 * A field that a header may replace.
	 *
	 * @throws Refusal sallyport_ambiguous if both are present and differ; rest_invalid_param, rest_missing_callback_param.
	 */
	public function text_or_header( string $name, ?string $header, int $max = self::TEXT ): string {
		$field = $this->optional( $name, $max );
		$sent  = self::checked( $name, '' === $header ? null : $header, $max );
		if ( null !== $field && null !== $sent && $field !== $sent ) {
			throw new Refusal( Code::Ambiguous );
		}
		return $field ?? $sent ?? throw Refusal::missing( $name );
	}

	/**
	 * Validates the value of a field, or of the header that replaces it.
	 *
	 * @throws Refusal rest_invalid_param.
	 */
	public static function checked( string $name, mixed $value, int $max = self::TEXT ): ?string {
		if ( null === $value ) {
			return null;
		}
		// Strings only: a code sent as a number has lost its leading zeros.
		if ( ! is_string( $value ) || '' === $value || strlen( $value ) > $max || str_contains( $value, "\0" ) || ! Php::is_utf8( $value ) ) {
			/* translators: %d: number of bytes. */
			throw Refusal::invalid( $name, sprintf( __( 'must be text of 1 to %d bytes.', 'sallyport' ), $max ) );
		}
		return $value;
	}

	/** @throws Refusal rest_invalid_param or rest_missing_callback_param. */
	public function text( string $name, int $max = self::TEXT ): string {
		return $this->optional( $name, $max ) ?? throw Refusal::missing( $name );
	}

	/**
	 * An optional field that accepts a few words only.
	 *
	 * @param list<string> $words
	 * @throws Refusal rest_invalid_param.
	 */
	public function one_of( string $name, array $words ): ?string {
		$value = $this->optional( $name );
		if ( null !== $value && ! in_array( $value, $words, true ) ) {
			/* translators: %s: list of words. */
			throw Refusal::invalid( $name, sprintf( __( 'must be one of %s.', 'sallyport' ), implode( ', ', $words ) ) );
		}
		return $value;
	}

	/**
	 * An optional field: a name given by a person, one line without characters that turn or hide text.
	 *
	 * @param int $max Characters.
	 * @throws Refusal rest_invalid_param.
	 */
	public function label( string $name, int $max ): ?string {
		$label = $this->optional( $name, 4 * $max );
		if ( null === $label ) {
			return null;
		}
		$label = trim( $label );
		if ( '' === $label || mb_strlen( $label ) > $max || Name::printable( $label ) !== $label ) {
			/* translators: %d: number of characters. */
			throw Refusal::invalid( $name, sprintf( __( 'must be one line of at most %d characters.', 'sallyport' ), $max ) );
		}
		return $label;
	}

	/** @throws Refusal rest_invalid_param or rest_missing_callback_param. */
	public function password( string $name ): string {
		$password = $this->text( $name, self::PASSWORD );
		// Core trims the password, and answers faster for an empty one than for a wrong one.
		return '' === trim( $password ) ? throw Refusal::invalid( $name, __( 'must not be blank.', 'sallyport' ) ) : $password;
	}

	/** @throws Refusal rest_invalid_param. */
	public function flag( string $name ): bool {
		return match ( $this->fields[ $name ] ?? false ) {
			true, 1, '1', 'true'    => true,
			false, 0, '0', 'false'  => false,
			default                 => throw Refusal::invalid( $name, __( 'must be true or false.', 'sallyport' ) ),
		};
	}

	/**
	 * A flag that a header may replace.
	 *
	 * @throws Refusal rest_invalid_param; sallyport_ambiguous if both are present and differ.
	 */
	public function flag_or_header( string $name, ?string $header ): bool {
		if ( null === $header || '' === $header ) {
			return $this->flag( $name );
		}
		$sent = ( new self( array( $name => $header ) ) )->flag( $name );
		return $this->has( $name ) && $this->flag( $name ) !== $sent ? throw new Refusal( Code::Ambiguous ) : $sent;
	}

	/**
	 * An optional field: a whole number.
	 *
	 * @throws Refusal rest_invalid_param.
	 */
	public function whole( string $name, int $least, int $most ): ?int {
		$value = $this->fields[ $name ] ?? null;
		if ( null === $value ) {
			return null;
		}
		$number = is_int( $value ) || ( is_string( $value ) && 1 === preg_match( '/^\d{1,18}$/D', $value ) ) ? (int) $value : $least - 1;
		if ( $number < $least || $number > $most ) {
			/* translators: 1: the least, 2: the greatest number. */
			throw Refusal::invalid( $name, sprintf( __( 'must be a whole number from %1$d to %2$d.', 'sallyport' ), $least, $most ) );
		}
		return $number;
	}

	/**
	 * An optional field: a date, which means its start in UTC, or a date and time with an offset (RFC 3339).
	 *
	 * @return int|null Unix seconds.
	 * @throws Refusal rest_invalid_param.
	 */
	public function time( string $name ): ?int {
		$text = $this->optional( $name );
		if ( null === $text ) {
			return null;
		}
		$time = '(?:[01]\d|2[0-3]):[0-5]\d';
		// In a URL, an unescaped plus arrives as a space.
		if (
			1 !== preg_match( "/^(\d{4})-(\d\d)-(\d\d)(T$time:[0-5]\d(?:\.\d+)?(?:Z|[+ -]$time))?$/Di", $text, $match )
			|| ! checkdate( (int) $match[2], (int) $match[3], (int) $match[1] )
		) {
			throw Refusal::invalid( $name, __( 'must be a date, or a date and time, such as 2026-10-27T10:00:00+00:00.', 'sallyport' ) );
		}
		return (int) strtotime( isset( $match[4] ) ? str_replace( ' ', '+', $text ) : $text . 'T00:00:00Z' );
	}

	/**
	 * An optional field: an IP address.
	 *
	 * @return string|null In canonical form.
	 * @throws Refusal rest_invalid_param.
	 */
	public function address( string $name ): ?string {
		$text = $this->optional( $name );
		return null === $text ? null : Address::read( $text ) ?? throw Refusal::invalid( $name, __( 'must be an IP address.', 'sallyport' ) );
	}

	/**
	 * An optional field: an object.
	 *
	 * @return array<array-key, mixed>|null Its members are for the caller to check.
	 * @throws Refusal rest_invalid_param.
	 */
	public function map( string $name ): ?array {
		$value = $this->fields[ $name ] ?? null;
		if ( null === $value || ( is_array( $value ) && ( array() === $value || ! array_is_list( $value ) ) ) ) {
			return $value;
		}
		throw Refusal::invalid( $name, __( 'must be an object.', 'sallyport' ) );
	}

	/** @return list<string> Names of all fields that were sent. */
	public function names(): array {
		return array_map( 'strval', array_keys( $this->fields ) );
	}

	public function has( string $name ): bool {
		return isset( $this->fields[ $name ] );
	}
}
