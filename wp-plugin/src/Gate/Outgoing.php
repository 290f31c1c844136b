<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Issuer\Issuers;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\ProofClaim;

/**
 * Strict mode: withholds a token whose making no gate of ours saw, if it names a user who must prove a second factor and
 * carries no proof. The token would not count here, but another service may accept it by the plugin's key.
 */
final class Outgoing {
	/**
	 * Matches any JWT: header and claims are JSON objects, so each begins with `{"` in base64url.
	 *
	 * The text may come from an attacker, so the time to match it must stay linear. The pattern therefore looks for a header
	 * only where a run of word characters begins, and only if claims follow it.
	 */
	private const JWT = '/(?<![\w-])(?=[\w-]++\.eyJ[\w-]{5,}+\.[\w-])[\w-]*?\b\KeyJ[\w-]{5,}+\.eyJ[\w-]++\.[\w-]++/';

	/** Claims that plugins use for the user, besides those that our issuers know. */
	private const NAMES = array( 'sub', 'id', 'ID', 'uid', 'user_id', 'userId' );

	/** Whether the output buffer of this request is already inspected. */
	private bool $watches = false;

	public function __construct(
		private readonly Acceptance $acceptance,
		private readonly Issuers $issuers,
		private readonly Engine $engine,
		private readonly Activity $activity,
	) {}

	/** @return list<string>|null The JWTs in a text; null if PHP gave up on it. */
	public static function tokens_in( string $text ): ?array {
		return false === preg_match_all( self::JWT, $text, $found ) ? null : array_values( array_unique( $found[0] ) );
	}

	/**
	 * Filter rest_pre_echo_response, last.
	 *
	 * @param mixed $answer About to be written as JSON.
	 * @return mixed The same, or the refusal's body.
	 */
	public function rest( mixed $answer, string $route ): mixed {
		$this->hide_headers( $route );
		$refusal = $this->refusal( $answer, $route );
		if ( null === $refusal ) {
			return $answer;
		}
		return self::body( $refusal );
	}

	/**
	 * Filter rest_request_before_callbacks: inspects the output, since some routes write their answer and exit by themselves.
	 *
	 * @param mixed $response Passed through.
	 */
	public function watch( mixed $response, string $route ): mixed {
		if ( defined( 'REST_REQUEST' ) ) { // A page that dispatches a REST request internally is not a REST answer.
			$this->look( $route );
		}
		return $response;
	}

	/** Action init, first, in a request to admin-ajax.php: its handlers write their answers themselves. */
	public function watch_ajax(): void {
		$action = $_REQUEST['action'] ?? ''; // phpcs:ignore WordPress.Security -- for the log alone.
		$this->look( 'admin-ajax.php?action=' . ( is_string( $action ) ? sanitize_key( $action ) : '' ) );
	}

	/** Inspects the output until the request ends, or other code ends the buffer. */
	private function look( string $where ): void {
		if ( ! $this->watches ) {
			$this->watches = true;
			ob_start( fn ( string $written ): string => $this->written( $written, $where ) );
		}
	}

	private function written( string $text, string $where ): string {
		$this->hide_headers( $where );
		$refusal = $this->refusal( $text, $where );
		if ( null === $refusal ) {
			return $text;
		}
		if ( ! headers_sent() ) {
			header( 'Content-Type: application/json; charset=' . get_option( 'blog_charset' ) );
		}
		return (string) wp_json_encode( self::body( $refusal ) );
	}

	/** @return array<string, mixed> The refusal's body. Sets its status and headers as far as they can still be sent. */
	private static function body( Refusal $refusal ): array {
		if ( ! headers_sent() ) {
			status_header( $refusal->reason->status() );
			header_remove( 'Content-Length' );
			header( 'Cache-Control: no-store' );
			if ( 401 === $refusal->reason->status() ) {
				header( 'WWW-Authenticate: Bearer error="invalid_token"' ); // PHP turns any status into 401 for this header.
			}
		}
		return rest_convert_error_to_response( $refusal->to_error() )->get_data();
	}

