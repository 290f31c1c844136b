<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** A site connected for single sign-on. Times are Unix seconds. */
final class SsoSiteRow {
	/** Directions that may be allowed. */
	public const ISSUE    = 'issue';
	public const EXCHANGE = 'exchange';

	/**
	 * @param string       $site_key   The connection's name on both sides.
	 * @param string       $url        The site's home URL: `iss` of its tokens, `aud` of ours.
	 * @param string       $sealed     The shared secret, sealed.
	 * @param string       $public_key The JWK its tokens are signed with; empty if they are signed with the secret.
	 * @param list<string> $allowed    ISSUE: our users may sign in there; EXCHANGE: its users may sign in here.
	 */
	private function __construct(
		public readonly int $id,
		public readonly int $blog_id,
		public readonly string $site_key,
		public readonly string $name,
		public readonly string $url,
		public readonly string $sealed,
		public readonly string $public_key,
		public readonly array $allowed,
		public readonly int $created_at,
		public readonly int $last_used_at,
	) {}

	/** The algorithm of its tokens. */
	public function algorithm(): string {
		return '' === $this->public_key ? 'HS256' : json_decode( $this->public_key, true )['alg'];
	}

	/** @param array<string, string> $row */
	public static function from( array $row ): self {
		return new self(
			(int) $row['id'],
			(int) $row['blog_id'],
			$row['site_key'],
			$row['name'],
			$row['url'],
			$row['secret'],
			$row['public_key'],
			explode( ',', $row['allowed'] ),
			(int) $row['created_at'],
			(int) $row['last_used_at'],
		);
	}
}
