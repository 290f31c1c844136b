<?php
declare( strict_types=1 );

namespace Sallyport\WP\Bridge;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Gate\Policy;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Refusal;
use WP_Error;

/** GraphQL's answer to a request of which Sallyport refused something: the errors, the status, and the headers of a code. */
final class GraphqlAnswers {
	private const INVALID_TOKEN = array( Code::TokenInvalid, Code::TokenUnproven, Code::TokenStale );

	/** @var list<Refusal> Refusals of mutations and fields of this request. */
	private array $refusals = array();

	/** Why nothing of this request is executed. */
	private ?Refusal $refused = null;

	/**
	 * @param Closure(): (WP_Error|true|null) $credentials Why REST would refuse this request's credentials.
	 * @param Closure(): ?TrustedDevices      $devices     Null if no device was checked.
	 */
	public function __construct(
		private readonly Presented $presented,
		private readonly Closure $credentials,
		private readonly Closure $devices,
	) {}

	/** Refuses one field; its siblings continue. */
	public function refuse( Refusal $refusal ): GraphqlError {
		$this->refusals[] = $refusal;
		return new GraphqlError( $refusal );
	}

	/**
	 * Filter wp_pre_insert_user_data, after StepUp: if StepUp emptied the change, it is refused with StepUp's code instead of as
	 * an empty one.
	 *
	 * @param mixed $row What is about to be stored.
	 * @throws GraphqlError
	 */
	public function name_step_up( mixed $row ): mixed {
		return array() === $row ? throw $this->refuse( Refusal::step_up( Policy::STEP_UP_AGE ) ) : $row;
	}

	/**
	 * Filter pre_graphql_execute_request, last. As in REST, a refused credential is an error, not a guest; and secrets that only a
	 * second step accepts are no bearers here.
	 *
	 * @param mixed $answer What the earlier filters found; null lets the query run.
	 * @param mixed $params Of the request; a list for a batch.
	 * @return mixed The same, or the errors; for a batch, those of each.
	 */
	public function execute( mixed $answer, mixed $params ): mixed {
		if ( $this->presented->has_taken() ) {
			$this->refused = new Refusal( Code::TokenInvalid );
		} else {
			$error         = ( $this->credentials )();
			$code          = $error instanceof WP_Error ? Code::tryFrom( (string) $error->get_error_code() ) : null;
			$this->refused = null === $code
				? null
				: new Refusal( $code, array_diff_key( (array) $error->get_error_data(), array( 'status' => 0 ) ) );
		}
		if ( null === $this->refused ) {
			return $answer;
		}
		$errors = array( 'errors' => array( $this->refused->to_graphql() ) );
		return is_array( $params ) ? array_fill( 0, count( $params ), $errors ) : $errors;
	}

	/**
	 * Filter graphql_response_status_code, last: the status of a refused credential. The refusal of a single field is only in
	 * `errors[]`.
	 */
	public function status( mixed $status ): mixed {
		return null === $this->refused ? $status : $this->refused->reason->status();
	}

	/**
	 * Filter graphql_response_headers_to_send, last. A challenge has its header only if there is exactly one.
	 *
	 * @param mixed $headers Name => value.
	 */
	public function headers( mixed $headers ): mixed {
		$refusals = array( ...$this->refusals, ...( null === $this->refused ? array() : array( $this->refused ) ) );
		$device   = ( $this->devices )()?->given();
		$ours     = null === $device ? array() : array( 'X-Sallyport-Device' => $device );
		if ( 1 === count( $refusals ) ) {
			$data  = $refusals[0]->data;
			$ours += array_filter(
				array(
					'X-Sallyport-Challenge' => $data['challenge'] ?? null,
					'Retry-After'           => isset( $data['retry_after'] ) ? (string) $data['retry_after'] : null,
				)
			);
		}
		// Only for a refusal of the whole request: PHP turns any status into 401 for this header.
		if ( in_array( $this->refused?->reason, self::INVALID_TOKEN, true ) ) {
			$ours['WWW-Authenticate'] = 'Bearer error="invalid_token"';
		}
		if ( ! is_array( $headers ) || ( array() === $refusals && array() === $ours ) ) {
			return $headers;
		}
		if ( array() !== $ours ) {
			$headers['Access-Control-Expose-Headers'] = implode(
				', ',
				array_filter( array( (string) ( $headers['Access-Control-Expose-Headers'] ?? '' ), ...array_keys( $ours ) ) )
			);
		}
		$headers['Cache-Control'] = 'no-store';
		return $ours + $headers;
	}
}
