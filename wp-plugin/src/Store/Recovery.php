<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Refusal;

/** Once the store has failed: nothing is trusted before every table answers and every owed epoch is stored. */
final class Recovery {
	/** @param Closure(): Schema $schema Made when the store has failed. */
	public function __construct(
		private readonly Health $health,
		private readonly Closure $schema,
		private readonly State $state,
	) {}

	/**
	 * Costs no query while all is well.
	 *
	 * @throws Refusal While the store still fails.
	 */
	public function require_store(): void {
		if ( $this->health->is_down() ) {
			( $this->schema )()->require_tables();
			$this->state->settle( time() );
			$this->health->recovered();
		}
	}
}
