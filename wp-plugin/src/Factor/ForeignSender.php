<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

/** Wraps a third party's factor that sends codes. */
final class ForeignSender extends Foreign implements Sends {
	public function send( int $user_id, int $challenge, int $now ): int {
		return $this->ask( fn (): int => $this->theirs->send( $user_id, $challenge, $now ) );
	}

	public function hint( int $user_id ): string {
		return $this->ask( fn (): string => $this->theirs->hint( $user_id ) );
	}
}
