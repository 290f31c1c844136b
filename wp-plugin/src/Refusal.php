<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Store\ServerLog;
use WP_Error;

/**
 * A refusal with a stable code: thrown inside, turned into a WP_Error at the boundary.
 */
final class Refusal extends \RuntimeException {
	/**
	 * `retry_after` for a second step that no waiting opens, since somebody may have unlocked it by then. A shorter lock
	 * ends by itself.
	 */
	public const SHUT = DAY_IN_SECONDS;

	/**
	 * @param Code                 $reason The stable code.
	 * @param array<string, mixed> $data   Further members of the answer's `data`. The only secret allowed is the caller's own challenge.
	 * @param Problem|null         $problem For the administrator only; never sent to a client.
	 */
	public function __construct(
		public readonly Code $reason,
		public readonly array $data = array(),
		public readonly ?Problem $problem = null,
	) {
		parent::__construct( $reason->value );
	}

	/** Fails closed: the administrator is told why, the client is not. */
	public static function unavailable( Problem $problem ): self {
		return new self( Code::Unavailable, array(), $problem );
	}

	/**
	 * rest_invalid_param: one field has an invalid value.
	 *
	 * @param string $why Continues the sentence after the field's name: "must be text."
	 */
	public static function invalid( string $field, string $why ): self {
		return new self( Code::InvalidParam, array( 'params' => array( $field => $field . ' ' . $why ) ) );
	}

	/** rest_missing_callback_param: a field is missing. */
	public static function missing( string $field ): self {
		return new self( Code::MissingParam, array( 'params' => array( $field ) ) );
	}

	/** sallyport_token_invalid, with the reason: `revoked`, `expired`, or another defect of the token. */
	public static function token_invalid( string $reason ): self {
		return new self( Code::TokenInvalid, array( 'reason' => $reason ) );
	}

	/** sallyport_step_up_required: a proof no older than this many seconds is needed. */
	public static function step_up( int $max_age ): self {
		return new self( Code::StepUpRequired, array( 'max_age' => $max_age ) );
	}

	/** The same refusal with another contract's code. */
	public function as( Code $reason ): self {
		return new self( $reason, $this->data, $this->problem );
	}

	/** The field it is about, the first if there are several; empty if it names none. */
	public function field(): string {
		$params = (array) ( $this->data['params'] ?? array() );
		$name   = array_key_first( $params );
		return is_int( $name ) ? (string) $params[ $name ] : (string) ( $name ?? $this->data['field'] ?? '' );
	}

	/** How long to wait, as a sentence; empty if waiting does not help. */
	public function wait(): string {
		$seconds = (int) ( $this->data['retry_after'] ?? 0 );
		return $seconds > 0 && ! $this->is_shut()
			/* translators: %s: a time such as "15 minutes". */
			? sprintf( __( 'Try again in %s.', 'sallyport' ), human_time_diff( time(), time() + $seconds ) )
			: '';
	}

	/** Whether it is about a second step that no waiting opens. */
	private function is_shut(): bool {
		return Code::Locked === $this->reason && ( $this->data['retry_after'] ?? 0 ) >= self::SHUT;
	}

	/** The sentence for people. Also logs to the server's log why nothing could be decided; only the host sees that. */
	public function tell(): string {
		null === $this->problem || ServerLog::say( $this->problem, time() );
		return $this->is_shut()
			? __( 'Too many wrong codes. The second step stays locked until it is opened again: with a backup code, by the link that was mailed to you, or by an administrator of this site.', 'sallyport' )
			: $this->reason->message();
	}

	/**
	 * What the activity log records besides the code.
	 *
	 * @return array<string, string>
	 */
	public function detail(): array {
		return null === $this->problem ? array() : array( 'problem' => $this->problem->name );
	}

	/**
	 * As one of GraphQL's `errors[]`.
	 *
	 * @return array{message: string, extensions: array<string, mixed>} The extensions: {code, status} and the refusal's own data.
	 */
	public function to_graphql(): array {
		return array(
			'message'    => $this->tell(),
			'extensions' => array(
				'code'   => $this->reason->value,
				'status' => $this->reason->status(),
			) + $this->data,
		);
	}

	/**
	 * The WP_Error for the answer.
	 *
	 * @param string $more Text after the message.
	 */
	public function to_error( string $more = '' ): WP_Error {
		return new WP_Error(
			$this->reason->value,
			trim( $this->tell() . ' ' . $more ),
			array( 'status' => $this->reason->status() ) + $this->data
		);
	}
}
