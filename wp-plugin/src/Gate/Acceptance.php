<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\{Code, Engine, Refusal};
use Sallyport\WP\Issuer\{Issuer, Issuers, Sallyport};
use Sallyport\WP\Store\{AppPasswords, Health, State};
use Sallyport\WP\Token\ProofClaim;
use WP_Error;

/**
 * The security boundary: who may this request count as?
 *
 * By positive proof, whatever the credential: a bearer token with a valid proof claim, a session whose record
 * carries a proof, an application password created under one, or a proof made in this very request. Anything
 * else of a user with a factor is user 0. The gates before it give the good answer early; this one alone
 * survives old tokens, old cookies, unknown issuers and plugin updates. It asks no table.
 */
final class Acceptance {
	/** @var array<int, Proof> User id => the proof this request holds for that user. */
	private array $proofs = array();

	/** @var array<int, true> Users whose proof a bearer of this request brought. */
	private array $from_bearer = array();

	/** Why a credential of this request was refused, for REST to say. */
	private ?Refusal $refusal = null;

	/** @var array<int, true> Users whom this request counts as by no proof of theirs: it is of who switched to them, or the site trusts another plugin, or lets a cookie do without a nonce. */
	private array $lent = array();

	/**
	 * @param Closure(): ProofClaim   $claims        Made for a bearer only: an enrolled user's every request comes here.
	 * @param Closure(): AppPasswords $app_passwords Likewise.
	 * @param Closure(): Sallyport    $own           Likewise.
	 * @param Closure(): Enrolling    $enrolling     Likewise.
	 * @param Closure(): RefusedCredential $refused  Made when something would be refused.
	 * @param bool                    $exempt        True on the command line, which presents no credential.
	 */
	public function __construct(
		private readonly Presented $presented,
		private readonly CookieProofs $cookies,
		private readonly Issuers $issuers,
		private readonly Closure $claims,
		private readonly State $state,
		private readonly Closure $app_passwords,
		private readonly Engine $engine,
		private readonly Health $health,
		private readonly Closure $own,
		private readonly Policies $policies,
		private readonly Closure $enrolling,
		private readonly Closure $refused,
		private readonly bool $exempt,
	) {}

	/** A proof made in this very request counts. */
	public function admit( Proof $proof ): void {
		$this->proofs[ $proof->user_id ] = $proof;
		$this->cookies->forget( $proof->user_id );
	}

	/** The proof this request counts by: what step-up looks at and sessions inherit. */
	public function proof( int $user_id ): ?Proof {
		$proof = $this->proofs[ $user_id ] ?? null;
		return null !== $proof && $this->is_current( $proof ) ? $proof : null;
	}

	/** What stood before the factor of the proof this request counts by. */
	public function first_step( int $user_id ): string {
		return Proof::first_in( $this->proof( $user_id )->amr ?? array() );
	}

	/** Whether this request counts as the user by no proof of theirs: nothing it does may be worth one later. */
	public function is_lent( int $user_id ): bool {
		return isset( $this->lent[ $user_id ] );
	}

	/** Filter determine_current_user, last: whom the plugins before found, or 0. */
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

	/** Action set_current_user, last: plugins switch users in places the filter never sees. */
	public function recheck(): void {
		$id = get_current_user_id();
		if ( Finder::is_asking() || ! $this->must_prove( $id ) ) {
			return;
		}
		try {
			$this->require_proof( $id );
		} catch ( Refusal $refusal ) {
			$caller = Caller::of( 'wp_set_current_user' );
			if ( ScheduledEvent::is_running() || RefusedCredential::is_trusted_switch( $id, $caller ) || ( $this->refused )()->lets_pass( $id, $refusal ) ) {
				return;
			}
			// Switched to there it is no borrowed user, but a plugin's way to say whose credential it found: REST says why not.
			'' !== $caller['file'] && doing_filter( 'rest_authentication_errors' ) ? $this->refuse( $id, $refusal ) : ( $this->refused )()->log( Event::SwitchRefused, $id, $refusal, $caller, implode( ':', $caller ) );
			wp_set_current_user( 0 );
		}
	}

	/**
	 * Filter rest_authentication_errors, last: says why, on any route.
	 *
	 * @return WP_Error|true|null What the plugins before found, or the refusal.
	 */
	public function rest_errors( mixed $result ): mixed {
		$this->recheck();
		$this->drop_cookies();
		return null === $this->refusal ? $result : $this->refusal->to_error();
	}

