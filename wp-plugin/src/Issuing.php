<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Bridge\{
	CoCart, GraphqlAnswers, GraphqlLogins, SimpleJwtAnswers, SimpleJwtCredentials,
	SimpleJwtLogin as SimpleJwtLoginRoutes, UsefulTeam
};
use Sallyport\WP\Issuer\{
	CoCart as CoCartIssuer, HeadlessLogin, Issuers, Minter, Sallyport, SimpleJwtLogin, Tmeister,
	UsefulTeam as UsefulTeamIssuer, WpGraphqlJwt
};
use Sallyport\WP\Sso\{ConnectedSites, Exchange, Issuance, SsoTokens};
use Sallyport\WP\Store\{FamilyRows, SsoSiteRows};
use Sallyport\WP\Token\{AccessTokens, Families, FixedKey, KeyRotation, RefreshTokens, SigningKeys};

/** The part of the composition root for tokens: our own, those of connected sites, and those of other plugins. */
trait Issuing {
	// Issuers: one line each.
	public function issuers(): Issuers {
		return $this->made[ __FUNCTION__ ] ??= new Issuers(
			$this->own_issuer( ... ),
			$this->own_bearer( ... ),
			array(
				'Jwt_Auth_Public' => static fn () => new Tmeister(),
				\SimpleJWTLogin\Modules\SimpleJWTLoginSettings::class => $this->simple_jwt_issuer( ... ),
				\JWTAuth\Auth::class => $this->useful_team_issuer( ... ),
				\CoCart::class => $this->cocart_issuer( ... ),
				\WPGraphQL\JWT_Authentication\JWT_Authentication::class => $this->wp_graphql_jwt( ... ),
				\WPGraphQL\Login\Auth\ServerAuthentication::class => $this->headless_login( ... ),
			)
		);
	}
	public function own_issuer(): Sallyport {
		return $this->made[ __FUNCTION__ ] ??= new Sallyport( $this->access_tokens( ... ), $this->namespaces( ... ) );
	}
	/** This request's bearer token, as our own issuer reads it. */
	private function own_bearer(): ?string {
		return $this->has( 'own_issuer' ) || GateHooks::has_authorization() ? $this->own_issuer()->presented() : null;
	}
	private function minter(): Minter {
		return $this->made[ __FUNCTION__ ] ??= new Minter( $this->issuers(), $this->engine(), $this->claims(), $this->activity() );
	}

	// Our own tokens, and their keys.
	public function access_tokens(): AccessTokens {
		return $this->made[ __FUNCTION__ ] ??= new AccessTokens(
			$this->signing_keys(),
			$this->engine(),
			$this->claims(),
			$this->families(),
			$this->refresh_tokens( ... ),
			$this->state(),
			$this->settings(),
			$this->namespaces()
		);
	}
	private function families(): Families {
		return $this->made[ __FUNCTION__ ] ??= new Families(
			new FamilyRows( $this->database(), $this->meta() ),
			$this->settings(),
			$this->activity( ... ),
			$this->client( ... ),
			$this->passwords( ... )
		);
	}
	private function refresh_tokens(): RefreshTokens {
		return $this->made[ __FUNCTION__ ] ??= new RefreshTokens( $this->refresh_rows(), $this->families(), $this->engine(), $this->settings() );
	}
	public function signing_keys(): SigningKeys {
		return $this->made[ __FUNCTION__ ] ??= new SigningKeys(
			$this->fixed_key(),
			$this->signing_key_rows(),
			$this->key_rotation(),
			$this->engine()
		);
	}
	public function key_rotation(): KeyRotation {
		return $this->made[ __FUNCTION__ ] ??= new KeyRotation(
			$this->fixed_key(),
			$this->signing_key_rows(),
			$this->engine(),
			$this->settings(),
			$this->activity( ... )
		);
	}
	public function fixed_key(): FixedKey {
		return $this->made[ __FUNCTION__ ] ??= new FixedKey( $this->engine(), $this->settings(), $this->headlesskey() );
	}

