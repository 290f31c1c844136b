<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Device\Devices;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Store\State;
use Sallyport\WP\Token\AccessTokens;
use Sallyport\WP\Token\Families;
use WP_REST_Response;

/** What a client is told at the end of a log-in: how many backup codes are left, whether it is known or trusted from here on, and until when its user has to enrol. */
final class Greeting {
	public function __construct(
		private readonly Families $families,
		private readonly AccessTokens $tokens,
		private readonly Devices $devices,
		private readonly TrustedDevices $trusted,
		private readonly Policies $policies,
		private readonly Factors $factors,
		private readonly State $state,
	) {}

	/** @return array{device?: string} The secret a trusted device is to keep from here on, for the body of an answer. */
	public function device(): array {
		$given = $this->trusted->given();
		return null === $given ? array() : array( 'device' => $given );
	}

	/** The log-in is complete: a client that asked for it is a known device from here on, and one that is stays so. What is trusted has another secret now. */
	public function greet( WP_REST_Response $response, Answer $answer ): WP_REST_Response {
		$now    = time();
		$body   = $response->get_data();
		$body  += $this->device() + $this->deadline( (int) $body['user']['ID'] ) + $this->codes_left( (int) $body['user']['ID'] );
		$response->set_data( $body );
		$given  = $this->trusted->given();
		$known  = $this->devices->find( $given ?? $answer->device, $now );
		$family = null === $known && ! $answer->wants_device() ? null : $this->families->with_sid( $this->tokens->sid_in( $body['token'] ) );
		if ( null === $family ) {
			return $response;
		}
		if ( $known?->user_id === $family->user_id ) {
			$this->devices->use( $known, $now );
			$this->families->bind( $family, $known->id );
		} elseif ( null === $given && $answer->wants_device() ) {
			$response->set_data( $body + array( 'device' => $this->devices->remember( $family->user_id, $family->device, $now ) ) );
		}
		return $response;
	}

	/**
	 * Until when a user without a factor may do without.
	 *
	 * @return array{enrolment_deadline?: string}
	 */
	public function deadline( int $user_id ): array {
		$deadline = $this->state->is_enrolled( $user_id ) ? null : $this->policies->deadline( $user_id );
		return null === $deadline ? array() : array( 'enrolment_deadline' => gmdate( 'c', $deadline ) );
	}

	/** @return array{backup_codes_left?: int} For a user who was given codes. */
	public function codes_left( int $user_id ): array {
		$left = $this->state->is_enrolled( $user_id ) ? $this->factors->codes_left( $user_id ) : null;
		return null === $left ? array() : array( 'backup_codes_left' => $left );
	}
}
