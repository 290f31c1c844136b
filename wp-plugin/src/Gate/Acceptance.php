<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\{Code, Refusal};
use Sallyport\WP\Issuer\{Issuer, Issuers};
use Sallyport\WP\Store\{AppPasswords, State};
use Sallyport\WP\Token\ProofClaim;
use WP_Error;

/**
 * The security boundary: which user may this request count as?
 *
 * Acceptance wants a positive proof, whatever the credential: a bearer token with a valid proof claim, a session
 * whose record carries a proof, an application password created under a proof, or a proof made in this request.
 * A user with a factor who presents anything else becomes user 0.
 *
 * The gates in front of it only give a better answer earlier. Acceptance alone holds against old tokens, old
 * cookies, unknown issuers and plugin updates. Accepting a valid credential costs no query.
 */
final class Acceptance {
	/** @var array<int, Proof> User id => the proof this request holds for that user. */
	private array $proofs = array();

	/** @var array<int, true> Users whose proof a bearer of this request brought. */
	private array $from_bearer = array();

	/** Why a credential of this request was refused, for REST to say. */
	private ?Refusal $refusal = null;

	/**
	 * Users this request counts as without a proof of their own: another user switched to them, the site trusts another
	 * plugin's credential, or a plugin waives the nonce of a cookie.
	 *
	 * @var array<int, true>
	 */
	private array $lent = array();

	/**
	 * @param Closure(): TokenProofs       $tokens        Lazy: needed for bearer tokens only, and every request of an
	 *                                                    enrolled user comes here.
	 * @param Closure(): AppPasswords      $app_passwords Lazy, likewise.
	 * @param Closure(): Enrolling         $enrolling     Lazy, likewise.
	 * @param Closure(): RefusedCredential $refused       Lazy: needed only when a credential would be refused.
	 */
	public function __construct(
		private readonly Presented $presented,
		private readonly Issuers $issuers,
		private readonly CookieProofs $cookies,
		private readonly Closure $tokens,
		private readonly Closure $app_passwords,
		private readonly Closure $enrolling,
		private readonly ProofCheck $check,
		private readonly Closure $refused,
		private readonly State $state,
		private readonly Readiness $readiness,
	) {}

	/** Records a proof made in this request: from now on the request counts by it. */
	public function admit( Proof $proof ): void {
		$this->proofs[ $proof->user_id ] = $proof;
		$this->cookies->forget( $proof->user_id );
	}

	/** The proof this request counts by. Step-up checks it, and new sessions inherit it. */
	public function proof( int $user_id ): ?Proof {
		$proof = $this->proofs[ $user_id ] ?? null;
		return null !== $proof && $this->check->is_current( $proof ) ? $proof : null;
	}

	/** The first step that preceded the second factor in this request's proof: password or SSO. */
	public function first_step( int $user_id ): string {
		return Proof::first_in( $this->proof( $user_id )->amr ?? array() );
	}

	/**
	 * Whether another plugin need not ask for a factor of its own: a strong one was verified here, or any one after that plugin's
	 * sign-in.
	 */
	public function spares( int $user_id ): bool {
		$proof = $this->proof( $user_id );
		return null !== $proof && ( $proof->is_strong() || Proof::SSO === Proof::first_in( $proof->amr ) );
	}

	/** Whether this request counts as the user without a proof of their own. Nothing it does may yield a proof later. */
	public function is_lent( int $user_id ): bool {
		return isset( $this->lent[ $user_id ] );
	}

	/** Filter determine_current_user, last: keeps the user the earlier filters found, or answers 0. */
	public function determine( int $user_id ): int {
		$refusal = $this->refusal_of( $user_id );
		if ( null === $refusal ) {
			return $user_id;
		}
		if ( ( $this->refused )()->is_trusted( $user_id, $refusal ) ) {
			$this->lent[ $user_id ] = true;
			return $user_id;
		}
		$this->refuse( $user_id, $refusal );
		return 0;
	}

