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
 * The logins that are mutations of WPGraphQL, and every token their plugins sign.
 *
 * Aliases and batches put many mutations into one request: each is decided by what it brings itself, and before its
 * plugin does anything with the user it found, so that no field beside it runs as that user.
 */
final class GraphqlLogins {
	/** The fields of the second step in a login's input => the names Answer takes them by. */
	private const FIELDS = array(
		'sallyportCode'        => 'sallyport_code',
		'sallyportFactor'      => 'sallyport_factor',
		'sallyportChallenge'   => 'sallyport_challenge',
		'sallyportTrustDevice' => 'sallyport_trust_device',
		'sallyportDevice'      => 'sallyport_device',
	);

	/** Whose mutation is going on; null outside of one. */
	private ?GraphqlIssuer $issuer = null;

	/** @var array<string, mixed> What it was given. */
	private array $input = array();

	/** The refresh token it exchanges; null while a login is going on. */
	private ?string $refresh_token = null;

	/** Whom it was decided about: a login asks twice. */
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

	/** Action graphql_register_types: the second step is part of the login's input. */
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
	 * Filter graphql_pre_mutate_and_get_payload, last: a mutation begins, and whatever went on before is over. A login
	 * that brings a challenge is completed, without the password.
	 *
	 * @param mixed                $payload  What the filters before answered; null lets the callback run.
	 * @param mixed                $callback The mutation's.
	 * @param array<string, mixed> $input    The mutation's own.
	 * @return mixed The same, or the native payload.
	 * @throws GraphqlError When it is refused.
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

	/** Action graphql_mutation_response: it is over. One that failed says nothing; then the next one begins. */
	public function end(): void {
		$this->issuer = null;
	}

	/**
	 * Filter authenticate, last except for OtherDoors: decides about a right password. Thrown, because an error would fire
	 * wp_login_failed, which lock-out plugins count.
	 *
	 * @param bool $by_cookie True when no password came: core looked at a cookie, and a cookie is exchanged for no token.
	 * @throws GraphqlError When the login is refused.
	 */
	public function authenticate( WP_User $user, bool $by_cookie ): WP_User {
		if ( null !== $this->issuer && null === $this->refresh_token ) {
			$by_cookie ? $this->refuse_asked( $user->ID ) : $this->judge( $user->ID, Proof::PASSWORD );
		}
		return $user;
	}

	/**
	 * Action set_current_user, first: whoever was found without a password (by OAuth, a site token, a refresh token) is
	 * decided about here.
	 *
	 * @throws GraphqlError When the mutation may not go on as this user; then the request is nobody's.
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
	 * The claims filter of an issuer, last: stamps a proof that this request holds for the user. Tokens inherit it, from
	 * what was presented for this very user, or from the code of this request; they never make one.
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
			return $this->gate->is_asked( $user_id ) ? $this->claims->stamp( $claims, $this->proof( $issuer, $user_id ), self::claim( $issuer, $claims ) ) : $claims;
		} catch ( Refusal $refusal ) {
			$this->why[ $user_id ] = $refusal;
			return $claims;
		}
	}

	/**
	 * The last filter of an issuer on a signed token: one of an enrolled user without a proof does not leave, whatever
	 * asked for it.
	 *
	 * @param mixed $token The signed token.
	 * @return mixed The same, or null: then there is no field, or no header.
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
			$in_field = function_exists( 'is_graphql_request' ) && is_graphql_request(); // Headers are made when the query is over.
			return $in_field ? throw $this->answers->refuse( $refusal ) : null;
		}
	}

	/** The same for headless-login: its refresh tokens get their last claims after the claims filter, so they are signed once more here. */
	public function sign_and_release( HeadlessLogin $issuer, mixed $token, int $user_id ): mixed {
		try {
			$claims = is_string( $token ) && $this->gate->is_asked( $user_id ) ? $this->engine->jwt_peek( $token )['claims'] ?? null : null;
		} catch ( Refusal ) {
			$claims = null; // Nobody can tell: release() says so.
		}
		return $this->release( $issuer, null === $claims ? $token : $issuer->sign( $this->stamp( $issuer, $claims, $user_id ) ), $user_id );
	}

	/** @return array<string, mixed> The payload of the mutation's own callback. */
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

	/** A refresh token that its plugin found valid counts by the proof it carries. */
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

	/** @throws Refusal When this request holds none for the user. */
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

	/** The proof in a refresh token: good for another token of the same user, and for nothing else. */
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
		$request->set_query_params( $_GET ); // phpcs:ignore WordPress.Security.NonceVerification
		$fields = array();
		foreach ( self::FIELDS as $field => $name ) {
			$fields[ $name ] = $this->input[ $field ] ?? null;
			$request->set_header( 'x_' . $name, self::header( $name ) ?? '' );
		}
		$request->set_body_params( $fields );
		return Answer::from( $request, Answer::BRIDGED, $this->presented );
	}

	private function brings( string $name ): bool {
		return isset( $this->input[ array_search( Answer::BRIDGED . $name, self::FIELDS, true ) ] ) || null !== self::header( Answer::BRIDGED . $name );
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
