<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Refusal;
use Sallyport\WP\Store\AppPasswords;
use Sallyport\WP\Store\State;

/** Lets a new application password work for the API, if it is created under a proof that satisfies step-up. */
final class MadeAppPassword {
	public function __construct(
		private readonly Acceptance $acceptance,
		private readonly AppPasswords $app_passwords,
		private readonly State $state,
	) {}

	/**
	 * Action wp_create_application_password.
	 *
	 * @param array<string, mixed> $item The application password's record.
	 */
	public function remember( int $user_id, array $item ): void {
		$proof = $this->acceptance->proof( $user_id );
		if (
			empty( $item['uuid'] )
			|| null === $proof
			|| ! Policy::satisfies_step_up( $proof, time() )
			|| ! $this->state->is_enrolled( $user_id )
		) {
			return;
		}
		try {
			$this->app_passwords->trust( $user_id, (string) $item['uuid'] );
			if ( ! $this->state->is_of( $user_id, $proof->epoch ) ) {
				// The proof has ended meanwhile, and with it the trust in everything created before.
				$this->app_passwords->distrust( $user_id, (string) $item['uuid'] );
			}
		} catch ( Refusal ) {
			return; // The application password exists, and is not accepted.
		}
	}
}
