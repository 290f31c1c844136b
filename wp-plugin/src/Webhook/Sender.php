<?php
declare( strict_types=1 );

namespace Sallyport\WP\Webhook;

use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use WpOrg\Requests\Transport\Curl;

/** Sends one signed body to one URL. Follows no redirect, and reads next to nothing of the answer. */
final class Sender {
	/** Time limits in seconds: to connect, and in all. */
	private const CONNECT = 5;
	private const TOTAL   = 10;

	/** Bytes of the answer's body that are read. */
	private const MOST = 1024;

	/** @var list<string>|null For CURLOPT_RESOLVE; null if no request of ours is running. */
	private ?array $pins = null;

	public function __construct(
		private readonly Destinations $destinations,
		private readonly Engine $engine,
	) {}

	/**
	 * @param int $now Part of the signature, for the receiver to compare with its own clock.
	 * @return string The HTTP status, or why there is none: `url`, `scheme`, `port`, `unresolved`, `address`, `blocked` (by
	 *                WP_HTTP_BLOCK_EXTERNAL), `no_curl`, `timeout`, `unreachable`.
	 * @throws Refusal If the extension or the master key cannot be used.
	 */
	public function send( string $url, #[\SensitiveParameter] string $secret, string $body, int $now ): string {
		$signature = 't=' . $now . ',v1=' . $this->engine->mac_with( $now . '.' . $body, $secret );
		try {
			$pins = $this->destinations->find( $url );
		} catch ( Refusal $refusal ) {
			return (string) $refusal->data['reason'];
		}
		if ( ! Curl::test( array( 'ssl' => true ) ) ) {
			return 'no_curl'; // Core's other transport cannot be pinned to an address.
		}
		$this->pins = $pins;
		try {
			$answer = wp_remote_post(
				$url,
				array(
					'body'                => $body,
					'headers'             => array(
						'Content-Type'          => 'application/json',
						'X-Sallyport-Signature' => $signature,
					),
					'user-agent'          => 'Sallyport/' . \Sallyport\WP\VERSION,
					'timeout'             => self::TOTAL,
					'redirection'         => 0,
					'sslverify'           => true,
					'limit_response_size' => self::MOST,
				)
			);
		} finally {
			$this->pins = null;
		}
		if ( is_wp_error( $answer ) ) {
			return match ( true ) {
				'http_request_not_executed' === $answer->get_error_code()     => 'blocked',
				str_contains( $answer->get_error_message(), 'cURL error 28' ) => 'timeout',
				default                                                       => 'unreachable',
			};
		}
		return (string) wp_remote_retrieve_response_code( $answer );
	}

	/** Action http_api_curl, of every request on the site: while ours runs, pins it to the addresses that were checked. */
	public function pin( \CurlHandle $handle ): void {
		if ( null === $this->pins ) {
			return;
		}
		curl_setopt_array( // phpcs:ignore WordPress.WP.AlternativeFunctions -- of the request that core sends.
			$handle,
			array(
				CURLOPT_RESOLVE        => $this->pins,
				CURLOPT_CONNECTTIMEOUT => self::CONNECT,
				CURLOPT_ENCODING       => null, // Otherwise core repeats a request whose answer it cannot decode.
			)
		);
	}
}
