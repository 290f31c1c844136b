<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Token\ProofClaim;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use WP_REST_Response;

/** Mints a token from a proof, and discards a token that does not carry it. */
final class Minter {
	public function __construct(
		private readonly Issuers $issuers,
		private readonly Engine $engine,
		private readonly ProofClaim $claims,
		private readonly Activity $activity,
	) {}

	/** @throws Refusal sallyport_wrong_door: no such issuer. */
	public function require_issuer( string $name ): void {
		$this->issuers->get( $name );
	}

	/**
	 * @return array{0: WP_REST_Response, 1: string} The issuer's native answer, and the access token in it.
	 * @throws Refusal sallyport_wrong_door, or _unavailable if the issuer refused, or its token names somebody else.
	 */
	public function mint( Proof $proof ): array {
		$issuer   = $this->issuers->get( $proof->issuer );
		$response = $issuer->mint( $proof );
		$token    = $issuer->token_in( $response );
		$claims   = null === $token || $response->is_error() ? array() : $this->engine->jwt_peek( $token )['claims'] ?? array();
		try {
			$minted = $this->claims->read( $claims, time() );
		} catch ( Refusal $refusal ) {
			throw Code::TokenUnproven === $refusal->reason ? $this->discard( $proof ) : $refusal;
		}
		if ( $minted->user_id !== $proof->user_id || $minted->epoch !== $proof->epoch || $issuer->user_in( $claims ) !== $proof->user_id ) {
			throw $this->discard( $proof );
		}
		return array( $response, $token );
	}

	private function discard( Proof $proof ): Refusal {
		$this->activity->record( Event::MintDiscarded, $proof->user_id, $proof->issuer, Code::Unavailable->value );
		return Refusal::unavailable( Problem::Issuer );
	}
}
