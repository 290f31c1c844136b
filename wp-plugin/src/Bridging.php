<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Bridge\{CoCart, GraphqlAnswers, GraphqlLogins, SimpleJwtAnswers, SimpleJwtCredentials, SimpleJwtLogin as SimpleJwtLoginRoutes, UsefulTeam};
use Sallyport\WP\Issuer\CoCart as CoCartIssuer;
use Sallyport\WP\Issuer\{HeadlessLogin, SimpleJwtLogin, WpGraphqlJwt};
use Sallyport\WP\Issuer\UsefulTeam as UsefulTeamIssuer;

/** The part of the composition root for the hooks of plugins that issue tokens. */
trait Bridging {
	private function cocart_issuer(): CoCartIssuer {
		return $this->made[ __FUNCTION__ ] ??= new CoCartIssuer();
	}
	public function cocart(): CoCart {
		return $this->made[ __FUNCTION__ ] ??= new CoCart( $this->cocart_issuer(), $this->gate(), $this->acceptance(), $this->bridged_logins(), $this->challenges(), $this->inherited_proofs(), $this->presented(), $this->issuers() );
	}
	private function useful_team_issuer(): UsefulTeamIssuer {
		return $this->made[ __FUNCTION__ ] ??= new UsefulTeamIssuer( fn () => $this->bridged_logins()->request(), fn () => $this->cookies()->are_of_this_page() );
	}
	public function useful_team(): UsefulTeam {
		return $this->made[ __FUNCTION__ ] ??= new UsefulTeam( $this->useful_team_issuer(), $this->bridged_logins(), $this->acceptance(), $this->inherited_proofs(), $this->state(), fn () => $this->cookies()->are_of_this_page() );
	}
	public function simple_jwt_issuer(): SimpleJwtLogin {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtLogin();
	}
	public function simple_jwt_login(): SimpleJwtLoginRoutes {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtLoginRoutes( $this->simple_jwt_issuer(), $this->gate(), $this->acceptance(), $this->presented(), $this->claims(), $this->inherited_proofs(), $this->made_app_password(), $this->engine(), $this->simple_jwt_answers() );
	}
	public function simple_jwt_credentials(): SimpleJwtCredentials {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtCredentials( $this->simple_jwt_issuer(), $this->acceptance(), $this->presented(), $this->simple_jwt_answers(), $this->bearer_is_ours( ... ) );
	}
	private function simple_jwt_answers(): SimpleJwtAnswers {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtAnswers( $this->activity() );
	}
	public function graphql_logins(): GraphqlLogins {
		return $this->made[ __FUNCTION__ ] ??= new GraphqlLogins( array( $this->wp_graphql_jwt(), $this->headless_login() ), $this->gate(), $this->acceptance(), $this->presented(), $this->claims(), $this->engine(), $this->activity(), $this->graphql_answers() );
	}
	public function graphql_answers(): GraphqlAnswers {
		$credentials = fn () => ( $this->has( 'acceptance' ) ? $this->acceptance()->rest_errors( null ) : null ) ?? ( $this->has( 'own_issuer' ) ? $this->own_issuer()->rest_errors( null ) : null );
		return $this->made[ __FUNCTION__ ] ??= new GraphqlAnswers( $this->presented(), $credentials, fn () => $this->has( 'trusted_devices' ) ? $this->trusted_devices() : null );
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
