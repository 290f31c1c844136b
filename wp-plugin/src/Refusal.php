<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Store\ServerLog;
use WP_Error;

/**
 * A refusal with its stable code: thrown inside, turned into a WP_Error at the border.
 */
final class Refusal extends \RuntimeException {
	/** Seconds until a client may ask again about a second step that no time opens: somebody may have opened it. A shorter lock ends by itself. */
	public const SHUT = DAY_IN_SECONDS;

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

	/** rest_invalid_param: why one field cannot be taken. @param string $why As it follows the name: "must be text." */
	public static function invalid( string $field, string $why ): self {
		return new self( Code::InvalidParam, array( 'params' => array( $field => $field . ' ' . $why ) ) );
	}

	/** rest_missing_callback_param: a field is not there. */
	public static function missing( string $field ): self {
		return new self( Code::MissingParam, array( 'params' => array( $field ) ) );
	}

	/** sallyport_token_invalid: `revoked`, `expired`, or what else is wrong with the token. */
	public static function token_invalid( string $reason ): self {
		return new self( Code::TokenInvalid, array( 'reason' => $reason ) );
	}

	/** sallyport_step_up_required: a proof is wanted that is no older than so many seconds. */
	public static function step_up( int $max_age ): self {
		return new self( Code::StepUpRequired, array( 'max_age' => $max_age ) );
	}

	/** The same refusal under another contract's code. */
	public function as( Code $reason ): self {
		return new self( $reason, $this->data, $this->problem );
	}

	/** The field it is about, the first where it names several; empty where it names none. */
	public function field(): string {
		$params = (array) ( $this->data['params'] ?? array() );
		$name   = array_key_first( $params );
		return is_int( $name ) ? (string) $params[ $name ] : (string) ( $name ?? $this->data['field'] ?? '' );
	}

	/** How long one has to wait, as a sentence; empty where waiting does not help. */
	public function wait(): string {
		$seconds = (int) ( $this->data['retry_after'] ?? 0 );
		/* translators: %s: a time such as "15 minutes". */
		return $seconds > 0 && ! $this->is_shut() ? sprintf( __( 'Try again in %s.', 'sallyport' ), human_time_diff( time(), time() + $seconds ) ) : '';
	}

	/** Whether it is of a second step that no time opens again. */
	private function is_shut(): bool {
		return Code::Locked === $this->reason && ( $this->data['retry_after'] ?? 0 ) >= self::SHUT;
	}

	/** The sentence people are told; why nothing can be decided the server's log is told meanwhile, and nobody else. */
	public function tell(): string {
		null === $this->problem || ServerLog::say( $this->problem, time() );
		return $this->is_shut()
			? __( 'Too many wrong codes. The second step stays locked until it is opened again: with a backup code, by the link that was mailed to you, or by an administrator of this site.', 'sallyport' )
			: $this->reason->message();
	}

	/** What the activity log holds beside the code. @return array<string, string> */
	public function detail(): array {
		return null === $this->problem ? array() : array( 'problem' => $this->problem->name );
	}

	/**
	 * As GraphQL has it: one of `errors[]`.
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
	 * The answer WordPress sends.
	 *
	 * @param string $more What is said beside the message.
	 */
	public function to_error( string $more = '' ): WP_Error {
		return new WP_Error(
			$this->reason->value,
			trim( $this->tell() . ' ' . $more ),
			array( 'status' => $this->reason->status() ) + $this->data
		);
	}
}
