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
 * Strict mode: a token that no gate of ours saw being made does not leave, if it names a user who must prove a second factor
 * and carries no proof. It would not count here; elsewhere somebody may read it by the plugin's key.
 */
final class Outgoing {
	/**
	 * A JWT, of anybody's: header and claims are JSON objects, so each begins with `{"` in base64url.
	 *
	 * A stranger's text is looked at with it, so it takes a time that grows with the text alone: only where a run of letters
	 * begins, and where claims come behind it, is a header looked for.
	 */
	private const JWT = '/(?<![\w-])(?=[\w-]++\.eyJ[\w-]{5,}+\.[\w-])[\w-]*?\b\KeyJ[\w-]{5,}+\.eyJ[\w-]++\.[\w-]++/';

	/** Where plugins write whom a token is for, beside what our issuers say. */
	private const NAMES = array( 'sub', 'id', 'ID', 'uid', 'user_id', 'userId' );

	/** Whether what is written is looked at as it leaves. */
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
	 * Filter rest_request_before_callbacks: a route that writes its answer and ends the request by itself is asked about no
	 * answer.
	 *
	 * @param mixed $response Passed through.
	 */
	public function watch( mixed $response, string $route ): mixed {
		if ( defined( 'REST_REQUEST' ) ) { // A page that asks a route beside is no answer of REST.
			$this->look( $route );
		}
		return $response;
	}

	/** Action init, first, of a request to admin-ajax.php: whoever answers it writes by itself. */
	public function watch_ajax(): void {
		$action = $_REQUEST['action'] ?? ''; // phpcs:ignore WordPress.Security -- for the log alone.
		$this->look( 'admin-ajax.php?action=' . ( is_string( $action ) ? sanitize_key( $action ) : '' ) );
	}

	/** Until the request ends, or somebody ends the buffer. */
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

	/** @return array<string, mixed> With its status and headers, as far as they can still be sent. */
	private static function body( Refusal $refusal ): array {
		if ( ! headers_sent() ) {
			status_header( $refusal->reason->status() );
			header_remove( 'Content-Length' );
			header( 'Cache-Control: no-store' );
			if ( 401 === $refusal->reason->status() ) {
				header( 'WWW-Authenticate: Bearer error="invalid_token"' ); // For PHP it makes a 401 of any status.
			}
		}
		return rest_convert_error_to_response( $refusal->to_error() )->get_data();
	}

	/**
	 * Filter graphql_request_results, last.
	 *
	 * @param mixed $result An array, or an object of WPGraphQL's library that serialises to one.
	 * @return mixed The same, or an error in the form of GraphQL.
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
	 * @return mixed The same, without what would give a token away.
	 */
	public function graphql_headers( mixed $headers ): mixed {
		return is_array( $headers ) ? array_filter( $headers, fn ( mixed $value ): bool => null === $this->refusal( $value, 'graphql' ) ) : $headers;
	}

	/** Takes headers back that others have set. */
	private function hide_headers( string $where ): void {
		foreach ( headers_sent() ? array() : headers_list() as $line ) {
			list( $name, $value ) = explode( ':', $line, 2 ) + array( '', '' );
			if ( 0 === stripos( $name, 'X-' ) && null !== $this->refusal( $value, $where ) ) {
				header_remove( $name );
			}
		}
	}

	/** Why this must not leave; null if it may. Where tokens cannot be read none leaves, nor a text that cannot. */
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
				$this->activity->record( Event::TokenWithheld, $user_id, '', $refusal->reason->value, array( 'where' => $where ) + ( is_string( $iss ) && '' !== $iss ? array( 'iss' => substr( $iss, 0, 256 ) ) : array() ) );
				return Code::TokenStale === $refusal->reason ? new Refusal( Code::TokenUnproven ) : $refusal;
			}
		}
		return null;
	}

	/** Whether it is a refresh token of a bridged issuer that carries this user's proof: no bearer, and meant to leave. */
	private function refreshes( array $claims, int $user_id ): bool {
		try {
			$this->acceptance->proof_carried( $claims, $user_id, ProofClaim::REFRESH );
			return true;
		} catch ( Refusal ) {
			return false;
		}
	}

	/**
	 * Whom a token may be for.
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
