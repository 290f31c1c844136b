<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Refusal;
use WP_REST_Response;

/**
 * Whatever mints tokens. Third parties add theirs through the filter `sallyport_issuers`; each must pass
 * tests/contract/IssuerContract.php.
 */
interface Issuer {
	/** Lower case, at most 64 bytes. Used in challenges, proofs and the activity log. */
	public function name(): string;

	/** The bearer token of this request, read exactly where and how this issuer's plugin reads it; null if there is none. */
	public function presented(): ?string;

	/**
	 * Whether a REST handler is this issuer's login. The handler decides, not the path: two plugins may share one.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public function is_login( array $handler ): bool;

	/**
	 * Whether a REST handler is where this issuer tells whether a token is valid.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public function is_validation( array $handler ): bool;

	/**
	 * The user a token of this issuer names; 0 if none.
	 *
	 * @param array<string, mixed> $claims
	 */
	public function user_in( array $claims ): int;

	/**
	 * The answer to a completed login, exactly as this issuer gives it.
	 *
	 * @throws Refusal If it cannot be minted.
	 */
	public function mint( Proof $proof ): WP_REST_Response;

	/** The access token in an answer of mint(); null if there is none. */
	public function token_in( WP_REST_Response $response ): ?string;
}
