<?php
declare( strict_types=1 );

namespace Sallyport\WP\Notice;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Attempts;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Factor\Factors;

/**
 * The table of mailed notices: which rows of the activity log cause one, and what it says.
 *
 * A new notice is a case here and a row of docs/mails.md; a test compares them.
 */
enum Notice: string {
	case FactorAdded         = 'factor_added';
	case FactorRemoved       = 'factor_removed';
	case OneFactorRemoved    = 'one_factor_removed';
	case FactorsReset        = 'factors_reset';
	case BackupCodesReplaced = 'backup_codes_replaced';
	case BackupCodeUsed      = 'backup_code_used';
	case CodeRefused         = 'code_refused';
	case CodeReplayed        = 'code_replayed';
	case SecondStepLocked    = 'second_step_locked';
	case SecondStepUnlocked  = 'second_step_unlocked';
	case DeviceAdded         = 'device_added';
	case DeviceTrusted       = 'device_trusted';
	case DeviceReused        = 'device_reused';
	case RefreshReused       = 'refresh_reused';
	case SignInsRevoked      = 'sign_ins_revoked';
	case PasswordChanged     = 'password_changed';
	case EmailChanged        = 'email_changed';
	case EnrolmentLinkMade   = 'enrolment_link_made';
	case EnrolmentLinkUsed   = 'enrolment_link_used';

	/**
	 * The notice for a row of the log; null for most.
	 *
	 * @param array<string, int|string>                     $row    As in `sallyport_activity`.
	 * @param array{factor?: string, pending?: string, ...} $detail Its `detail`, decoded.
	 */
	public static function of( array $row, array $detail ): ?self {
		return match ( (int) $row['user_id'] > 0 ? Event::tryFrom( (string) $row['event'] ) : null ) {
			Event::FactorAdded         => self::FactorAdded,
			Event::FactorRemoved       => self::FactorRemoved,
			Event::OneFactorRemoved    => self::OneFactorRemoved,
			Event::FactorsReset        => self::FactorsReset,
			Event::BackupCodesReplaced => self::BackupCodesReplaced,
			Event::CodeAccepted        => in_array( $detail['factor'] ?? '', Factors::STAND_INS, true ) ? self::BackupCodeUsed : null,
			// A wrong code while setting up an app is no failed sign-in, and no news.
			Event::CodeRefused         => isset( $detail['pending'] ) ? null : self::CodeRefused,
			Event::CodeReplayed        => self::CodeReplayed,
			Event::LockBegan           => self::SecondStepLocked,
			Event::SecondStepUnlocked  => self::SecondStepUnlocked,
			Event::DeviceAdded         => self::DeviceAdded,
			Event::DeviceTrusted       => self::DeviceTrusted,
			Event::DeviceReused        => self::DeviceReused,
			Event::RefreshReused       => self::RefreshReused,
			Event::SignInsRevoked      => self::SignInsRevoked,
			Event::PasswordChanged     => self::PasswordChanged,
			Event::EmailChanged        => self::EmailChanged,
			Event::EnrolmentLinkMade   => self::EnrolmentLinkMade,
			Event::EnrolmentLinkUsed   => self::EnrolmentLinkUsed,
			default                    => null,
		};
	}

	/** Whether somebody could trigger it as often as they like: then one an hour is mailed. */
	public function is_throttled(): bool {
		return in_array( $this, array( self::CodeRefused, self::CodeReplayed, self::SecondStepLocked, self::RefreshReused ), true );
	}

	/** Whether an administrator or the command line caused it: then the address is not shown to the user. */
	public function is_an_administrators(): bool {
		return in_array( $this, array( self::FactorsReset, self::SecondStepUnlocked, self::SignInsRevoked, self::EnrolmentLinkMade ), true );
	}

	/** Whether it tells its user to do something under Sign-in security. */
	public function leads_to_page(): bool {
		return in_array( $this, array( self::FactorsReset, self::BackupCodeUsed, self::DeviceAdded, self::DeviceTrusted ), true );
	}

