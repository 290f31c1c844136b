<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\LinkRows;
use Sallyport\WP\Store\State;

/**
 * One-time links: 256 random bits, stored as a digest and bound to one purpose, user, epoch and blog.
 *
 * A link is neither proof nor credential. The code that spends it decides what it opens.
 */
final class Links {
	private const PREFIX = 'spl1';

	public function __construct(
		private readonly LinkRows $rows,
		private readonly State $state,
	) {}

	/**
	 * Makes a link, and voids an earlier one for the same purpose.
	 *
	 * @param string $purpose A word of at most 32 bytes.
	 * @param int    $ttl     Seconds.
	 * @return string The secret, which is stored nowhere.
	 * @throws Refusal If the store fails.
	 */
	public function open( string $purpose, int $user_id, int $ttl, int $now ): string {
		$secret = Engine::random_token( self::PREFIX );
		$row    = array(
			'digest'     => Engine::digest( $secret ),
			'purpose'    => $purpose,
			'user_id'    => $user_id,
			'blog_id'    => get_current_blog_id(),
			'epoch'      => $this->state->epoch( $user_id ),
			'expires_at' => $now + $ttl,
		);
		$this->rows->delete_all( $user_id, $purpose );
		$this->rows->add( $row );
		return $secret;
	}

	/** Id of the link's user, with nothing spent; null if it is spent, expired, void, for another purpose, or not a link. */
	public function holder( #[\SensitiveParameter] string $secret, string $purpose, int $now ): ?int {
		return $this->find( $secret, $purpose, $now )['user_id'] ?? null;
	}

	/** Spends the link, once only. Id of its user; null as for holder(), and for every call but the first. */
	public function spend( #[\SensitiveParameter] string $secret, string $purpose, int $now ): ?int {
		$row = $this->find( $secret, $purpose, $now );
		return null !== $row && $this->rows->spend( $row['id'], $now ) ? $row['user_id'] : null;
	}

	/** Voids all open links of the user. */
	public function close( int $user_id ): void {
		$this->rows->delete_all( $user_id );
	}

	/** @return array{id: int, user_id: int, epoch: string}|null */
	private function find( #[\SensitiveParameter] string $secret, string $purpose, int $now ): ?array {
		$row = str_starts_with( $secret, self::PREFIX . '_' )
			? $this->rows->find( Engine::digest( $secret ), $purpose, get_current_blog_id(), $now )
			: null;
		return null !== $row && $row['epoch'] === $this->state->epoch( $row['user_id'] ) ? $row : null;
	}
}
