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

/** Logins at other plugins' REST routes: decided at the filter `authenticate`, answered at the issuer's own filters. */
final class BridgedLogins {
	/** Key of a REST handler that accepts a challenge as a Bearer; everywhere else such a Bearer gets a 401. */
	public const TAKES_CHALLENGE = 'sallyport_takes_challenge';

	/** Key of a REST handler that accepts an enrolment token as a Bearer. */
	public const TAKES_ENROLMENT = 'sallyport_takes_enrolment';

	/** @var array<int, Refusal> User id => why the login in progress will be refused. */
	private array $refusals = array();

	/** @var array<int, true> User id => already decided: the filter `authenticate` comes here twice. */
	private array $judged = array();

	/** @var array<int, Proof> User id => the proof of the refresh token that a new token is being issued for. */
	private array $inherited = array();

	private bool $challenge_taken = false;

	/** @var list<array{0: Issuer, 1: WP_REST_Request}> Logins in progress, innermost last. */
	private array $logins = array();

	/**
	 * @param Closure(): Gate       $gate        Lazy: needed by logins only, and every REST request comes here.
	 * @param Closure(): Acceptance $acceptance  Lazy, likewise.
	 * @param Closure(): ProofClaim $claims      Lazy, likewise.
	 * @param Closure(): Activity   $activity    Lazy, likewise.
	 * @param Closure(): OtherDoors $other_doors Lazy, likewise.
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
	 * Filter authenticate at 30, before the 2FA plugins: decides a login at a bridged plugin.
	 *
	 * The user is passed on even if the login will be refused, because an error here would fire wp_login_failed. The
	 * issuer's sign gate gives the answer.
	 *
	 * @param mixed $user What the earlier filters found.
	 */
	public function authenticate( mixed $user ): mixed {
		$login = end( $this->logins );
		if ( false !== $login && $user instanceof WP_User && ! ( $this->gate )()->is_own_login() ) {
			$this->judge( $user->ID, $login[0], $login[1] );
		}
		return $user;
	}

	/**
	 * Filter two_factor_user_api_login_enable of Two Factor and WP 2FA. They block API logins; that block is lifted for the
	 * one `authenticate` run that Sallyport handles itself, on our own routes or at a bridged login. In monitor-only mode it
	 * is never lifted.
	 *
	 * @param mixed $enabled What those plugins or earlier filters decided.
	 * @return mixed The same, or true.
	 */
	public function lift( mixed $enabled, int $user_id ): mixed {
		$handled = ( array() !== $this->logins && isset( $this->judged[ $user_id ] ) ) || ( $this->gate )()->is_own_login();
		return $handled && doing_filter( 'authenticate' ) && ! ( $this->gate )()->monitors() ? true : $enabled;
	}

	/**
	 * Filter authenticate, last: decides bridged logins here, and every other login in OtherDoors.
	 *
	 * @param mixed $user      What the earlier filters found.
	 * @param bool  $by_cookie True if the request sent no password: core looked at a cookie.
	 * @return mixed The same, or a WP_Error.
	 */
	public function veto( mixed $user, bool $by_cookie ): mixed {
		return array() === $this->logins ? ( $this->other_doors )()->veto( $user, $by_cookie ) : $this->authenticate( $user );
	}

	/**
	 * Filter rest_request_before_callbacks, last: notes that another plugin's login begins.
	 *
	 * @param mixed                $response What the earlier filters answered.
	 * @param array<string, mixed> $handler  The matched handler.
	 * @return mixed The same, or a WP_Error.
	 */
	public function begin( mixed $response, array $handler, WP_REST_Request $request ): mixed {
		// A route that accepts a challenge may dispatch a bridged login itself: there the challenge is accepted, too.
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
	 * Filter rest_dispatch_request, last: completes a login that brings a challenge, without asking for the password again.
	 *
	 * @param mixed                $response What the earlier filters answered; null lets the callback run.
	 * @param array<string, mixed> $handler  The matched handler.
	 * @return mixed The same, the issuer's native answer, or a WP_Error.
	 */
	public function complete( mixed $response, WP_REST_Request $request, array $handler ): mixed {
		$issuer = $this->issuers->of_login( $handler );
		if ( null === $issuer || null !== $response ) {
			return $response;
		}
		try {
			if (
				null === Fields::of( $request )->filled()->optional( Answer::BRIDGED . 'challenge' )
				&& null === $request->get_header( 'x_sallyport_challenge' )
			) {
				return $response;
			}
			return ( $this->gate )()->complete( Answer::from( $request, Answer::BRIDGED, $this->presented ), $issuer->name() )[0];
		} catch ( Refusal $refusal ) {
			return $refusal->to_error();
		}
	}

	/**
	 * Filter rest_request_after_callbacks: the login is over. An issuer's validation route must not call a token valid that
	 * Acceptance would refuse.
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
				// Without the extension no token can be read, so the user is unknown. Calling it valid gives no access.
				return Code::Unavailable === $refusal->reason ? $response : $refusal->to_error();
			}
		}
		return $response;
	}

	/**
	 * The sign gate, last on an issuer's claim filter: removes a proof claim that others put there, and stamps the real one.
	 *
	 * @param mixed $claims The claims about to be signed.
	 * @return mixed The same, with or without the proof claim.
	 */
	public function sign( mixed $claims, WP_User $user ): mixed {
		if ( ! is_array( $claims ) ) {
			return $claims; // Another plugin's mistake. Without a stamp the token will not be accepted.
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
	 * Last on the issuer's response filter: withholds a token that carries no proof.
	 *
	 * @param mixed $response The issuer's answer.
	 * @return mixed The same, or a WP_Error.
	 */
	public function dispatch( mixed $response, WP_User $user ): mixed {
		$refusal = $this->refusal( $user->ID );
		return null === $refusal ? $response : $refusal->to_error();
	}

	/** Why a token for this user is withheld, which is logged; null if it may be issued. */
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

	/** The proof for a token about to be issued to this user, made in this request or inherited; null if there is none. */
	public function proof( int $user_id ): ?Proof {
		return ( $this->gate )()->made( $user_id ) ?? $this->inherited[ $user_id ] ?? null;
	}

	/**
	 * Runs the refresh of a token, which inherits the refresh token's proof.
	 *
	 * @template T
	 * @param Proof|null   $proof The refresh token's proof; null if it has none.
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

	/** The request of the innermost login in progress; null if there is none. */
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
			( $this->acceptance )()->require_sufficient( $proof );
		}
		return null;
	}

	/** The door of the login in progress. */
	private function door(): string {
		$login = end( $this->logins );
		return false === $login ? 'token' : $login[0]->name();
	}

	/** Decides another plugin's login, once; its sign gate gives the answer. */
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
