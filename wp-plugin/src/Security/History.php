<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Activity\Log;
use Sallyport\WP\Client;
use Sallyport\WP\Refusal;

/** What happened to an account on this site of late, in words for whose it is. */
final class History {
	/** The newest so many. */
	private const SHOWN = 20;

	public function __construct( private readonly Log $log ) {}

	/**
	 * @return list<array{time: int, text: string, factor: string, name: string, device: string, ip: string}> The newest first. `factor` is the
	 *                                                                                                        name of its kind, `name` what its user calls it.
	 * @throws Refusal When the store fails.
	 */
	public function of( int $user_id ): array {
		$words = self::words();
		return array_map(
			static function ( array $row ) use ( $words ): array {
				$detail = (array) json_decode( $row['detail'], true );
				return array(
					'time'   => (int) $row['time'],
					'text'   => $words[ $row['event'] ],
					'factor' => self::text( $detail['factor'] ?? '' ),
					'name'   => self::text( $detail['renamed'] ?? $detail['label'] ?? '' ),
					'device' => str_starts_with( $row['device'], 'Mozilla/' ) ? Client::browser_of( $row['device'] ) : Client::printable( $row['device'] ),
					'ip'     => $row['ip'],
				);
			},
			$this->log->of_user( $user_id, array_keys( $words ), self::SHOWN )
		);
	}

	private static function text( mixed $value ): string {
		return is_string( $value ) ? Client::printable( $value ) : '';
	}

	/** @return array<string, string> What tells a user something they may not have done themselves; the rest of the log is for administrators. */
	private static function words(): array {
		return array(
			Event::TokenIssued->value         => __( 'Signed in by an app or front end', 'sallyport' ),
			Event::ChallengeOpened->value     => __( 'The right password was entered, and a code asked for', 'sallyport' ),
			Event::CodeAccepted->value        => __( 'A right code was entered', 'sallyport' ),
			Event::DeviceAccepted->value      => __( 'Signed in on a trusted device, without a code', 'sallyport' ),
			Event::SsoIssued->value           => __( 'Signed in to a connected site', 'sallyport' ),
			Event::SsoAccepted->value         => __( 'Signed in from a connected site', 'sallyport' ),
			Event::PasswordRefused->value     => __( 'A wrong password was entered', 'sallyport' ),
			Event::LoginRefused->value        => __( 'The right password was entered, and the sign-in refused', 'sallyport' ),
			Event::CodeRefused->value         => __( 'A wrong code was entered', 'sallyport' ),
			Event::CodeReplayed->value        => __( 'A code was entered that had been used already', 'sallyport' ),
			Event::LockBegan->value           => __( 'Too many wrong codes: the second step was locked for a time', 'sallyport' ),
			Event::CodeSent->value            => __( 'A code was sent', 'sallyport' ),
			Event::TokenRevoked->value        => __( 'A sign-in was ended', 'sallyport' ),
			Event::RefreshReused->value       => __( 'A sign-in was ended, since its token came twice: somebody may have copied it', 'sallyport' ),
			Event::DeviceLimitReached->value  => __( 'The oldest sign-in was ended, since there were too many', 'sallyport' ),
			Event::SignInsRevoked->value      => __( 'Signed out everywhere by an administrator', 'sallyport' ),
			Event::DeviceTrusted->value       => __( 'A device was trusted', 'sallyport' ),
			Event::DeviceReused->value        => __( 'A trusted device was forgotten, since its secret came twice: somebody may have copied it', 'sallyport' ),
			Event::DeviceRevoked->value       => __( 'A device was forgotten', 'sallyport' ),
			Event::PasswordChanged->value     => __( 'The password was changed', 'sallyport' ),
			Event::PasswordReset->value       => __( 'A new password was set with a mailed link or code', 'sallyport' ),
			Event::ResetRequested->value      => __( 'A link or a code for a new password was asked for', 'sallyport' ),
			Event::EmailChanged->value        => __( 'The e-mail address was changed', 'sallyport' ),
			Event::AccountRegistered->value   => __( 'The account was registered', 'sallyport' ),
			Event::FactorAdded->value         => __( 'A second factor was set up', 'sallyport' ),
			Event::FactorImported->value      => __( 'A second factor was taken over from another plugin', 'sallyport' ),
			Event::FactorRenamed->value       => __( 'A second factor was given another name', 'sallyport' ),
			Event::OneFactorRemoved->value    => __( 'A second factor was removed', 'sallyport' ),
			Event::FactorRemoved->value       => __( 'The second factor was turned off', 'sallyport' ),
			Event::FactorsReset->value        => __( 'The second factor was reset by an administrator', 'sallyport' ),
			Event::BackupCodesReplaced->value => __( 'New backup codes were made', 'sallyport' ),
			Event::UnlockMailed->value        => __( 'A link was sent by e-mail with which backup codes can be tried', 'sallyport' ),
			Event::UnlockOpened->value        => __( 'The link was opened with which backup codes can be tried', 'sallyport' ),
			Event::SecondStepUnlocked->value  => __( 'The second step was unlocked by an administrator', 'sallyport' ),
			Event::EnrolmentLinkMade->value   => __( 'An administrator made a link to set up a second factor', 'sallyport' ),
			Event::EnrolmentLinkUsed->value   => __( 'A link to set up a second factor was used', 'sallyport' ),
		);
	}
}
