<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

use Sallyport\WP\Gate\Outgoing;
use WP_Error;

/** The answer to a knock. */
final class Heard {
	/**
	 * @param int                   $status  0 if nothing was reached.
	 * @param string                $head    The header lines, or why nothing was reached.
	 * @param array<string, string> $cookies Cookies that were set, without those that were ended.
	 */
	public function __construct(
		public readonly int $status,
		public readonly string $head,
		public readonly string $body,
		public readonly array $cookies = array(),
	) {}

	/** The result of a door inside this process. */
	public static function inside( mixed $result ): self {
		if ( $result instanceof WP_Error ) {
			$result = array(
				'code'    => $result->get_error_code(),
				'message' => $result->get_error_message(),
			);
			return new self( 401, '', (string) wp_json_encode( $result ) );
		}
		return new self( 200, '', (string) wp_json_encode( $result ) );
	}

	/** @return mixed The body as JSON; null if it is not JSON. */
	public function json(): mixed {
		return json_decode( $this->body, true );
	}

	/** The stable code of a refusal; '' if there is none. In GraphQL it is in the error's extensions. */
	public function code(): string {
		$json = $this->json();
		$json = is_array( $json ) ? $json : array();
		$code = $json['code']
			?? $json['data']['code']
			?? $json['errors'][0]['extensions']['sallyport']['code']
			?? $json['errors'][0]['extensions']['code']
			?? $json['responses'][0]['body']['code']
			?? '';
		return is_string( $code ) ? $code : '';
	}

	/** @return list<string> The JWTs in the answer. */
	public function tokens(): array {
		return Outgoing::tokens_in( $this->head . "\n" . $this->body ) ?? array();
	}

	/** @return array<string, string> One JWT of each kind, by the names of its claims: an issuer's tokens have the same. */
	public function kinds(): array {
		$kinds = array();
		foreach ( $this->tokens() as $token ) {
			$claims = json_decode( (string) base64_decode( strtr( explode( '.', $token )[1], '-_', '+/' ) ), true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- a JWT is read, by nobody who trusts it.
			$kinds[ implode( ' ', array_keys( is_array( $claims ) ? $claims : array() ) ) ] = $token;
		}
		return $kinds;
	}

	/** @return array<string, string> The cookies that sign a browser in. */
	public function sign_in_cookies(): array {
		$names = array( AUTH_COOKIE, SECURE_AUTH_COOKIE, LOGGED_IN_COOKIE );
		return array_filter( $this->cookies, static fn ( string $name ): bool => in_array( $name, $names, true ), ARRAY_FILTER_USE_KEY );
	}

	/** Whether it contains what only its user may see. JSON may escape a slash or an @; the rest is plain. */
	public function shows( Visitor $visitor ): bool {
		return str_contains( $this->body, (string) strstr( $visitor->email, '@', true ) );
	}
}
