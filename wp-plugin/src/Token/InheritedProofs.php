<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Engine;
use Sallyport\WP\Store\InheritedProofRows;

/**
 * What another plugin's opaque refresh tokens stand for: the proof under which each was given. A token made from one inherits
 * that proof, as old as it is; one that is not on record here stands for none.
 */
final class InheritedProofs {
	public function __construct( private readonly InheritedProofRows $rows ) {}

	/**
	 * A refresh token was given under a proof.
	 *
	 * @param int $expires_at When its plugin takes it no longer, Unix seconds.
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

	/** The proof a refresh token of this issuer stands for, on this site and for this user; null if for none. Whether it is of today's epoch is for acceptance to say. */
	public function find( #[\SensitiveParameter] string $refresh_token, string $issuer, int $user_id, int $now ): ?Proof {
		$row = $this->rows->find( Engine::digest( $refresh_token ) );
		if ( null === $row || $row['user_id'] !== $user_id || $row['issuer'] !== $issuer || get_current_blog_id() !== $row['blog_id'] || $row['expires_at'] <= $now ) {
			return null;
		}
		return Proof::restored( $user_id, $issuer, explode( ' ', $row['amr'] ), $row['proven_at'], $row['epoch'] );
	}

	/** Its plugin takes it no longer. Once only: false for all but the first, who alone may have what it stood for. */
	public function spend( #[\SensitiveParameter] string $refresh_token ): bool {
		return $this->rows->spend( Engine::digest( $refresh_token ) );
	}
}
