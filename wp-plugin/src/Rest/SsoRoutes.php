<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Refusal;
use Sallyport\WP\Sso\Exchange;
use Sallyport\WP\Sso\Issuance;
use Sallyport\WP\Token\AccessTokens;
use WP_REST_Request;
use WP_REST_Response;
use WP_User;

/** Single sign-on between connected sites (docs/sso.md). */
final class SsoRoutes {
	/** Name of the door /sso/issue in the log. */
	private const DOOR = 'sso';

	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly PasswordThrottle $throttle,
		private readonly Issuance $issuance,
		private readonly Exchange $exchange,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
		private readonly Greeting $greeting,
		private readonly Activity $activity,
		private readonly Client $client,
	) {}

	/**
	 * POST /sso/issue: exchanges the caller's access token for a token that another site accepts.
	 *
	 * @return array{site_key: string, token: string, signature: string}
	 */
	public function issue( WP_REST_Request $request ): array {
		$this->gate->require_ready();
		$user   = wp_get_current_user();
		$bearer = $this->issuer->presented();
		if ( null !== $this->presented->app_password( $user->ID ) ) {
			throw new Refusal( Code::AppPassword );
		}
		if ( null === $bearer || ! $this->tokens->is_ours( $bearer ) ) {
			throw new Refusal( Code::NotSignedIn );
		}
		$claims = $this->tokens->verify( $bearer );
		if ( $this->issuer->user_in( $claims ) !== $user->ID ) {
			throw new Refusal( Code::NotSignedIn ); // Another plugin has switched users since the token was read.
		}
		$this->require_proof( $user );
		// A token that another program signed with our key may lack these claims.
		$amr       = array_values( array_filter( (array) ( $claims['amr'] ?? array() ), 'is_string' ) );
		$auth_time = is_int( $claims['auth_time'] ?? null ) ? $claims['auth_time'] : $claims['iat'];
		return $this->issuance->issue( Fields::of( $request )->text( 'site_key' ), $user, $amr, (int) $auth_time, time() );
	}

	/**
	 * Reads fresh: another request may have activated a factor since this one was accepted.
	 *
	 * @throws Refusal sallyport_token_unproven.
	 */
	private function require_proof( WP_User $user ): void {
		$refusal = new Refusal( Code::TokenUnproven );
		if (
			$this->gate->is_asked( $user->ID )
			&& null === $this->acceptance->proof( $user->ID )
			&& ! $this->gate->lets_pass( $user->ID, self::DOOR, $refusal )
		) {
			throw $refusal;
		}
	}

	/** POST /sso/exchange: exchanges another site's token for one of ours; a second factor here is still required. */
	public function exchange( WP_REST_Request $request ): WP_REST_Response {
		$this->gate->require_ready();
		$answer = Answer::from( $request, '', $this->presented );
		$this->client->name_device( $answer->device_name );
		if ( null !== $answer->challenge ) {
			throw new Refusal( Code::Ambiguous );
		}
		$fields    = Fields::of( $request );
		$site_key  = $fields->text_or_header( 'site_key', $request->get_header( 'x_sallyport_site_key' ) );
		$token     = $fields->text_or_header( 'token', $request->get_header( 'x_sallyport_sso_token' ), Fields::TOKEN );
		$signature = $fields->text_or_header( 'signature', $request->get_header( 'x_sallyport_signature' ), Fields::TOKEN );

		[ $user, $signed_in ] = $this->accept( $site_key, $token, $signature, time() );
		$proof = $this->gate->decide( $user->ID, Sallyport::NAME, $answer, Proof::SSO );
		if ( null !== $proof ) {
			return $this->greeting->greet( $this->gate->mint( $proof )[0], $answer );
		}
		$this->gate->require_ready();
		$body = $this->tokens->response( $user, null, Proof::SSO, $signed_in );
		$this->activity->record( Event::TokenIssued, $user->ID, Sallyport::NAME );
		return $this->greeting->greet( new WP_REST_Response( $body ), $answer );
	}

	/**
	 * A refusal counts for the address like a wrong password.
	 *
	 * @return array{0: WP_User, 1: int} As Exchange::accept().
	 */
	private function accept(
		string $site_key,
		#[\SensitiveParameter] string $token,
		#[\SensitiveParameter] string $signature,
		int $now,
	): array {
		$refused  = null;
		$check    = function () use ( $site_key, $token, $signature, $now, &$refused ): array|false {
			try {
				return $this->exchange->accept( $site_key, $token, $signature, $now );
			} catch ( Refusal $refusal ) {
				$refused = $refusal;
				return Code::SsoRefused === $refusal->reason ? false : throw $refusal;
			}
		};
		$accepted = $this->throttle->from_address( $now, $check );
		return false === $accepted ? throw $refused : $accepted;
	}
}