	/** What happened, in a few words: subject and heading of the mail. */
	public function title(): string {
		return match ( $this ) {
			self::FactorAdded         => __( 'A second factor was added to your account', 'sallyport' ),
			self::FactorRemoved       => __( 'Two-factor authentication was turned off for your account', 'sallyport' ),
			self::OneFactorRemoved    => __( 'A second factor was removed from your account', 'sallyport' ),
			self::FactorsReset        => __( 'The two-factor authentication of your account was reset', 'sallyport' ),
			self::BackupCodesReplaced => __( 'New backup codes were created for your account', 'sallyport' ),
			self::BackupCodeUsed      => __( 'One of your backup codes was used', 'sallyport' ),
			self::CodeRefused         => __( 'A wrong code was entered for your account', 'sallyport' ),
			self::CodeReplayed        => __( 'One of your codes was entered twice', 'sallyport' ),
			self::SecondStepLocked    => __( 'Signing in to your account is locked for a while', 'sallyport' ),
			self::SecondStepUnlocked  => __( 'An administrator unlocked your account', 'sallyport' ),
			self::DeviceAdded         => __( 'A new device is remembered for your account', 'sallyport' ),
			self::DeviceTrusted       => __( 'A device is now trusted for your account', 'sallyport' ),
			self::DeviceReused        => __( 'One of your devices is no longer trusted', 'sallyport' ),
			self::RefreshReused       => __( 'One of your sign-ins was ended', 'sallyport' ),
			self::SignInsRevoked      => __( 'An administrator signed you out everywhere', 'sallyport' ),
			self::PasswordChanged     => __( 'The password of your account was changed', 'sallyport' ),
			self::EmailChanged        => __( 'The email address of your account was changed', 'sallyport' ),
			self::EnrolmentLinkMade   => __( 'An administrator created a link for setting up your second factor', 'sallyport' ),
			self::EnrolmentLinkUsed   => __( 'The link for setting up your second factor was used', 'sallyport' ),
		};
	}

	/**
	 * What happened, in sentences.
	 *
	 * @param int|null $left Backup codes that are left; null if they are not counted.
	 */
	public function text( ?int $left ): string {
		return match ( $this ) {
			self::FactorAdded         => __( 'A second factor was set up for your account. From now on you will be asked for a code when you sign in.', 'sallyport' ),
			self::FactorRemoved       => __( 'Two-factor authentication was turned off for your account. Your password alone is now enough to sign in.', 'sallyport' ),
			self::OneFactorRemoved    => __( 'One of your second factors was removed from your account. The others still work as before.', 'sallyport' ),
			self::FactorsReset        => __( 'An administrator reset the two-factor authentication of your account, and you were signed out everywhere. Your password alone is now enough to sign in, unless this site requires a second factor: in that case you will be asked to set one up when you sign in.', 'sallyport' ),
			self::BackupCodesReplaced => __( 'New backup codes were created for your account. The old ones no longer work.', 'sallyport' ),
			self::BackupCodeUsed      => self::used( $left ),
			self::CodeRefused         => __( 'Someone who knows your password, or is signed in as you, entered a wrong code. They got no further.', 'sallyport' ),
			self::CodeReplayed        => __( 'Someone who knows your password, or is signed in as you, entered a correct code that had already been used. They got no further. But if that was you, someone else had used the code before you.', 'sallyport' ),
			self::SecondStepLocked    => sprintf(
				/* translators: 1: minutes, 2: number of wrong codes. */
				__( 'Someone who knows your password, or is signed in as you, entered too many wrong codes. No code is accepted for %1$d minutes. After %2$d wrong codes in a row the lock no longer ends by itself: you will then get an email with a way back in by a backup code, or the administrator of the site has to unlock your account.', 'sallyport' ),
				Attempts::LOCK / MINUTE_IN_SECONDS,
				Attempts::LIMIT
			),
			self::SecondStepUnlocked  => __( 'Your account was locked after too many wrong codes. The lock was removed, and you can sign in again.', 'sallyport' ),
			self::DeviceAdded         => __( 'A device was remembered when you signed in on it. You can see and remove it under Sign-in security.', 'sallyport' ),
			self::DeviceTrusted       => sprintf(
				/* translators: %d: number of days. */
				__( 'The device below is now trusted: you will not be asked for a code on it for %d days after each use. You can see and remove it under Sign-in security.', 'sallyport' ),
				TrustedDevices::IDLE / DAY_IN_SECONDS
			),
			self::DeviceReused        => __( 'The secret of a trusted device was used from two places, which can mean that it was stolen. That device is asked for a code again.', 'sallyport' ),
			self::RefreshReused       => __( 'One of your sign-ins was used in two places at once, which can mean that it was stolen. It was ended: sign in again where you were signed out.', 'sallyport' ),
			self::SignInsRevoked      => __( 'Every sign-in of your account was ended. Your password and your second factor work as before.', 'sallyport' ),
			self::PasswordChanged     => __( 'Your account has a new password, and you were signed out everywhere.', 'sallyport' ),
			self::EmailChanged        => __( 'The email address of your account was changed. This message was sent to the previous address.', 'sallyport' ),
			self::EnrolmentLinkMade   => __( 'For the next few minutes, anyone who has the link and your password can set up the second factor of your account.', 'sallyport' ),
			self::EnrolmentLinkUsed   => __( 'Someone used the link and your password, and can now set up the second factor of your account.', 'sallyport' ),
		};
	}

