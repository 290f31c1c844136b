<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Enrolment\Comparison;
use Sallyport\WP\Factor\{EmailCode, Totp};
use Sallyport\WP\Privacy\{Eraser, Exporter, PolicyText};
use Sallyport\WP\Store\Removal;

/** The part of the composition root for set-up, upkeep and clean-up. */
trait Keeping {
	public function setup(): Setup {
		return $this->made[ __FUNCTION__ ] ??= new Setup( $this->schema(), $this->master_key(), $this->engine(), $this->key_rotation(), $this->passwords(), $this->settings(), $this->endpoint_rows(), $this->policy_option(), $this->housekeeping() );
	}
	public function housekeeping(): Housekeeping {
		// Tables whose rows end at `expires_at` are listed by name; for others add a line below.
		$expiring = array();
		foreach ( array( 'refresh_tokens', 'inherited_proofs', 'devices', 'device_secrets', 'challenges', 'email_codes', 'reset_codes', 'spent', 'links', 'enrolment_tokens' ) as $table ) {
			$expiring[ $table ] = fn ( int $now, int $limit ): int => $this->database()->delete_expired( $table, $now, $limit );
		}
		return $this->made[ __FUNCTION__ ] ??= new Housekeeping(
			array(
				'families'         => fn ( int $now, int $limit ): int => $this->families()->end_expired( $now, $limit ),
				...$expiring,
				'throttle'         => fn ( int $now, int $limit ): int => $this->throttle_rows()->delete_expired( $now, $limit ),
				'webhooks'         => fn ( int $now, int $limit ): int => $this->delivery_rows()->delete_old( $now, $limit ),
				'probe visitors'   => fn ( int $now, int $limit ): int => $this->visitors()->remove_left( $now, $limit ),
				'activity'         => fn ( int $now, int $limit ): int => $this->activity()->delete_old( $now, $limit ),
				'deleted accounts' => fn ( int $now, int $limit ): int => $this->leftovers()->forget_users( $now, $limit ), // Before factors are compared with marks.
				'deleted sites'    => fn ( int $now, int $limit ): int => $this->leftovers()->forget_sites( $now, $limit ),
				'unmarked factors' => fn ( int $now, int $limit ): int => $this->comparison()->repair( $now, $limit ),
				'missing factors'  => fn ( int $now, int $limit ): int => $this->comparison()->report( $limit ),
				'network policy'   => fn (): int => $this->policy_option()->spread(), // Last, because these visit every site, however many there are.
				'network settings' => fn (): int => $this->settings()->spread(),
			),
			$this->activity()
		);
	}
	public function reseal(): Reseal {
		// One line for each kind of sealed secret.
		$shared = array(
			'TOTP secrets'     => fn () => $this->factor_rows()->sealed( Totp::NAME ),
			'e-mail addresses' => fn () => $this->factor_rows()->sealed( EmailCode::NAME ),
			'SSO secrets'      => fn () => $this->connected_sites()->sealed(),
		);
		$own = array(
			'signing keys'    => fn () => $this->signing_keys()->sealed(),
			'webhook secrets' => fn () => $this->endpoints()->sealed(),
		);
		return $this->made[ __FUNCTION__ ] ??= new Reseal( $this->engine(), $this->activity(), $shared, $own );
	}
	private function comparison(): Comparison {
		return $this->made[ __FUNCTION__ ] ??= new Comparison( $this->factor_rows(), $this->state(), $this->activity() );
	}
	public function uninstall(): Uninstall {
		return $this->made[ __FUNCTION__ ] ??= new Uninstall( $this->settings(), new Removal( $this->database() ), $this->visitors(), $this->master_key() );
	}
	public function personal_exporter(): Exporter {
		return $this->made[ __FUNCTION__ ] ??= new Exporter( $this->user_rows(), $this->activity_rows(), $this->state(), $this->proven_emails(), $this->former_emails(), $this->app_passwords() );
	}
	public function personal_eraser(): Eraser {
		return $this->made[ __FUNCTION__ ] ??= new Eraser( $this->user_rows(), $this->activity_rows(), $this->families(), $this->former_emails() );
	}
	public function privacy_policy_text(): PolicyText {
		return $this->made[ __FUNCTION__ ] ??= new PolicyText( $this->settings() );
	}
	public function revocation(): Revocation {
		return $this->made[ __FUNCTION__ ] ??= new Revocation( $this->state(), $this->acceptance(), $this->presented(), $this->families(), $this->devices(), $this->own_issuer(), $this->access_tokens(), $this->former_emails(), $this->notice_mail( ... ), $this->activity(), $this->monitor(), $this->app_passwords(), 'cli' === PHP_SAPI );
	}
	public function leftovers(): Leftovers {
		return $this->made[ __FUNCTION__ ] ??= new Leftovers( $this->user_rows(), $this->blog_rows(), $this->meta(), $this->families(), $this->attempts(), $this->reset_codes(), $this->policy_editor( ... ) );
	}
}