	// Single sign-on.
	private function connected_sites(): ConnectedSites {
		return $this->made[ __FUNCTION__ ] ??= new ConnectedSites( new SsoSiteRows( $this->database() ), $this->engine(), $this->activity() );
	}
	private function sso_tokens(): SsoTokens {
		return $this->made[ __FUNCTION__ ] ??= new SsoTokens( $this->connected_sites(), $this->engine() );
	}
	private function issuance(): Issuance {
		return $this->made[ __FUNCTION__ ] ??= new Issuance(
			$this->connected_sites(),
			$this->sso_tokens(),
			$this->proven_emails(),
			$this->settings(),
			$this->activity()
		);
	}
	private function exchange(): Exchange {
		return $this->made[ __FUNCTION__ ] ??= new Exchange(
			$this->connected_sites(),
			$this->sso_tokens(),
			$this->spent_rows(),
			$this->activity()
		);
	}

	// The bridges.
	private function cocart_issuer(): CoCartIssuer {
		return $this->made[ __FUNCTION__ ] ??= new CoCartIssuer();
	}
	public function cocart(): CoCart {
		return $this->made[ __FUNCTION__ ] ??= new CoCart(
			$this->cocart_issuer(),
			$this->gate(),
			$this->acceptance(),
			$this->bridged_logins(),
			$this->challenges(),
			$this->inherited_proofs(),
			$this->presented(),
			$this->issuers()
		);
	}
	private function useful_team_issuer(): UsefulTeamIssuer {
		return $this->made[ __FUNCTION__ ] ??= new UsefulTeamIssuer(
			fn () => $this->bridged_logins()->request(),
			fn () => $this->cookies()->are_of_this_page()
		);
	}
	public function useful_team(): UsefulTeam {
		return $this->made[ __FUNCTION__ ] ??= new UsefulTeam(
			$this->useful_team_issuer(),
			$this->bridged_logins(),
			$this->acceptance(),
			$this->inherited_proofs(),
			$this->state(),
			fn () => $this->cookies()->are_of_this_page()
		);
	}
	public function simple_jwt_issuer(): SimpleJwtLogin {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtLogin();
	}
	public function simple_jwt_login(): SimpleJwtLoginRoutes {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtLoginRoutes(
			$this->simple_jwt_issuer(),
			$this->gate(),
			$this->acceptance(),
			$this->presented(),
			$this->claims(),
			$this->inherited_proofs(),
			$this->made_app_password(),
			$this->engine(),
			$this->simple_jwt_answers()
		);
	}
	public function simple_jwt_credentials(): SimpleJwtCredentials {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtCredentials(
			$this->simple_jwt_issuer(),
			$this->acceptance(),
			$this->presented(),
			$this->simple_jwt_answers(),
			$this->bearer_is_ours( ... )
		);
	}
	private function simple_jwt_answers(): SimpleJwtAnswers {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtAnswers( $this->activity() );
	}
	public function graphql_logins(): GraphqlLogins {
		return $this->made[ __FUNCTION__ ] ??= new GraphqlLogins(
			array( $this->wp_graphql_jwt(), $this->headless_login() ),
			$this->gate(),
			$this->acceptance(),
			$this->presented(),
			$this->claims(),
			$this->engine(),
			$this->activity(),
			$this->graphql_answers()
		);
	}
	public function graphql_answers(): GraphqlAnswers {
		$credentials = fn () => ( $this->has( 'acceptance' ) ? $this->acceptance()->rest_errors( null ) : null )
			?? ( $this->has( 'own_issuer' ) ? $this->own_issuer()->rest_errors( null ) : null );
		return $this->made[ __FUNCTION__ ] ??= new GraphqlAnswers(
			$this->presented(),
			$credentials,
			fn () => $this->has( 'trusted_devices' ) ? $this->trusted_devices() : null
		);
	}
	public function wp_graphql_jwt(): WpGraphqlJwt {
		return $this->made[ __FUNCTION__ ] ??= new WpGraphqlJwt();
	}
	public function headless_login(): HeadlessLogin {
		return $this->made[ __FUNCTION__ ] ??= new HeadlessLogin();
	}
	/** Whether this request's bearer token is an access token of ours; false if that cannot be told. */
	private function bearer_is_ours(): bool {
		try {
			$bearer = $this->own_issuer()->presented();
			return null !== $bearer && $this->access_tokens()->is_ours( $bearer );
		} catch ( Refusal ) {
			return false;
		}
	}
}
