<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Bridge\{CoCart, SimpleJwtAnswers, SimpleJwtCredentials, SimpleJwtLogin as SimpleJwtLoginRoutes, UsefulTeam};
use Sallyport\WP\Issuer\CoCart as CoCartIssuer;
use Sallyport\WP\Issuer\SimpleJwtLogin;
use Sallyport\WP\Issuer\UsefulTeam as UsefulTeamIssuer;

/** The part of the composition root that stands at the hooks of plugins that issue tokens over REST. */
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
		return $this->made[ __FUNCTION__ ] ??= new UsefulTeam( $this->useful_team_issuer(), $this->bridged_logins(), $this->acceptance(), $this->inherited_proofs(), $this->state() );
	}
	public function simple_jwt(): SimpleJwtLogin {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtLogin();
	}
	public function simple_jwt_login(): SimpleJwtLoginRoutes {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtLoginRoutes( $this->simple_jwt(), $this->gate(), $this->acceptance(), $this->presented(), $this->claims(), $this->inherited_proofs(), $this->made_app_password(), $this->engine(), $this->simple_jwt_answers() );
	}
	public function simple_jwt_credentials(): SimpleJwtCredentials {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtCredentials( $this->simple_jwt(), $this->acceptance(), $this->presented(), $this->simple_jwt_answers(), $this->bearer_is_ours( ... ) );
	}
	private function simple_jwt_answers(): SimpleJwtAnswers {
		return $this->made[ __FUNCTION__ ] ??= new SimpleJwtAnswers( $this->activity() );
	}
	/** Whether the bearer of this request is an access token of ours; false where nobody can tell. */
	private function bearer_is_ours(): bool {
		try {
			$bearer = $this->own_issuer()->presented();
			return null !== $bearer && $this->access_tokens()->is_ours( $bearer );
		} catch ( Refusal ) {
			return false;
		}
	}
}
