<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Device\Devices;
use Sallyport\WP\Engine;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Namespaces;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FamilyRow;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Token\AccessTokens;
use Sallyport\WP\Token\Families;
use Sallyport\WP\Token\RefreshTokens;
use WP_REST_Request;
use WP_REST_Response;

/** The life of a sign-in: refreshed, listed, ended. */
final class FamilyRoutes {
	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
		private readonly Greeting $greeting,
		private readonly RefreshTokens $refresh_tokens,
		private readonly Families $families,
		private readonly Devices $devices,
		private readonly RefreshCookie $cookie,
		private readonly DeviceCookie $device_cookie,
		private readonly Namespaces $namespaces,
		private readonly Settings $settings,
		private readonly Engine $engine,
		private readonly Activity $activity,
	) {}

	/** POST /token/refresh: exchanges a refresh token for its successor and a new access token. */
	public function refresh( WP_REST_Request $request ): WP_REST_Response {
		$this->gate->require_ready();
		$fields   = Fields::of( $request );
		$by_token = $this->settings->get( 'refresh_by_token' ) || $this->namespaces->is_headlesskeys();
		if ( $by_token && ! $fields->has( 'refresh_token' ) && ( $fields->has( 'token' ) || ! $this->cookie->is_on() ) ) {
			return $this->refresh_by_token( $fields->text( 'token', Fields::TOKEN ) );
		}
		$device = Answer::device( $request ) ?? $this->device_cookie->secret( $request );
		$token  = $this->cookie->beside( $fields->optional( 'refresh_token' ) ) ?? throw $this->without_token();
		try {
			return $this->rotated( $token, $device, time() );
		} catch ( Refusal $refusal ) {
			if ( 401 === $refusal->reason->status() ) {
				$this->cookie->clear();
			}
			throw $refusal;
		}
	}

	/** A browser without a cookie sends none: nobody is signed in there, or no longer. That is not an error of the page. */
	private function without_token(): Refusal {
		return $this->cookie->is_on() ? Refusal::token_invalid( 'missing' ) : Refusal::missing( 'refresh_token' );
	}

	private function rotated( #[\SensitiveParameter] string $token, #[\SensitiveParameter] ?string $device, int $now ): WP_REST_Response {
		$family    = $this->of_this_password( $this->refresh_tokens->family( $token, $now ) );
		$proof     = $this->proof( $family );
		$successor = $this->refresh_tokens->rotate( $token, $family, $now, fn (): bool => $this->devices->is_of( $family, $device, $now ) );
		return $this->renewed( $family, $proof, $successor );
	}

	/** HeadlessKey's form: exchanges a live access token for another one. The family's earlier tokens are void. */
	private function refresh_by_token( #[\SensitiveParameter] string $token ): WP_REST_Response {
		$this->tokens->verify( $token );
		$this->acceptance->require_proven( $this->issuer, $token );
		$family = $this->tokens->family_of( $token ) ?? throw Refusal::token_invalid( 'revoked' );
		if ( $family->expires_at <= time() ) {
			throw Refusal::token_invalid( 'expired' );
		}
		$proof = $this->proof( $this->of_this_password( $family ) );
		return $this->renewed( $this->families->renew( $family ) ?? throw Refusal::token_invalid( 'revoked' ), $proof, null );
	}

	private function of_this_password( FamilyRow $family ): FamilyRow {
		if ( ! $this->families->is_of_this_password( $family ) ) {
			$this->families->end( $family );
			throw Refusal::token_invalid( 'revoked' );
		}
		return $family;
	}

	private function renewed( FamilyRow $family, ?Proof $proof, #[\SensitiveParameter] ?string $refresh_token ): WP_REST_Response {
		$user = get_userdata( $family->user_id );
		if ( ! $user ) {
			throw Refusal::token_invalid( 'revoked' );
		}
		$this->activity->record( Event::TokenRefreshed, $user->ID, Sallyport::NAME, device: $family->device );
		return new WP_REST_Response( $this->tokens->renewed( $user, $proof, $family, $refresh_token ) + $this->greeting->deadline( $user->ID ) );
	}

	/**
	 * POST /token/revoke: ends the family of a token, or all of its user's. Repeating it is no error.
	 *
	 * @return array{message: string}
	 */
	public function revoke( WP_REST_Request $request ): array {
		$this->engine->require();
		$fields = Fields::of( $request );
		$all    = $fields->flag( 'all' );
		$given  = GivenToken::find( $fields, $this->issuer );
		$sent   = $this->cookie->token();
		if ( null !== $sent && ! $this->cookie->fits( $request ) ) {
			// Another site's page may have sent this. Then only a token that it sends itself counts, not what the browser adds.
			$sent = null === $given ? throw new Refusal( Code::OriginRefused ) : null;
		}
		$of_cookie = null === $sent ? null : $this->family_of( $sent );
		if ( null === $given && null !== $sent && ! $all ) {
			$family = $of_cookie;
		} else {
			$given ??= $fields->text( 'token' );
			$family  = RefreshTokens::is_one( $given ) ? $this->family_of( $given ) : $this->tokens->family_of( $given );
		}
		if ( null !== $of_cookie && null !== $family && $of_cookie->id !== $family->id ) {
			throw new Refusal( Code::Ambiguous );
		}
		if ( $all ) {
			// A single token that leaked and expired must not sign its user out everywhere.
			$user_id = $this->tokens->user_of( $given );
			$this->acceptance->require_proven( $this->issuer, $given );
			$this->families->end_all( $user_id );
		} elseif ( null !== $family ) {
			$this->families->end( $family );
		}
		if ( null !== $sent && ( null === $of_cookie || $of_cookie->id === $family?->id ) ) {
			$this->cookie->clear();
		}
		return array( 'message' => __( 'Token revoked successfully.', 'sallyport' ) );
	}

	/** The live family of a refresh token, if it has one. */
	private function family_of( #[\SensitiveParameter] string $refresh_token ): ?FamilyRow {
		try {
			return $this->refresh_tokens->family( $refresh_token, time() );
		} catch ( Refusal $refusal ) {
			return Code::TokenInvalid === $refusal->reason ? null : throw $refusal;
		}
	}

	/**
	 * GET /tokens: the caller's sign-ins, the oldest first.
	 *
	 * @return list<array{id: int, device_name: string, ip: string, created: string, last_used: string, expires: string, current: bool}>
	 */
	public function all(): array {
		$current = $this->issuer->family();
		return array_map(
			static fn ( FamilyRow $family ): array => array(
				'id'          => $family->id,
				'device_name' => $family->device,
				'ip'          => $family->ip,
				'created'     => gmdate( 'c', $family->created_at ),
				'last_used'   => gmdate( 'c', $family->last_used_at ),
				'expires'     => gmdate( 'c', $family->expires_at ),
				'current'     => $family->sid === $current,
			),
			$this->families->of( get_current_user_id() )
		);
	}

	/**
	 * DELETE /tokens/{id}.
	 *
	 * @return array{deleted: true}
	 */
	public function end( WP_REST_Request $request ): array {
		$this->families->revoke( (int) $request->get_url_params()['id'], get_current_user_id() );
		return array( 'deleted' => true );
	}

	/**
	 * DELETE /tokens: ends all but the caller's own.
	 *
	 * @return array{deleted: true}
	 */
	public function end_others(): array {
		$this->families->end_all( get_current_user_id(), $this->issuer->family() );
		return array( 'deleted' => true );
	}

	/**
	 * The proof for a new access token of this family.
	 *
	 * @throws Refusal sallyport_token_unproven or _stale: the login predates the user's factor, or a change of it; or policy requires one by now.
	 */
	private function proof( FamilyRow $family ): ?Proof {
		if ( ! $this->gate->is_asked( $family->user_id ) ) {
			return null;
		}
		try {
			return $this->acceptance->require_sufficient( $this->families->proof( $family ) ?? throw new Refusal( Code::TokenUnproven ) );
		} catch ( Refusal $refusal ) {
			return $this->gate->lets_pass( $family->user_id, Sallyport::NAME, $refusal ) ? null : throw $refusal;
		}
	}
}
