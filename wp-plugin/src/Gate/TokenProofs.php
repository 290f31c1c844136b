<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\ProofClaim;

/**
 * What a bearer token proves: by the claim in it, or by a proof its family was given since. Only for tokens that their
 * issuer has verified.
 */
final class TokenProofs {
	/** @param Closure(): Sallyport $own Lazy: hooks ask whether our own issuer has been needed in this request. */
	public function __construct(
		private readonly Presented $presented,
		private readonly Closure $own,
		private readonly ProofClaim $claim,
		private readonly Engine $engine,
		private readonly ProofCheck $check,
	) {}

	/**
	 * The user's proof in the bearer tokens of this request.
	 *
	 * @param list<string> $bearers The distinct ones.
	 * @throws Refusal sallyport_ambiguous, sallyport_token_unproven or _stale.
	 */
	public function presented( int $user_id, array $bearers ): Proof {
		if ( count( $bearers ) > 1 || $this->presented->has_cookie_of_another( $user_id ) ) {
			throw new Refusal( Code::Ambiguous );
		}
		( $this->own )()->require_user( $bearers[0], $user_id );
		$proof = $this->of( $bearers[0], $this->claims( $bearers[0] ), $user_id );
		// A token that the browser added by itself never satisfies step-up: another site's page may have sent the request.
		return $this->presented->is_added( $bearers[0] ) ? $proof->with( at: 0 ) : $proof;
	}

	/**
	 * The user's proof for a verified token: the one in the token or the one on its family, whichever is newer.
	 *
	 * @param array<string, mixed> $claims The token's.
	 * @throws Refusal sallyport_token_unproven or _stale.
	 */
	public function of( #[\SensitiveParameter] string $token, array $claims, int $user_id ): Proof {
		$in_place = ( $this->own )()->proof_in_place( $token, $user_id );
		if ( null === $in_place || ! $this->check->counts( $in_place ) ) {
			return $this->carried( $claims, $user_id );
		}
		try {
			$carried = $this->carried( $claims, $user_id );
		} catch ( Refusal ) {
			return $in_place;
		}
		return $carried->at > $in_place->at ? $carried : $in_place;
	}

	/**
	 * The user's proof in the token itself.
	 *
	 * @param array<string, mixed> $claims The token's.
	 * @param string               $name   ProofClaim::NAME, or ProofClaim::REFRESH for a refresh token that is a JWT.
	 * @throws Refusal sallyport_token_unproven or _stale.
	 */
	public function carried( array $claims, int $user_id, string $name = ProofClaim::NAME ): Proof {
		$proof = $this->claim->read( $claims, time(), $name );
		if ( $proof->user_id !== $user_id ) {
			throw new Refusal( Code::TokenUnproven );
		}
		return $this->check->require_counting( $proof );
	}

	/** @return array<string, mixed> The token's claims; empty if it is not a JWT. */
	public function claims( #[\SensitiveParameter] string $token ): array {
		return $this->engine->jwt_peek( $token )['claims'] ?? array();
	}
}
