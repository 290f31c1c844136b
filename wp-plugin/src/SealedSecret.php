<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;

/** A sealed secret and where it is stored, for Reseal. */
final class SealedSecret {
	/**
	 * @param string                $whose   Its owner, in the words of a report.
	 * @param string                $purpose As passed to Engine::seal().
	 * @param string                $owner   As passed to Engine::seal().
	 * @param Closure(string): bool $put     Stores it resealed if it is still the same; returns false if not.
	 */
	public function __construct(
		public readonly string $whose,
		public readonly string $sealed,
		public readonly string $purpose,
		public readonly string $owner,
		public readonly Closure $put,
	) {}

	/** A copy that is stored on that blog, whichever blog is current by then. */
	public function on( int $blog_id ): self {
		$put = fn ( string $sealed ): bool => Blog::on( $blog_id, fn (): bool => ( $this->put )( $sealed ) );
		return new self( $this->whose, $this->sealed, $this->purpose, $this->owner, $put );
	}
}