	/** Once REST or GraphQL knows whose the request is: what a cookie proved counts where a page of this site asks. Where a plugin wants no nonce, the user stays, and has proven nothing. */
	public function drop_cookies(): void {
		$id = get_current_user_id();
		if ( $this->cookies->are_meant( $id ) ) {
			return;
		}
		$alone        = $this->cookies->are_alone( $id );
		$dropped      = $this->cookies->end();
		$this->proofs = array_diff_key( $this->proofs, $dropped );
		$this->lent   = array_diff_key( $this->lent, $dropped ) + array_filter( $dropped, fn ( int $user_id ): bool => $alone ? $user_id === $id : ( $this->refused )()->is_trusted( $user_id, new Refusal( Code::TokenUnproven ) ), ARRAY_FILTER_USE_KEY );
		if ( isset( $dropped[ $id ] ) && ! $this->accepts( $id ) ) {
			$this->refuse( $id, new Refusal( Code::TokenUnproven ) );
			wp_set_current_user( 0 );
		}
	}

	/**
	 * Filter rest_authentication_errors, before core looks at the nonce: a bearer that was accepted stands for
	 * itself, so the nonce of a cookie beside it does not matter.
	 *
	 * @param WP_Error|true|null $result Passed through.
	 * @return WP_Error|true|null
	 */
	public function ignore_cookie_beside_bearer( mixed $result ): mixed {
		if ( isset( $this->from_bearer[ get_current_user_id() ] ) ) {
			$GLOBALS['wp_rest_auth_cookie'] = null; // phpcs:ignore WordPress.WP.GlobalVariablesOverride
		}
		return $result;
	}

	/**
	 * Filter attach_session_information, last: a session made under a proof carries it, and none that others put there. The
	 * plugin User Switching writes who switched: then it is theirs, and satisfies no step-up of the user it lets them count as.
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

	/** Whether what this request presents makes it count as this user; for a login that found the user by cookie. */
	public function accepts( int $user_id ): bool {
		return null === $this->refusal_of( $user_id );
	}

	/** Why it does not; null if it does. */
	public function refusal_of( int $user_id ): ?Refusal {
		try {
			if ( $this->must_prove( $user_id ) ) {
				$this->require_proof( $user_id );
			}
			return null;
		} catch ( Refusal $refusal ) {
			return ( $this->refused )()->lets_pass( $user_id, $refusal ) ? null : $refusal;
		}
	}

	/**
	 * Whether a token that its issuer verified would be let in if it were presented.
	 *
	 * @throws Refusal sallyport_token_unproven or _stale.
	 */
	public function require_proven( Issuer $issuer, #[\SensitiveParameter] string $token ): void {
		$claims = $this->engine->jwt_peek( $token )['claims'] ?? array();
		$this->require_proof_in( $token, $claims, $issuer->user_in( $claims ) );
	}

	/**
	 * The same of a token whose user is known.
	 *
	 * @param array<string, mixed> $claims The token's.
	 * @throws Refusal sallyport_token_unproven or _stale.
	 */
	public function require_proof_in( #[\SensitiveParameter] string $token, array $claims, int $user_id ): void {
		try {
			if ( $this->must_prove( $user_id ) ) {
				$this->require_enrolled( $user_id );
				$this->proof_of( $token, $claims, $user_id );
			}
		} catch ( Refusal $refusal ) {
			if ( ! ( $this->refused )()->lets_pass( $user_id, $refusal ) ) {
				throw $refusal;
			}
		}
	}

	/**
	 * The proof for this user that a token carries, where another token may be made from it.
	 *
	 * @param array<string, mixed> $claims Of the token; whether its issuer takes it is for the issuer to say.
	 * @param string               $name   ProofClaim::NAME, or ::REFRESH of a refresh token that is a JWT.
	 * @throws Refusal sallyport_token_unproven or _stale.
	 */
	public function proof_carried( array $claims, int $user_id, string $name ): Proof {
		return $this->require_current( $this->proof_in( $claims, $user_id, $name ) );
	}

	/** Carries what this request holds over a change of epoch the user made in it. */
	public function carry( int $user_id, string $epoch ): void {
		if ( isset( $this->proofs[ $user_id ] ) ) {
			$this->proofs[ $user_id ] = $this->proofs[ $user_id ]->with( epoch: $epoch );
		}
	}

