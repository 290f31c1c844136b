<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Engine;
use Sallyport\WP\Issuer\Sallyport;

/**
 * The sign-in a request comes by. An enrolment that is begun in one is shown and finished in that one alone: somebody else
 * who has the password would otherwise read the secret that the owner then enrols.
 */
final class CurrentSignIn {
	public function __construct(
		private readonly Presented $presented,
		private readonly Sallyport $issuer,
	) {}

	/** What it began with: Proof::PASSWORD, or Proof::SSO where a token of ours says so. */
	public function first_step(): string {
		return $this->issuer->first_step();
	}

	/** The same for all of a sign-in, and for no other; tokens of ours that were refreshed stay of theirs. */
	public function digest( int $user_id ): string {
		$bearer = (string) $this->issuer->presented();
		$family = $this->issuer->family();
		$parts  = array(
			'enrolment'    => $this->presented->enrolment_token(),
			'family'       => $family,
			'bearer'       => '' === $family ? $bearer : '',
			'app_password' => $this->presented->app_password( $user_id ),
			'session'      => '' === $bearer ? $this->presented->session( $user_id ) : '',
		);
		return Engine::digest( http_build_query( $parts ) );
	}
}
