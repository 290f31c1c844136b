<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Engine;
use Sallyport\WP\Store\InheritedProofRows;

/**
 * The proofs behind other plugins' opaque refresh tokens. A token that is refreshed by one inherits the proof under which
 * the refresh token was issued, with its original time. A refresh token that is not recorded here has no proof.
 */
final class InheritedProofs {
	public function __construct( private readonly InheritedProofRows $rows ) {}

	/**
	 * Records that a refresh token was issued under a proof.
	 *
	 * @param int $expires_at When its plugin stops accepting it, Unix seconds.
	 */
	public function keep( #[\SensitiveParameter] string $refresh_token, Proof $proof, int $expires_at ): void {
		$this->rows->add(
			array(
				'digest'     => Engine::digest( $refresh_token ),
				'user_id'    => $proof->user_id,
				'blog_id'    => get_current_blog_id(),
				'issuer'     => $proof->issuer,
				'amr'        => implode( ' ', $proof->amr ),
				'proven_at'  => $proof->at,
				'epoch'      => $proof->epoch,
				'expires_at' => $expires_at,
			)
		);
	}

	/**
	 * The proof behind a refresh token of this issuer, for this user on this site; null if there is none. Whether its epoch is
	 * current is for Acceptance to check.
	 */
	public function find( #[\SensitiveParameter] string $refresh_token, string $issuer, int $user_id, int $now ): ?Proof {
		$row = $this->rows->find( Engine::digest( $refresh_token ) );
		if (
			null === $row
			|| $row['user_id'] !== $user_id
			|| $row['issuer'] !== $issuer
			|| get_current_blog_id() !== $row['blog_id']
			|| $row['expires_at'] <= $now
		) {
			return null;
		}
		return Proof::restored( $user_id, $issuer, explode( ' ', $row['amr'] ), $row['proven_at'], $row['epoch'] );
	}

	/** Forgets a refresh token that its plugin no longer accepts. True for the first call only, which alone may use the proof. */
	public function spend( #[\SensitiveParameter] string $refresh_token ): bool {
		return $this->rows->spend( Engine::digest( $refresh_token ) );
	}
}
