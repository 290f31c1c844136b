<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Health;

/** Whether codes and tokens can be checked at all: the extension, the master key and the store must work. */
final class Readiness {
	public function __construct(
		private readonly Engine $engine,
		private readonly Health $health,
	) {}

	/** @throws Refusal sallyport_unavailable. */
	public function require(): void {
		$this->engine->require();
		$this->health->require_store();
	}
}
