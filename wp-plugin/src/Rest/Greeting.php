<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Device\Devices;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Token\AccessTokens;
use Sallyport\WP\Token\Families;
use WP_REST_Response;

/** What a client is told at the end of a log-in: whether it is known from here on. */
final class Greeting {
	public function __construct(
		private readonly Families $families,
		private readonly AccessTokens $tokens,
		private readonly Devices $devices,
	) {}

	/** The log-in is complete: a client that asked for it is a known device from here on, and one that is stays so. */
	public function greet( WP_REST_Response $response, Answer $answer ): WP_REST_Response {
		$now    = time();
		$body   = $response->get_data();
		$known  = $this->devices->find( $answer->device, $now );
		$family = null === $known && ! $answer->wants_device() ? null : $this->families->with_sid( $this->tokens->sid_in( $body['token'] ) );
		if ( null === $family ) {
			return $response;
		}
		if ( $known?->user_id === $family->user_id ) {
			$this->devices->use( $known, $now );
			$this->families->bind( $family, $known->id );
		} elseif ( $answer->wants_device() ) {
			$response->set_data( $body + array( 'device' => $this->devices->remember( $family->user_id, $family->device, $now ) ) );
		}
		return $response;
	}
}
