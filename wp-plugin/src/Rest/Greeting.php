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

/**
 * What a client learns at the end of a login: how many backup codes are left, its device secret if it is known or trusted from
 * now on, and the deadline for enrolling.
 */
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

	/** @return array{device?: string} A trusted device's next secret, for the body of an answer. */
	public function device(): array {
		$given = $this->trusted->given();
		return null === $given ? array() : array( 'device' => $given );
	}

	/**
	 * Completes a login: a client that asked for it becomes a known device, and one that is known stays known. A trusted device
	 * gets another secret.
	 */
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
	 * When the grace period of a user without a factor ends.
	 *
	 * @return array{enrolment_deadline?: string}
	 */
	public function deadline( int $user_id ): array {
		$deadline = $this->state->is_enrolled( $user_id ) ? null : $this->policies->deadline( $user_id );
		return null === $deadline ? array() : array( 'enrolment_deadline' => gmdate( 'c', $deadline ) );
	}

	/** @return array{backup_codes_left?: int} Only for a user who was given codes. */
	public function codes_left( int $user_id ): array {
		$left = $this->state->is_enrolled( $user_id ) ? $this->factors->codes_left( $user_id ) : null;
		return null === $left ? array() : array( 'backup_codes_left' => $left );
	}
}
