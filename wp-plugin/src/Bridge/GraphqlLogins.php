<?php
declare( strict_types=1 );

namespace Sallyport\WP\Bridge;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Issuer\GraphqlIssuer;
use Sallyport\WP\Issuer\HeadlessLogin;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\ProofClaim;
use WP_REST_Request;
use WP_User;

/**
 * Logins that are mutations of WPGraphQL, and all tokens that their plugins sign.
 *
 * Aliases and batches put many mutations into one request. Each is decided by its own input, before its plugin does anything
 * with the user it found, so that no other field runs as that user.
 */
final class GraphqlLogins {
	/** Fields of the second step in a login's input => Answer's names for them. */
	private const FIELDS = array(
		'sallyportCode'        => 'sallyport_code',
		'sallyportFactor'      => 'sallyport_factor',
		'sallyportChallenge'   => 'sallyport_challenge',
		'sallyportTrustDevice' => 'sallyport_trust_device',
		'sallyportDevice'      => 'sallyport_device',
	);

	/** The issuer whose mutation is running; null if none is. */
	private ?GraphqlIssuer $issuer = null;

	/** @var array<string, mixed> The mutation's input. */
	private array $input = array();

	/** The refresh token it exchanges; null during a login. */
	private ?string $refresh_token = null;

	/** The user already decided about: a login comes here twice. */
	private ?int $judged = null;

	/** @var array<int, Refusal> User id => why the last token about to be signed got no proof. */
	private array $why = array();

	/** @param list<GraphqlIssuer> $issuers */
	public function __construct(
		private readonly array $issuers,
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly ProofClaim $claims,
		private readonly Engine $engine,
		private readonly Activity $activity,
		private readonly GraphqlAnswers $answers,
	) {}

	/** Action graphql_register_types: adds the second step to the login's input. */
	public static function register_fields(): void {
		register_graphql_fields(
			'LoginInput',
			array(
				'sallyportCode'        => self::field( 'String', __( 'The code of the second step.', 'sallyport' ) ),
				'sallyportFactor'      => self::field( 'String', __( 'The factor the code belongs to, if not the preferred one.', 'sallyport' ) ),
				'sallyportChallenge'   => self::field( 'String', __( 'The challenge that a right password opened: the password is not asked for again.', 'sallyport' ) ),
				'sallyportTrustDevice' => self::field( 'Boolean', __( 'Whether to trust this device from now on.', 'sallyport' ) ),
				'sallyportDevice'      => self::field( 'String', __( 'The secret of a trusted device.', 'sallyport' ) ),
			)
		);
	}

	/**
	 * Filter graphql_pre_mutate_and_get_payload, last: a mutation begins, so any earlier one is over. A login that brings a
	 * challenge is completed without the password.
	 *
	 * @param mixed                $payload  What the earlier filters answered; null lets the callback run.
	 * @param mixed                $callback The mutation's.
	 * @param array<string, mixed> $input    The mutation's own.
	 * @return mixed The same, or the native payload.
	 * @throws GraphqlError If it is refused.
	 */
	public function begin( mixed $payload, mixed $callback, array $input ): mixed {
		list( $this->issuer, $this->input, $this->refresh_token, $this->judged ) = array( null, $input, null, null );
		foreach ( null === $payload ? $this->issuers : array() as $issuer ) {
			$this->refresh_token = $issuer->refresh_token( $callback, $input );
			if ( null !== $this->refresh_token ) {
				$this->issuer = $issuer;
				return null;
			}
			if ( $issuer->is_login_mutation( $callback ) ) {
				$this->issuer = $issuer;
				return $this->brings( 'challenge' ) ? $this->complete( $issuer ) : null;
			}
		}
		return $payload;
	}

	/** Action graphql_mutation_response: the mutation is over. It does not fire for one that failed; then the next one ends it. */
	public function end(): void {
		$this->issuer = null;
	}

	/**
	 * Filter authenticate, last except for OtherDoors: decides after a right password. It throws, because a WP_Error would fire
	 * wp_login_failed, which lock-out plugins count.
	 *
	 * @param bool $by_cookie True if no password came: core looked at a cookie, which is never exchanged for a token.
	 * @throws GraphqlError If the login is refused.
	 */
	public function authenticate( WP_User $user, bool $by_cookie ): WP_User {
		if ( null !== $this->issuer && null === $this->refresh_token ) {
			$by_cookie ? $this->refuse_asked( $user->ID ) : $this->judge( $user->ID, Proof::PASSWORD );
		}
		return $user;
	}

