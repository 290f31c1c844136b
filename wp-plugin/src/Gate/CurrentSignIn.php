<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Engine;
use Sallyport\WP\Issuer\Sallyport;

/**
 * The sign-in that this request belongs to. An enrolment can be seen and finished only in the sign-in that began it.
 * Otherwise somebody else who knows the password could read the secret that the owner then enrols.
 */
final class CurrentSignIn {
	public function __construct(
		private readonly Presented $presented,
		private readonly Sallyport $issuer,
	) {}

	/** How the sign-in began: Proof::SSO if a Sallyport token says so, else Proof::PASSWORD. */
	public function first_step(): string {
		return $this->issuer->first_step();
	}

	/** Identifies this sign-in. All requests of one sign-in share it, also after a Sallyport token was refreshed. */
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
