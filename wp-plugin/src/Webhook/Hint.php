<?php
declare( strict_types=1 );

namespace Sallyport\WP\Webhook;

use Sallyport\WP\Refusal;

/** Explains an endpoint's refusal, and a receiver's answer, on the command line and on the page. Plain text. */
final class Hint {
	/** What to do about an endpoint that cannot be added; empty if the refusal says everything. */
	public static function of( Refusal $refusal ): string {
		return match ( $refusal->data['reason'] ?? '' ) {
			'url'        => __( 'The address must be of the form https://example.com/path, without a username and without #.', 'sallyport' ),
			'scheme'     => __( 'The address must begin with https://.', 'sallyport' ),
			'port'       => __( 'The port must be one of 80, 443, 8080 and 8443, or allowed by the filter http_allowed_safe_ports.', 'sallyport' ),
			'unresolved' => __( 'The name of the host is not known to the DNS of this server.', 'sallyport' ),
			'address'    => __( 'The host is not on the public internet. If it is on your own network, turn on the setting webhook_allow_private.', 'sallyport' ),
			'events'     => __( 'One of the events is not in the activity log, or is never sent.', 'sallyport' ),
			'too_many'   => __( 'There are as many endpoints as there can be: remove one first.', 'sallyport' ),
			default      => '',
		};
	}

	/** @param string $answer Result of a try, as in Store\DeliveryRow. */
	public static function answer( string $answer ): string {
		return match ( true ) {
			ctype_digit( $answer )      => sprintf(
				/* translators: %s: an HTTP status such as 500. */ __( 'It answered with the status %s.', 'sallyport' ),
				$answer
			),
			'timeout' === $answer       => __( 'It did not answer in time.', 'sallyport' ),
			'unreachable' === $answer   => __( 'It could not be reached.', 'sallyport' ),
			'unresolved' === $answer    => __( 'The name of the host is not known to the DNS of this server.', 'sallyport' ),
			'address' === $answer       => __( 'The host is not on the public internet.', 'sallyport' ),
			'blocked' === $answer       => __( 'WP_HTTP_BLOCK_EXTERNAL in wp-config.php, or a plugin, does not let this site call it.', 'sallyport' ),
			'no_curl' === $answer       => __( 'This server’s PHP has no curl.', 'sallyport' ),
			'no_endpoint' === $answer   => __( 'The endpoint was removed, or has said that it is gone.', 'sallyport' ),
			'unavailable' === $answer   => __( 'The endpoint’s secret could not be opened: Site Health says why.', 'sallyport' ),
			default                     => '' === $answer ? '' : '(' . $answer . ')',
		};
	}
}