	/** What to do about it. */
	public function advice(): string {
		return match ( $this ) {
			self::SecondStepLocked    => __( 'If it was you, wait until then and use a new code. If it was not you, someone knows your password: change it now, and tell the administrator of the site.', 'sallyport' ),
			self::CodeRefused         => __( 'If it was you, just use the next code. If it was not you, someone knows your password: change it now, and tell the administrator of the site.', 'sallyport' ),
			self::CodeReplayed        => __( 'If you entered it twice yourself, there is nothing to do. If not, change your password now, sign out everywhere, and tell the administrator of the site.', 'sallyport' ),
			self::DeviceReused, self::RefreshReused => __( 'This can happen if you moved that browser or app to another device, restored a copy of it, or lost the connection at that moment. If not, change your password now, sign out everywhere, and tell the administrator of the site.', 'sallyport' ),
			self::PasswordChanged     => __( 'If this was not you, request a new password on the site now, and tell the administrator of the site.', 'sallyport' ),
			self::EmailChanged        => __( 'If this was not you, someone else has access to your account: tell the administrator of the site now.', 'sallyport' ),
			self::FactorsReset        => __( 'Set up your second factor again. If you did not ask for this, change your password now and tell the administrator of the site.', 'sallyport' ),
			self::SecondStepUnlocked, self::SignInsRevoked,
			self::EnrolmentLinkMade   => __( 'If you did not ask for this and do not know why it was done, contact the administrator of the site.', 'sallyport' ),
			default                   => __( 'If this was not you, change your password now and tell the administrator of the site.', 'sallyport' ),
		};
	}

	private static function used( ?int $left ): string {
		$text = __( 'One of your backup codes was used. It will not work again.', 'sallyport' ) . ' ';
		if ( null === $left ) {
			return $text . __( 'Create new ones before you run out.', 'sallyport' );
		}
		if ( 0 === $left ) {
			return $text . __( 'It was your last one: create new ones now.', 'sallyport' );
		}
		return $text . sprintf(
			/* translators: %d: number of backup codes. */
			_n( 'You have %d left. Create new ones before you run out.', 'You have %d left. Create new ones before you run out.', $left, 'sallyport' ),
			$left
		);
	}
}