	/**
	 * Action set_current_user, first: decides about a user who was found without a password (by OAuth, a site token or a refresh
	 * token).
	 *
	 * @throws GraphqlError If the mutation may not continue as this user. Then the request becomes anonymous.
	 */
	public function switched(): void {
		$user_id = get_current_user_id();
		if ( null === $this->issuer || 0 === $user_id || $this->judged === $user_id ) {
			return;
		}
		try {
			null === $this->refresh_token ? $this->judge( $user_id, Proof::SSO ) : $this->resume( $user_id );
		} catch ( GraphqlError $refused ) {
			wp_set_current_user( 0 );
			throw $refused;
		}
	}

	/**
	 * An issuer's claims filter, last: stamps a proof that this request holds for the user. A token inherits it from a credential
	 * presented for this very user, or from this request's code; it never makes one.
	 *
	 * @param mixed $claims The claims about to be signed.
	 * @return mixed The same, with or without the proof claim.
	 */
	public function stamp( GraphqlIssuer $issuer, mixed $claims, int $user_id ): mixed {
		unset( $this->why[ $user_id ] );
		if ( ! is_array( $claims ) ) {
			return $claims;
		}
		unset( $claims[ ProofClaim::NAME ], $claims[ ProofClaim::REFRESH ] );
		try {
			return $this->gate->is_asked( $user_id )
				? $this->claims->stamp( $claims, $this->proof( $issuer, $user_id ), self::claim( $issuer, $claims ) )
				: $claims;
		} catch ( Refusal $refusal ) {
			$this->why[ $user_id ] = $refusal;
			return $claims;
		}
	}

	/**
	 * Last on an issuer's filter for signed tokens: withholds an enrolled user's token without a proof, whatever asked for it.
	 *
	 * @param mixed $token The signed token.
	 * @return mixed The same, or null for no field or header.
	 * @throws GraphqlError In the field that asked for it.
	 */
	public function release( GraphqlIssuer $issuer, mixed $token, int $user_id ): mixed {
		if ( ! is_string( $token ) || '' === $token ) {
			return $token;
		}
		try {
			if ( $this->gate->is_asked( $user_id ) ) {
				$claims = $this->engine->jwt_peek( $token )['claims'] ?? array();
				$this->acceptance->proof_carried( $claims, $user_id, self::claim( $issuer, $claims ) );
			}
			return $token;
		} catch ( Refusal $refusal ) {
			$refusal = $this->why[ $user_id ] ?? $refusal;
			if ( Code::TokenUnproven === $refusal->reason && $this->gate->lets_pass( $user_id, $issuer->name(), $refusal ) ) {
				return $token;
			}
			$this->activity->record( Event::TokenWithheld, $user_id, $issuer->name(), $refusal->reason->value );
			$in_field = function_exists( 'is_graphql_request' ) && is_graphql_request(); // Headers are built after the query is over.
			return $in_field ? throw $this->answers->refuse( $refusal ) : null;
		}
	}

	/**
	 * The same for headless-login: its refresh tokens get their last claims after the claims filter, so they are signed
	 * again here.
	 */
	public function sign_and_release( HeadlessLogin $issuer, mixed $token, int $user_id ): mixed {
		try {
			$claims = is_string( $token ) && $this->gate->is_asked( $user_id ) ? $this->engine->jwt_peek( $token )['claims'] ?? null : null;
		} catch ( Refusal ) {
			$claims = null; // It cannot be told; release() refuses it.
		}
		return $this->release( $issuer, null === $claims ? $token : $issuer->sign( $this->stamp( $issuer, $claims, $user_id ) ), $user_id );
	}