	/** Action set_current_user, last: plugins also switch users where determine_current_user never fires. */
	public function recheck(): void {
		$id = get_current_user_id();
		if ( Finder::is_asking() || ! $this->check->is_demanded( $id ) ) {
			return;
		}
		try {
			$this->require_proof( $id );
		} catch ( Refusal $refusal ) {
			$caller = Caller::of( 'wp_set_current_user' );
			if (
				ScheduledEvent::is_running()
				|| RefusedCredential::is_trusted_switch( $id, $caller )
				|| ( $this->refused )()->lets_pass( $id, $refusal )
			) {
				return;
			}
			// A user set during this filter is not borrowed: the plugin reports whose credential it found. So REST says why not.
			'' !== $caller['file'] && doing_filter( 'rest_authentication_errors' )
				? $this->refuse( $id, $refusal )
				: ( $this->refused )()->log( Event::SwitchRefused, $id, $refusal, $caller, implode( ':', $caller ) );
			wp_set_current_user( 0 );
		}
	}

	/**
	 * Filter rest_authentication_errors, last: reports a refused credential, on any route.
	 *
	 * @return WP_Error|true|null The earlier filters' result, or the refusal.
	 */
	public function rest_errors( mixed $result ): mixed {
		$this->recheck();
		$this->drop_cookies();
		return null === $this->refusal ? $result : $this->refusal->to_error();
	}

	/**
	 * Runs once REST or GraphQL knows the current user. A proof from a cookie counts only if a page of this site sent the
	 * request. Where a plugin waives the nonce, the user stays signed in but holds no proof.
	 */
	public function drop_cookies(): void {
		$id = get_current_user_id();
		if ( $this->cookies->are_meant( $id ) ) {
			return;
		}
		$alone        = $this->cookies->are_alone( $id );
		$dropped      = $this->cookies->end();
		$this->proofs = array_diff_key( $this->proofs, $dropped );
		$this->lent   = array_diff_key( $this->lent, $dropped )
			+ array_filter(
				$dropped,
				fn ( int $user_id ): bool => $alone
					? $user_id === $id
					: ( $this->refused )()->is_trusted( $user_id, new Refusal( Code::TokenUnproven ) ),
				ARRAY_FILTER_USE_KEY
			);
		if ( isset( $dropped[ $id ] ) && ! $this->accepts( $id ) ) {
			$this->refuse( $id, new Refusal( Code::TokenUnproven ) );
			wp_set_current_user( 0 );
		}
	}

	/**
	 * Filter rest_authentication_errors, before core checks the nonce. An accepted bearer token stands for itself, so the
	 * nonce of a cookie sent beside it does not matter.
	 *
	 * @param WP_Error|true|null $result Passed through.
	 * @return WP_Error|true|null
	 */
	public function ignore_cookie_beside_bearer( mixed $result ): mixed {
		if ( isset( $this->from_bearer[ get_current_user_id() ] ) ) {
			$GLOBALS['wp_rest_auth_cookie'] = null;
		}
		return $result;
	}

	/**
	 * Filter attach_session_information, last: a session created under a proof carries it; a proof that other code put
	 * there is removed.
	 *
	 * The plugin User Switching records who switched. Then the session carries that switcher's proof, which never satisfies
	 * step-up for the user they switched to.
	 *
	 * @param array<string, mixed> $session The record about to be stored.
	 * @return array<string, mixed>
	 */
	public function attach( array $session, int $user_id ): array {
		$proof    = $this->proof( $user_id );
		$switcher = $session['switched_from_id'] ?? null;
		if ( null === $proof && is_int( $switcher ) && get_current_user_id() === $switcher && Switcher::may( $switcher, $user_id ) ) {
			$proof = $this->proof( $switcher );
		}
		return SessionProof::attach( $session, $this->state->is_enrolled( $user_id ) ? $proof : null );
	}

	/** Whether this request's credentials make it count as the user. Asked by logins that found the user by cookie. */
	public function accepts( int $user_id ): bool {
		return null === $this->refusal_of( $user_id );
	}

	/** Why this request may not count as the user; null if it may. */
	public function refusal_of( int $user_id ): ?Refusal {
		try {
			if ( $this->check->is_demanded( $user_id ) ) {
				$this->require_proof( $user_id );
			}
			return null;
		} catch ( Refusal $refusal ) {
			return ( $this->refused )()->lets_pass( $user_id, $refusal ) ? null : $refusal;
		}
	}

