<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Issuer\Issuer;
use Sallyport\WP\Issuer\Issuers;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\ProofClaim;
use WP_REST_Request;
use WP_REST_Response;
use WP_User;

/** The logins of other plugins' REST routes: decided at `authenticate`, answered at the issuer's own filters. */
final class BridgedLogins {
	/** Key of a REST handler that takes a challenge as a Bearer; anywhere else such a Bearer is a 401. */
	public const TAKES_CHALLENGE = 'sallyport_takes_challenge';

	/** The same for an enrolment token. */
	public const TAKES_ENROLMENT = 'sallyport_takes_enrolment';

	/** @var array<int, Refusal> User id => why the login going on will be refused. */
	private array $refusals = array();

	/** @var array<int, true> User id => decided already: `authenticate` asks twice. */
	private array $judged = array();

	/** @var array<int, Proof> User id => what the refresh token stands for that a token is about to be given on. */
	private array $inherited = array();

	private bool $challenge_taken = false;

	/** @var list<array{0: Issuer, 1: WP_REST_Request}> Logins going on, innermost last. */
	private array $logins = array();

	/**
	 * @param Closure(): Gate       $gate       Made when a login needs it: every REST request passes here.
	 * @param Closure(): Acceptance $acceptance Likewise.
	 * @param Closure(): ProofClaim $claims     Likewise.
	 * @param Closure(): Activity   $activity   Likewise.
	 * @param Closure(): OtherDoors $other_doors Likewise.
	 */
	public function __construct(
		private readonly Closure $gate,
		private readonly Closure $acceptance,
		private readonly Presented $presented,
		private readonly Issuers $issuers,
		private readonly Closure $claims,
		private readonly Closure $activity,
		private readonly Closure $other_doors,
	) {}

	/**
	 * Filter authenticate at 30, before the 2FA plugins': a login of a bridged plugin is decided here.
	 *
	 * The user goes on, because an error would fire wp_login_failed; the issuer's sign gate gives the answer.
	 *
	 * @param mixed $user What the filters before found.
	 */
	public function authenticate( mixed $user ): mixed {
		$login = end( $this->logins );
		if ( false !== $login && $user instanceof WP_User && ! ( $this->gate )()->is_own_login() ) {
			$this->judge( $user->ID, $login[0], $login[1] );
		}
		return $user;
	}

	/**
	 * Filter two_factor_user_api_login_enable, of Two Factor and WP 2FA: their block is lifted for the one `authenticate` run
	 * that we handle, on our own routes and at a bridged login; never where everybody is let through.
	 *
	 * @param mixed $enabled What they, or filters before, decided.
	 * @return mixed The same, or true.
	 */
	public function lift( mixed $enabled, int $user_id ): mixed {
		$handled = ( array() !== $this->logins && isset( $this->judged[ $user_id ] ) ) || ( $this->gate )()->is_own_login();
		return $handled && doing_filter( 'authenticate' ) && ! ( $this->gate )()->monitors() ? true : $enabled;
	}

	/**
	 * Filter authenticate, the last word: ours here, the gate's at every other door.
	 *
	 * @param mixed $user      What the filters before found.
	 * @param bool  $by_cookie True when no password came: core looked at a cookie.
	 * @return mixed The same, or a WP_Error.
	 */
	public function veto( mixed $user, bool $by_cookie ): mixed {
		return array() === $this->logins ? ( $this->other_doors )()->veto( $user, $by_cookie ) : $this->authenticate( $user );
	}

	/**
	 * Filter rest_request_before_callbacks, last: a login of another plugin begins.
	 *
	 * @param mixed                $response What the filters before answered.
	 * @param array<string, mixed> $handler  The matched handler.
	 * @return mixed The same, or a WP_Error.
	 */
	public function begin( mixed $response, array $handler, WP_REST_Request $request ): mixed {
		// What a route that takes a challenge dispatches itself, such as a bridged login, is that route's business.
		$this->challenge_taken = $this->challenge_taken || ! empty( $handler[ self::TAKES_CHALLENGE ] );
		if ( $this->presented->is_misused() || ( null !== $this->presented->challenge() && ! $this->challenge_taken ) ) {
			return ( new Refusal( Code::TokenInvalid ) )->to_error();
		}
		if ( null !== $this->presented->enrolment_token() && empty( $handler[ self::TAKES_ENROLMENT ] ) ) {
			return ( new Refusal( Code::TokenInvalid ) )->to_error();
		}
		$issuer = $this->issuers->of_login( $handler );
		if ( null !== $issuer ) {
			$this->logins[] = array( $issuer, $request );
		}
		return $response;
	}

	/**
	 * Filter rest_dispatch_request, last: a login that brings a challenge is completed, without the password.
	 *
	 * @param mixed                $response What the filters before answered; null lets the callback run.
	 * @param array<string, mixed> $handler  The matched handler.
	 * @return mixed The same, the issuer's native answer, or a WP_Error.
	 */
	public function complete( mixed $response, WP_REST_Request $request, array $handler ): mixed {
		$issuer = $this->issuers->of_login( $handler );
		if ( null === $issuer || null !== $response ) {
			return $response;
		}
		try {
			if ( null === Fields::of( $request )->filled()->optional( Answer::BRIDGED . 'challenge' ) && null === $request->get_header( 'x_sallyport_challenge' ) ) {
				return $response;
			}
			return ( $this->gate )()->complete( Answer::from( $request, Answer::BRIDGED, $this->presented ), $issuer->name() )[0];
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		}
	}

