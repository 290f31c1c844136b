<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

/** This site over real HTTP, as a stranger reaches it: only with the given cookies, and without following redirects. */
final class Loopback {
	/** Seconds. */
	private const TIMEOUT = 15;

	/** Why the site cannot be reached; '' if it can. */
	private string $lost = '';

	/** Requests the site's front page once. If nobody answers, nothing else is tried. */
	public function reach(): void {
		$heard      = $this->get( rest_url() );
		$this->lost = 0 === $heard->status ? $heard->head : '';
	}

	/** The result of reach(). */
	public function is_reached(): bool {
		return '' === $this->lost;
	}

	/** @param array<string, string> $headers */
	public function get( string $url, array $headers = array() ): Heard {
		return $this->send( 'GET', $url, '', $headers );
	}

	/**
	 * @param array<string, mixed>  $fields  Sent as JSON.
	 * @param array<string, string> $headers
	 */
	public function post( string $url, array $fields, array $headers = array() ): Heard {
		return $this->send( 'POST', $url, (string) wp_json_encode( $fields ), $headers + array( 'Content-Type' => 'application/json' ) );
	}

	/**
	 * @param array<string, string> $fields  Sent as a form.
	 * @param array<string, string> $headers
	 */
	public function form( string $url, array $fields, array $headers = array() ): Heard {
		return $this->send(
			'POST',
			$url,
			http_build_query( $fields ),
			$headers + array( 'Content-Type' => 'application/x-www-form-urlencoded' )
		);
	}

	/** @param array<string, string> $headers */
	public function send( string $method, string $url, string $body, array $headers ): Heard {
		if ( '' !== $this->lost ) {
			return new Heard( 0, $this->lost, '' );
		}
		$answer = wp_remote_request(
			$url,
			array(
				'method'      => $method,
				'body'        => $body,
				'headers'     => $headers + array( 'User-Agent' => 'Sallyport probe' ),
				'timeout'     => self::TIMEOUT,
				'redirection' => 0,
				/** This filter is documented in wp-includes/class-wp-http-streams.php */
				'sslverify'   => apply_filters( 'https_local_ssl_verify', false ),
			)
		);
		if ( is_wp_error( $answer ) ) {
			return new Heard( 0, $answer->get_error_message(), '' );
		}
		$cookies = array();
		foreach ( wp_remote_retrieve_cookies( $answer ) as $cookie ) {
			if ( '' !== trim( (string) $cookie->value ) && ( null === $cookie->expires || $cookie->expires > time() ) ) {
				$cookies[ $cookie->name ] = (string) $cookie->value;
			}
		}
		$head = '';
		foreach ( wp_remote_retrieve_headers( $answer ) as $name => $values ) {
			foreach ( (array) $values as $value ) {
				$head .= $name . ': ' . $value . "\n";
			}
		}
		return new Heard( (int) wp_remote_retrieve_response_code( $answer ), $head, wp_remote_retrieve_body( $answer ), $cookies );
	}

	/**
	 * The header of Basic authentication (RFC 7617).
	 *
	 * @return array<string, string>
	 */
	public static function basic( string $name, #[\SensitiveParameter] string $password ): array {
		return array( 'Authorization' => 'Basic ' . base64_encode( $name . ':' . $password ) ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- RFC 7617.
	}

	/** A URL that shows a user's own address to that user only. */
	public static function own_profile(): string {
		return add_query_arg( 'context', 'edit', rest_url( 'wp/v2/users/me' ) );
	}

	/**
	 * @param array<string, string> $cookies
	 * @return array<string, string>
	 */
	public static function cookies( array $cookies ): array {
		return array(
			'Cookie' => implode(
				'; ',
				array_map( static fn ( string $name, string $value ): string => $name . '=' . rawurlencode( $value ), array_keys( $cookies ), $cookies )
			),
		);
	}
}