	/**
	 * Checks that a token its issuer has verified would also be accepted here.
	 *
	 * @throws Refusal sallyport_token_unproven or _stale.
	 */
	public function require_proven( Issuer $issuer, #[\SensitiveParameter] string $token ): void {
		$claims = ( $this->tokens )()->claims( $token );
		$this->require_proof_in( $token, $claims, $issuer->user_in( $claims ) );
	}

	/**
	 * Like require_proven(), for a token whose user is already known.
	 *
	 * @param array<string, mixed> $claims The token's.
	 * @throws Refusal sallyport_token_unproven or _stale.
	 */
	public function require_proof_in( #[\SensitiveParameter] string $token, array $claims, int $user_id ): void {
		try {
			if ( $this->check->is_demanded( $user_id ) ) {
				$this->check->require_enrolled( $user_id );
				( $this->tokens )()->of( $token, $claims, $user_id );
			}
		} catch ( Refusal $refusal ) {
			if ( ! ( $this->refused )()->lets_pass( $user_id, $refusal ) ) {
				throw $refusal;
			}
		}
	}

	/**
	 * The user's proof in a token that is about to be exchanged for another token.
	 *
	 * @param array<string, mixed> $claims The token's. Verifying the token itself is its issuer's job.
	 * @param string               $name   ProofClaim::NAME, or ProofClaim::REFRESH for a refresh token that is a JWT.
	 * @throws Refusal sallyport_token_unproven or _stale.
	 */
	public function proof_carried( array $claims, int $user_id, string $name ): Proof {
		return $this->check->require_sufficient( ( $this->tokens )()->carried( $claims, $user_id, $name ) );
	}

	/**
	 * Checks a proof from which another token is about to be issued.
	 *
	 * @throws Refusal As ProofCheck::require_sufficient().
	 */
	public function require_sufficient( Proof $proof ): Proof {
		return $this->check->require_sufficient( $proof );
	}

	/** Moves this request's proof to the new epoch, after a change that the user made in it. */
	public function carry( int $user_id, string $epoch ): void {
		if ( isset( $this->proofs[ $user_id ] ) ) {
			$this->proofs[ $user_id ] = $this->proofs[ $user_id ]->with( epoch: $epoch );
		}
	}

	private function refuse( int $user_id, Refusal $refusal ): void {
		$this->refusal = ( $this->refused )()->refuse( $user_id, $refusal ) ? $refusal : $this->refusal;
	}

	/** @throws Refusal If this request may not count as the user. */
	private function require_proof( int $user_id ): void {
		if (
			isset( $this->lent[ $user_id ] )
			|| ( null !== $this->presented->enrolment_token() && ( $this->enrolling )()->admits( $user_id ) )
		) {
			return;
		}
		$this->check->require_enrolled( $user_id );
		$this->readiness->require();
		if ( null !== $this->proof( $user_id ) ) {
			return;
		}
		$bearers = $this->issuers->presented();
		if ( array() !== $bearers ) {
			$this->admit( ( $this->tokens )()->presented( $user_id, $bearers ) );
			$this->from_bearer[ $user_id ] = true;
		} elseif ( null !== $this->presented->app_password( $user_id ) ) {
			if ( ! ( $this->app_passwords )()->is_trusted( $user_id, $this->presented->app_password( $user_id ) ) ) {
				throw new Refusal( Code::TokenUnproven );
			}
		} else {
			$proof = $this->by_session( $user_id );
			$this->admit( $proof );
			$this->lent += $proof->user_id === $user_id ? array() : array( $user_id => true );
			$this->cookies->use( $user_id, $proof );
		}
	}

	private function by_session( int $user_id ): Proof {
		$proof = $this->check->require_counting(
			$this->cookies->find( $user_id, $this->check->is_current( ... ) ) ?? throw new Refusal( Code::TokenUnproven )
		);
		return $proof->user_id === $user_id || Switcher::may( $proof->user_id, $user_id ) ? $proof : throw new Refusal( Code::TokenUnproven );
	}
}
