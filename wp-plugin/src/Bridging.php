<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Bridge\UsefulTeam;
use Sallyport\WP\Issuer\UsefulTeam as UsefulTeamIssuer;

/** The part of the composition root that stands at the hooks of plugins that issue tokens over REST. */
trait Bridging {
	/**
	 * @template T of object
	 * @param callable(): T $make
	 * @return T
	 */
	abstract private function once( string $name, callable $make ): object;

	private function useful_team_issuer(): UsefulTeamIssuer {
		return $this->once( __FUNCTION__, fn () => new UsefulTeamIssuer( fn () => $this->bridged_logins()->request() ) );
	}
	public function useful_team(): UsefulTeam {
		return $this->once( __FUNCTION__, fn () => new UsefulTeam( $this->useful_team_issuer(), $this->bridged_logins(), $this->acceptance(), $this->inherited_proofs(), $this->state() ) );
	}
}
