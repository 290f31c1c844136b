<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Php;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\BackupCodeRows;
use Sallyport\WP\Store\FactorRow;
use WP_User;

/** Authenticator apps: what is shown while one is set up, and afterwards. */
final class Authenticators {
	/** Longest name in a QR code, in bytes. */
	private const LABEL = 255;

	public function __construct(
		private readonly Enrolment $enrolment,
		private readonly BackupCodeRows $codes,
		private readonly Totp $totp,
		private readonly Engine $engine,
	) {}

	/**
	 * Begins a pending enrolment. A labelled one is added beside others, and leaves the user's backup codes as they are.
	 *
	 * @param string|null                                          $issuer     The name the app shows; null: the site's name.
	 * @param array{algorithm?: string, digits?: int, period?: int} $parameters Of the secret.
	 * @return array{totpURI: string, backupCodes: list<string>} No codes if the present ones stay.
	 * @throws Refusal sallyport_factor_limit.
	 */
	public function begin( WP_User $user, ?string $issuer, int $now, string $label = '', array $parameters = array() ): array {
		$codes = '' !== $label && $this->codes->left( $user->ID ) > 0 ? null : $this->engine->backup_codes();
		$this->codes->delete_pending( $user->ID );
		$row = $this->pend( $user->ID, $now, $label, $parameters );
		if ( null !== $codes ) {
			$this->codes->add( $user->ID, $codes['hashes'], $row->id, $now );
		}
		return array(
			'totpURI'     => $this->uri( $user, $row, $issuer ),
			'backupCodes' => $codes['codes'] ?? array(),
		);
	}

	/**
	 * Begins a pending enrolment without backup codes.
	 *
	 * @param array{algorithm?: string, digits?: int, period?: int} $parameters Of the secret.
	 * @return FactorRow As this request created it; another request may have replaced it since.
	 */
	public function pend( int $user_id, int $now, string $label = '', array $parameters = array() ): FactorRow {
		return $this->totp->give_secret( $this->enrolment->begin( $user_id, Totp::NAME, $now, $label, $parameters ) );
	}

	/**
	 * The row with this id; without an id, the first active one, else the pending one.
	 *
	 * @throws Refusal TOTP_NOT_ENABLED.
	 */
	public function row( int $user_id, ?int $id = null ): FactorRow {
		$rows = array( ...$this->enrolment->active( $user_id, Totp::NAME ), ...$this->enrolment->pending( $user_id, Totp::NAME ) );
		$row  = null === $id ? $rows[0] ?? null : array_column( $rows, null, 'id' )[ $id ] ?? null;
		return $row ?? throw new Refusal( Code::TotpNotEnabled );
	}

	/** How far off the clock of the app being set up is, as Totp::seconds_off(). The user is told so after a wrong code. */
	public function seconds_off( int $user_id, #[\SensitiveParameter] string $code, int $now ): ?int {
		$row = $this->enrolment->pending( $user_id, Totp::NAME )[0] ?? null;
		return null === $row || '' === $row->secret ? null : $this->totp->seconds_off( $row, $code, $now );
	}

	/** The otpauth:// URI of a secret. */
	public function uri( WP_User $user, FactorRow $row, ?string $issuer = null ): string {
		$name = str_replace( ':', ' ', $issuer ?? wp_specialchars_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES ) );
		$host = (string) wp_parse_url( home_url(), PHP_URL_HOST );
		return $this->totp->uri( $row, $user->user_login, '' === trim( $name ) ? $host : Php::cut( $name, self::LABEL ) );
	}

	/** What a person needs to add the secret to an app. */
	public function scan( WP_User $user, FactorRow $row ): Scan {
		$uri = $this->uri( $user, $row );
		parse_str( (string) wp_parse_url( $uri, PHP_URL_QUERY ), $said );
		return new Scan(
			$this->engine->qr_svg( $uri, __( 'QR code for your authenticator app', 'sallyport' ) ),
			$uri,
			trim( chunk_split( (string) $said['secret'], 4, ' ' ) ),
			str_replace( ':', ' ', $user->user_login ),
			(string) ( $said['issuer'] ?? '' ),
			$row->algorithm,
			$row->digits,
			$row->period,
		);
	}
}