	/**
	 * Filter graphql_request_results, last.
	 *
	 * @param mixed $result An array, or an object of WPGraphQL's library that serialises to one.
	 * @return mixed The same, or a GraphQL error.
	 */
	public function graphql( mixed $result ): mixed {
		$refusal = $this->refusal( $result, 'graphql' );
		return null === $refusal ? $result : array(
			'errors' => array( $refusal->to_graphql() ),
			'data'   => null,
		);
	}

	/**
	 * Filter graphql_response_headers_to_send, last.
	 *
	 * @param mixed $headers Name => value.
	 * @return mixed The same, without headers that hold a token to withhold.
	 */
	public function graphql_headers( mixed $headers ): mixed {
		return is_array( $headers )
			? array_filter( $headers, fn ( mixed $value ): bool => null === $this->refusal( $value, 'graphql' ) )
			: $headers;
	}

	/** Removes headers with such a token that other code has already set. */
	private function hide_headers( string $where ): void {
		foreach ( headers_sent() ? array() : headers_list() as $line ) {
			list( $name, $value ) = explode( ':', $line, 2 ) + array( '', '' );
			if ( 0 === stripos( $name, 'X-' ) && null !== $this->refusal( $value, $where ) ) {
				header_remove( $name );
			}
		}
	}

	/** Why this answer must not leave; null if it may. Fails closed if a token, or the text itself, cannot be read. */
	private function refusal( mixed $answer, string $where ): ?Refusal {
		$text = is_string( $answer ) ? $answer : (string) wp_json_encode( $answer, JSON_UNESCAPED_SLASHES );
		foreach ( self::tokens_in( $text ) ?? array( '' ) as $token ) {
			$claims  = array();
			$user_id = 0;
			try {
				if ( '' === $token ) {
					throw new Refusal( Code::Unavailable );
				}
				$claims = $this->engine->jwt_peek( $token )['claims'] ?? array();
				foreach ( $this->named( $claims ) as $user_id ) {
					if ( ! $this->refreshes( $claims, $user_id ) ) {
						$this->acceptance->require_proof_in( $token, $claims, $user_id );
					}
				}
			} catch ( Refusal $refusal ) {
				$iss = $claims['iss'] ?? '';
				$this->activity->record(
					Event::TokenWithheld,
					$user_id,
					'',
					$refusal->reason->value,
					array( 'where' => $where ) + ( is_string( $iss ) && '' !== $iss ? array( 'iss' => substr( $iss, 0, 256 ) ) : array() )
				);
				return Code::TokenStale === $refusal->reason ? new Refusal( Code::TokenUnproven ) : $refusal;
			}
		}
		return null;
	}

	/** Whether it is a refresh token of a bridged issuer with this user's proof. It is no bearer token, and meant to leave. */
	private function refreshes( array $claims, int $user_id ): bool {
		try {
			$this->acceptance->proof_carried( $claims, $user_id, ProofClaim::REFRESH );
			return true;
		} catch ( Refusal ) {
			return false;
		}
	}

	/**
	 * The users whom a token may name.
	 *
	 * @param array<string, mixed> $claims
	 * @return list<int>
	 */
	private function named( array $claims ): array {
		$ids = $this->issuers->users_in( $claims );
		foreach ( array( $claims, $claims['data'] ?? null, $claims['user'] ?? null, $claims['data']['user'] ?? null ) as $part ) {
			foreach ( is_array( $part ) ? self::NAMES : array() as $name ) {
				$id    = $part[ $name ] ?? null;
				$ids[] = is_int( $id ) || ( is_string( $id ) && ctype_digit( $id ) ) ? (int) $id : 0;
			}
		}
		$email = $claims['email'] ?? null;
		$ids[] = is_string( $email ) && is_email( $email ) ? (int) ( get_user_by( 'email', $email )->ID ?? 0 ) : 0;
		return array_values( array_unique( array_filter( $ids ) ) );
	}
}