	private function must_prove( int $user_id ): bool {
		return ! $this->exempt
			&& ( $this->state->is_enrolled( $user_id ) || $this->policies->is_due( $user_id, time() ) )
			&& ! Policies::is_disabled();
	}

	/** @throws Refusal sallyport_token_unproven: the user must have a factor by now, and has none that could be proven. */
	private function require_enrolled( int $user_id ): void {
		if ( ! $this->state->is_enrolled( $user_id ) ) {
			throw new Refusal( Code::TokenUnproven );
		}
	}

	private function refuse( int $user_id, Refusal $refusal ): void {
		$this->refusal = ( $this->refused )()->refuse( $user_id, $refusal ) ? $refusal : $this->refusal;
	}

	/** @throws Refusal When this request may not count as the user. */
	private function require_proof( int $user_id ): void {
		if ( isset( $this->lent[ $user_id ] ) || ( null !== $this->presented->enrolment_token() && ( $this->enrolling )()->admits( $user_id ) ) ) {
			return;
		}
		$this->require_enrolled( $user_id );
		$this->engine->require();
		$this->health->require_store();
		if ( null !== $this->proof( $user_id ) ) {
			return;
		}
		$bearers = $this->issuers->presented();
		if ( array() !== $bearers ) {
			$this->admit( $this->by_bearer( $user_id, $bearers ) );
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

	/** @param list<string> $bearers The distinct bearer credentials of this request. */
	private function by_bearer( int $user_id, array $bearers ): Proof {
		if ( count( $bearers ) > 1 || $this->presented->has_cookie_of_another( $user_id ) ) {
			throw new Refusal( Code::Ambiguous );
		}
		( $this->own )()->require_user( $bearers[0], $user_id );
		$proof = $this->proof_of( $bearers[0], $this->engine->jwt_peek( $bearers[0] )['claims'] ?? array(), $user_id );
		return $this->presented->is_added( $bearers[0] ) ? $proof->with( at: 0 ) : $proof; // It steps up nothing: another site's page may ask.
	}

	/**
	 * The proof for this user that a verified token carries, or its family: the newer one.
	 *
	 * @param array<string, mixed> $claims The token's.
	 * @throws Refusal sallyport_token_unproven or _stale.
	 */
	private function proof_of( #[\SensitiveParameter] string $token, array $claims, int $user_id ): Proof {
		$in_place = ( $this->own )()->proof_in_place( $token, $user_id );
		if ( null === $in_place || ! $this->is_current( $in_place ) || ! $this->policies->takes( $in_place ) ) {
			return $this->proof_in( $claims, $user_id );
		}
		try {
			$carried = $this->proof_in( $claims, $user_id );
		} catch ( Refusal ) {
			return $in_place;
		}
		return $carried->at > $in_place->at ? $carried : $in_place;
	}

	/**
	 * @param array<string, mixed> $claims
	 * @throws Refusal sallyport_token_unproven or _stale.
	 */
	private function proof_in( array $claims, int $user_id, string $name = ProofClaim::NAME ): Proof {
		$proof = ( $this->claims )()->read( $claims, time(), $name );
		if ( $proof->user_id !== $user_id ) {
			throw new Refusal( Code::TokenUnproven );
		}
		return $this->require_taken( $proof );
	}

	private function by_session( int $user_id ): Proof {
		$proof = $this->require_taken( $this->cookies->find( $user_id, $this->is_current( ... ) ) ?? throw new Refusal( Code::TokenUnproven ) );
		return $proof->user_id === $user_id || Switcher::may( $proof->user_id, $user_id ) ? $proof : throw new Refusal( Code::TokenUnproven );
	}

	/** A proof that is to yield another token. @throws Refusal As require_taken(); _unproven where what it stands in for does not count. */
	public function require_current( Proof $proof ): Proof {
		return $this->policies->suffices( $this->require_taken( $proof ) ) ? $proof : throw new Refusal( Code::TokenUnproven );
	}

	/** @throws Refusal sallyport_token_stale: the proof is from before a change of the account's security. */
	private function require_taken( Proof $proof ): Proof {
		if ( ! $this->is_current( $proof ) ) {
			throw new Refusal( Code::TokenStale );
		}
		return $this->policies->takes( $proof ) ? $proof : throw new Refusal( Code::TokenUnproven );
	}

	private function is_current( Proof $proof ): bool {
		$epoch = $this->state->epoch( $proof->user_id );
		return '' !== $epoch && $epoch === $proof->epoch;
	}
}
