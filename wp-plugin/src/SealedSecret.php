<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;

/** A sealed secret where it lies, for Reseal. */
final class SealedSecret {
	/**
	 * @param string                $whose   In the words of a report.
	 * @param string                $purpose What it was sealed for, and
	 * @param string                $owner   whose: as Engine::seal() was told.
	 * @param Closure(string): bool $put     Stores it sealed anew, where it still is what it was; false where it is not.
	 */
	public function __construct(
		public readonly string $whose,
		public readonly string $sealed,
		public readonly string $purpose,
		public readonly string $owner,
		public readonly Closure $put,
	) {}

	/** The same, stored on that blog wherever the request is by then. */
	public function on( int $blog_id ): self {
		$put = fn ( string $sealed ): bool => Blog::on( $blog_id, fn (): bool => ( $this->put )( $sealed ) );
		return new self( $this->whose, $this->sealed, $this->purpose, $this->owner, $put );
	}
}
