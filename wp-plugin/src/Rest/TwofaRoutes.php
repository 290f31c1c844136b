<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Closure;
use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Challenge\Tries;
use Sallyport\WP\Challenge\Verifier;
use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Enrolment\Authenticators;
use Sallyport\WP\Enrolment\Enrolment;
use Sallyport\WP\Enrolment\OwnFactors;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Continuation;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Gate\SessionProof;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Refusal;
use WP_REST_Request;
use WP_REST_Response;
use WP_User;

/** The `/2fa` contract of laravel-devices' clients. */
final class TwofaRoutes {
	/** Members of a token response that the answer to a completed challenge contains. */
	private const TOKENS = array( 'token', 'expires_in', 'refresh_token', 'refresh_expires_in', 'device' );

	/** @param Closure(): OwnFactors $own Lazy: needed if a factor is enrolled or removed. */
	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly Challenges $challenges,
		private readonly Enrolment $enrolment,
		private readonly Authenticators $authenticators,
		private readonly Verifier $verifier,
		private readonly Tries $tries,
		private readonly Continuation $continuation,
		private readonly Greeting $greeting,
		private readonly Closure $own,
		private readonly Engine $engine,
		private readonly Client $client,
	) {}

	/**
	 * GET /2fa/code. The QR code contains the secret.
	 *
	 * @return array{code: string, uri: string}
	 */
	public function code(): array {
		$user = $this->gate->token_caller();
		$this->gate->require_step_up( $user->ID, time() );
		try {
			$uri = $this->authenticators->uri( $user, $this->authenticators->row( $user->ID ) );
		} catch ( Refusal $refusal ) {
			throw Code::TotpNotEnabled === $refusal->reason ? $refusal->as( Code::TwofaNotEnabled ) : $refusal;
		}
		$svg = $this->engine->qr_svg( $uri, __( 'QR code for your authenticator app', 'sallyport' ) );
		return array(
			'code' => 'data:image/svg+xml;base64,' . base64_encode( $svg ), // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- a data URL.
			'uri'  => $uri,
		);
	}

	/**
	 * PATCH /2fa/enable: pending until the first right code; repeated calls return the same.
	 *
	 * @return array{message: string}
	 */
	public function enable(): array {
		$user = $this->gate->token_caller();
		if ( array() !== $this->gate->required( $user->ID ) ) {
			throw new Refusal( Code::TwofaEnabled );
		}
		( $this->own )()->require_enrollable( $user->ID, Totp::NAME );
		if ( array() === $this->enrolment->pending( $user->ID, Totp::NAME ) ) {
			$this->authenticators->pend( $user->ID, time() );
		}
		return array( 'message' => __( 'Two factor authentication enabled for current user', 'sallyport' ) );
	}

	/**
	 * PATCH /2fa/disable.
	 *
	 * @return array{message: string}
	 */
	public function disable(): array {
		$user = $this->gate->token_caller();
		$this->gate->require_step_up( $user->ID, time() );
		( $this->own )()->turn_off( $user->ID ) || throw new Refusal( Code::TwofaNotEnabled );
		return array( 'message' => __( 'Two factor authentication disabled for current user', 'sallyport' ) );
	}

	/** POST /2fa/verify: activates a pending enrolment, steps up, or completes a challenge. */
	public function verify( WP_REST_Request $request ): WP_REST_Response {
		$answer = Answer::from( $request, '', $this->presented );
		try {
			$tokens = null === $answer->challenge ? $this->step_up( $this->gate->token_caller(), $answer ) : $this->complete( $answer );
		} catch ( Refusal $refusal ) {
			throw Code::InvalidCode === $refusal->reason ? $refusal->as( Code::TwofaFailed ) : $refusal;
		}
		return new WP_REST_Response( array( 'message' => __( 'Two factor authentication successful', 'sallyport' ) ) + $tokens );
	}

	/** @return array<string, mixed> From the token response of the challenge's issuer. */
	private function complete( Answer $answer ): array {
		$this->gate->require_ready();
		$this->client->name_device( $answer->device_name );
		$user_id = $this->challenges->find( $answer->require_challenge(), time() )->user_id;
		[ $response, $token, $proof ] = $this->tries->attempt( $user_id, time(), fn (): array => $this->gate->complete( $answer ) );
		if ( Sallyport::NAME === $proof->issuer ) {
			$response = $this->greeting->greet( $response, $answer );
		}
		return array_intersect_key( array( 'token' => $token ) + (array) $response->get_data(), array_flip( self::TOKENS ) );
	}

	/**
	 * Another issuer's token has no place for the proof, so the answer contains a Sallyport token.
	 *
	 * @return array<string, mixed>
	 */
	private function step_up( WP_User $user, Answer $answer ): array {
		$code = $answer->require_code();
		$this->continuation->keep_family();
		$proof = $this->gate->admit( $this->tries->attempt( $user->ID, time(), fn (): Proof => $this->proof( $user, $code, $answer->factor ) ) );
		$this->gate->trust( $proof, $answer );
		if ( $this->continuation->record( $proof ) ) {
			return $this->greeting->device();
		}
		[ $response, $token ] = $this->gate->mint( $proof );
		// An enrolment by an enrolment token is a sign-in, and is answered like one.
		return array( 'token' => $token )
			+ $this->greeting->device()
			+ ( null === $this->presented->enrolment_token() ? array() : (array) $response->get_data() );
	}

	/** @throws Refusal As Verifier::confirm(); sallyport_two_factor_failed. */
	private function proof( WP_User $user, #[\SensitiveParameter] string $code, ?string $factor ): Proof {
		$pending = array() !== $this->enrolment->pending( $user->ID, Totp::NAME );
		$active  = array() !== $this->gate->required( $user->ID );
		if ( ! $pending && ! $active ) {
			throw new Refusal( Code::TwofaFailed );
		}
		$proof = ! $pending ? null : $this->enrolment->activate( Totp::NAME, $user->ID, $code, Sallyport::NAME, time() );
		if ( null !== $proof ) {
			SessionProof::keep_only( $user->ID, $this->presented->session( $user->ID ), $proof );
			return $proof;
		}
		if ( ! $active ) {
			$this->verifier->announce_wrong( Totp::NAME, $user->ID, Sallyport::NAME );
			throw new Refusal( Code::InvalidCode );
		}
		$first = $this->acceptance->first_step( $user->ID );
		return $this->verifier->confirm( $user->ID, Sallyport::NAME, $code, $factor, time(), $pending, $first );
	}
}
