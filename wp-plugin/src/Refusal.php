<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use WP_Error;

/**
 * A refusal with its stable code: thrown inside, turned into a WP_Error at the border.
 */
final class Refusal extends \RuntimeException {
	/**
	 * @param Code                 $reason The stable code.
	 * @param array<string, mixed> $data   What the answer's `data` holds beside `status`; no secret but the caller's own challenge.
	 * @param Problem|null         $problem For the administrator only; never sent to a client.
	 */
	public function __construct(
		public readonly Code $reason,
		public readonly array $data = array(),
		public readonly ?Problem $problem = null,
	) {
		parent::__construct( $reason->value );
	}

	/** Fails closed: says why to the administrator, and nothing to the client. */
	public static function unavailable( Problem $problem ): self {
		return new self( Code::Unavailable, array(), $problem );
	}

	/** The same refusal under another contract's code. */
	public function as( Code $reason ): self {
		return new self( $reason, $this->data, $this->problem );
	}

	/** How long one has to wait, as a sentence; empty where waiting does not help. */
	public function wait(): string {
		$seconds = (int) ( $this->data['retry_after'] ?? 0 );
		/* translators: %s: a time such as "15 minutes". */
		return $seconds > 0 ? sprintf( __( 'Try again in %s.', 'sallyport' ), human_time_diff( time(), time() + $seconds ) ) : '';
	}

	/**
	 * The answer WordPress sends.
	 *
	 * @param string $more What is said beside the message.
	 */
	public function to_error( string $more = '' ): WP_Error {
		return new WP_Error(
			$this->reason->value,
			trim( $this->reason->message() . ' ' . $more ),
			array( 'status' => $this->reason->status() ) + $this->data
		);
	}
}