	/** @return array<string, mixed> The payload in the form of the mutation's own callback. */
	private function complete( GraphqlIssuer $issuer ): array {
		try {
			list( $minted, , $proof ) = $this->gate->complete( $this->answer(), $issuer->name() );
		} catch ( Refusal $refusal ) {
			throw $this->answers->refuse( $refusal );
		}
		$this->judged = $proof->user_id;
		$user         = wp_set_current_user( $proof->user_id ); // As the callback does.
		return $issuer->payload( GraphqlIssuer::login_in( $minted ), $user, $this->input );
	}

	/** @param string $first Proof::PASSWORD or ::SSO. */
	private function judge( int $user_id, string $first ): void {
		try {
			if ( $this->gate->is_asked( $user_id ) ) {
				$this->gate->decide( $user_id, $this->issuer->name(), $this->answer(), $first );
			}
			$this->judged = $user_id;
		} catch ( Refusal $refusal ) {
			throw $this->answers->refuse( $refusal );
		}
	}

	/** A refresh token that its plugin accepted counts by the proof it carries. */
	private function resume( int $user_id ): void {
		try {
			if ( $this->gate->is_asked( $user_id ) && null === $this->acceptance->proof( $user_id ) ) {
				$this->acceptance->admit( $this->refreshed( (string) $this->refresh_token, $user_id ) );
			}
		} catch ( Refusal $refusal ) {
			if ( Code::TokenUnproven !== $refusal->reason || ! $this->gate->lets_pass( $user_id, $this->issuer->name(), $refusal ) ) {
				throw $this->answers->refuse( $refusal );
			}
		}
	}

	private function refuse_asked( int $user_id ): void {
		try {
			$refusal = $this->gate->is_asked( $user_id ) ? new Refusal( Code::TokenUnproven ) : null;
			$refusal = null === $refusal || $this->gate->lets_pass( $user_id, $this->issuer->name(), $refusal ) ? null : $refusal;
		} catch ( Refusal $unavailable ) {
			$refusal = $unavailable;
		}
		if ( null !== $refusal ) {
			throw $this->answers->refuse( $refusal );
		}
	}

	/** @throws Refusal If this request holds no proof for the user. */
	private function proof( GraphqlIssuer $issuer, int $user_id ): Proof {
		$proof = $this->gate->made( $user_id ) ?? $this->acceptance->proof( $user_id );
		if ( null !== $proof ) {
			return $proof;
		}
		if ( null !== $this->presented->app_password( $user_id ) ) {
			throw new Refusal( Code::AppPassword );
		}
		return $this->refreshed( (string) ( $this->refresh_token ?? $issuer->refresh_token_in_header() ), $user_id );
	}

	/** The proof in a refresh token: valid for another token of the same user, and nothing else. */
	private function refreshed( #[\SensitiveParameter] string $token, int $user_id ): Proof {
		return $this->acceptance->proof_carried( $this->engine->jwt_peek( $token )['claims'] ?? array(), $user_id, ProofClaim::REFRESH );
	}

	/** @param array<string, mixed> $claims */
	private static function claim( GraphqlIssuer $issuer, array $claims ): string {
		return $issuer->is_refresh( $claims ) ? ProofClaim::REFRESH : ProofClaim::NAME;
	}

	/** @throws Refusal rest_invalid_param, sallyport_ambiguous. */
	private function answer(): Answer {
		$request = new WP_REST_Request( 'POST' );
		$request->set_query_params( wp_unslash( $_GET ) ); // phpcs:ignore WordPress.Security.NonceVerification -- a mutation has none.
		$fields = array();
		foreach ( self::FIELDS as $field => $name ) {
			$fields[ $name ] = $this->input[ $field ] ?? null;
			$request->set_header( 'x_' . $name, self::header( $name ) ?? '' );
		}
		$request->set_body_params( $fields );
		return Answer::from( $request, Answer::BRIDGED, $this->presented );
	}

	private function brings( string $name ): bool {
		return isset( $this->input[ array_search( Answer::BRIDGED . $name, self::FIELDS, true ) ] )
			|| null !== self::header( Answer::BRIDGED . $name );
	}

	private static function header( string $name ): ?string {
		$value = Client::header( 'HTTP_X_' . strtoupper( $name ) );
		return '' === $value ? null : wp_unslash( $value );
	}

	/** @return array{type: string, description: string} */
	private static function field( string $type, string $description ): array {
		return compact( 'type', 'description' );
	}
}
