<?php
declare( strict_types=1 );

namespace Sallyport\WP\Sso;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ProvenEmails;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Store\SsoSiteRow;
use WP_User;

/** Asserts to a connected site who a user is: that their address is theirs, and how they signed in here. */
final class Issuance {
	public function __construct(
		private readonly ConnectedSites $sites,
		private readonly SsoTokens $tokens,
		private readonly ProvenEmails $emails,
		private readonly Settings $settings,
		private readonly Activity $activity,
	) {}

	/**
	 * @param list<string> $amr       How the user signed in here.
	 * @param int          $auth_time When, Unix seconds.
	 * @return array{site_key: string, token: string, signature: string}
	 * @throws Refusal sallyport_sso_site_unknown, _sso_site_forbidden, _email_unverified.
	 */
	public function issue( string $site_key, WP_User $user, array $amr, int $auth_time, int $now ): array {
		$site = $this->sites->find( $site_key ) ?? throw new Refusal( Code::SsoSiteUnknown );
		if ( ! in_array( SsoSiteRow::ISSUE, $site->allowed, true ) ) {
			throw $this->refuse( Code::SsoSiteForbidden, $user, $site );
		}
		if ( '' === $user->user_email || ! ( $this->settings->get( 'sso_trust_email' ) || $this->emails->is_proven( $user->ID ) ) ) {
			throw $this->refuse( Code::EmailUnverified, $user, $site );
		}
		$issued = $this->tokens->issue( $site, $user, $amr, $auth_time, $now );
		$this->sites->used( $site, $now );
		$this->activity->record( Event::SsoIssued, $user->ID, '', 'ok', array( 'site' => $site->site_key ) );
		return $issued;
	}

	private function refuse( Code $code, WP_User $user, SsoSiteRow $site ): Refusal {
		$this->activity->record( Event::SsoRefused, $user->ID, '', $code->value, array( 'site' => $site->site_key ) );
		return new Refusal( $code );
	}
}