	/**
	 * Filter rest_request_after_callbacks: it is over. An issuer's validation calls no token valid that acceptance refuses.
	 *
	 * @param mixed                $response The answer.
	 * @param array<string, mixed> $handler  The matched handler.
	 * @return mixed The same, or a WP_Error.
	 */
	public function end( mixed $response, array $handler ): mixed {
		if ( null !== $this->issuers->of_login( $handler ) ) {
			array_pop( $this->logins );
		}
		$says_no = is_wp_error( $response ) || ( $response instanceof WP_REST_Response && $response->is_error() );
		$issuer  = $says_no ? null : $this->issuers->of_validation( $handler );
		if ( null !== $issuer ) {
			try {
				( $this->acceptance )()->require_proven( $issuer, (string) $issuer->presented() );
			} catch ( Refusal $refusal ) {
				// Without the extension nobody can tell whose token it is; calling it valid gives no access.
				return Code::Unavailable === $refusal->reason ? $response : $refusal->to_error();
			}
		}
		return $response;
	}

	/**
	 * The sign gate: an issuer's claim filter, last. Drops what claims to be a proof, stamps what is one.
	 *
	 * @param mixed $claims The claims about to be signed.
	 * @return mixed The same, with or without the proof claim.
	 */
	public function sign( mixed $claims, WP_User $user ): mixed {
		if ( ! is_array( $claims ) ) {
			return $claims; // Another plugin's mistake: nothing to stamp, so it will not be accepted.
		}
		unset( $claims[ ProofClaim::NAME ] );
		$proof = $this->proof( $user->ID );
		if ( null !== $proof ) {
			try {
				return ( $this->claims )()->stamp( $claims, $proof );
			} catch ( Refusal $refusal ) {
				$this->refusals[ $user->ID ] = $refusal;
			}
		}
		return $claims;
	}

	/**
	 * The issuer's response filter, last: a token that carries no proof does not leave.
	 *
	 * @param mixed $response The issuer's answer.
	 * @return mixed The same, or a WP_Error.
	 */
	public function dispatch( mixed $response, WP_User $user ): mixed {
		$refusal = $this->refusal( $user->ID );
		return null === $refusal ? $response : $refusal->to_error();
	}

	/** Why this user is given no token now; null if they are. It is on record then. */
	public function refusal( int $user_id ): ?Refusal {
		try {
			if ( ! ( $this->gate )()->is_asked( $user_id ) ) {
				return null;
			}
			$refusal = $this->refusals[ $user_id ] ?? $this->unproven( $user_id );
		} catch ( Refusal $unavailable ) {
			$refusal = $unavailable;
		}
		$may_pass = null !== $refusal && in_array( $refusal->reason, array( Code::TokenUnproven, Code::TokenStale ), true );
		if ( null === $refusal || ( $may_pass && ( $this->gate )()->lets_pass( $user_id, $this->door(), $refusal ) ) ) {
			return null;
		}
		( $this->activity )()->record( Event::TokenWithheld, $user_id, '', $refusal->reason->value, $refusal->detail() );
		return $refusal;
	}

	/** What a token about to be given to this user stands for, made in this request or inherited; null for nothing. */
	public function proof( int $user_id ): ?Proof {
		return ( $this->gate )()->made( $user_id ) ?? $this->inherited[ $user_id ] ?? null;
	}

	/**
	 * A token is about to be given on a refresh token, and inherits its proof.
	 *
	 * @template T
	 * @param Proof|null   $proof What the refresh token stands for; null for nothing.
	 * @param Closure(): T $give
	 * @return T
	 */
	public function inheriting( ?Proof $proof, int $user_id, Closure $give ): mixed {
		if ( null !== $proof ) {
			$this->inherited[ $user_id ] = $proof;
		}
		try {
			return $give();
		} finally {
			unset( $this->inherited[ $user_id ] );
		}
	}

	/** The request of the login going on, the innermost; null outside of one. */
	public function request(): ?WP_REST_Request {
		$login = end( $this->logins );
		return false === $login ? null : $login[1];
	}

	/** @throws Refusal sallyport_token_stale. */
	private function unproven( int $user_id ): ?Refusal {
		$proof = $this->proof( $user_id );
		if ( null === $proof ) {
			return new Refusal( Code::TokenUnproven );
		}
		if ( isset( $this->inherited[ $user_id ] ) ) {
			( $this->acceptance )()->require_current( $proof );
		}
		return null;
	}

	/** Of the login going on. */
	private function door(): string {
		$login = end( $this->logins );
		return false === $login ? 'token' : $login[0]->name();
	}

	/** Decides once for a login of another plugin; its sign gate gives the answer. */
	private function judge( int $user_id, Issuer $issuer, WP_REST_Request $request ): void {
		if ( isset( $this->judged[ $user_id ] ) ) {
			return;
		}
		$this->judged[ $user_id ] = true;
		try {
			if ( ( $this->gate )()->is_asked( $user_id ) ) {
				( $this->gate )()->decide( $user_id, $issuer->name(), Answer::from( $request, Answer::BRIDGED, $this->presented ) );
			}
		} catch ( Refusal $refusal ) {
			$this->refusals[ $user_id ] = $refusal;
		}
	}
}
