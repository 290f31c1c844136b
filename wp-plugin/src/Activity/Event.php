<?php
declare( strict_types=1 );

namespace Sallyport\WP\Activity;

/**
 * The table of logged events: the names that webhooks and the API rely on, and what each means.
 *
 * A new event is a case and a sentence here and a row of docs/activity.md. A test compares them, and checks that something
 * records it. A name never changes its meaning.
 */
enum Event: string {
	case TokenIssued         = 'token_issued';
	case TokenRefreshed      = 'token_refreshed';
	case TokenRevoked        = 'token_revoked';
	case TokenWithheld       = 'token_withheld';
	case RefreshReused       = 'refresh_reused';
	case DeviceLimitReached  = 'device_limit_reached';
	case DeviceAdded         = 'device_added';
	case DeviceTrusted       = 'device_trusted';
	case DeviceAccepted      = 'device_accepted';
	case DeviceReused        = 'device_reused';
	case DeviceRevoked       = 'device_revoked';
	case LoginRefused        = 'login_refused';
	case PasswordRefused     = 'password_refused';
	case PasswordThrottled   = 'password_throttled';
	case PasswordChanged     = 'password_changed';
	case EmailChanged        = 'email_changed';
	case AccountRegistered   = 'account_registered';
	case RegistrationRefused = 'registration_refused';
	case ResetRequested      = 'reset_requested';
	case ResetRefused        = 'reset_refused';
	case PasswordReset       = 'password_reset';
	case AccountThrottled    = 'account_throttled';
	case ChallengeOpened     = 'challenge_opened';
	case CodeSent            = 'code_sent';
	case CodeAccepted        = 'code_accepted';
	case CodeRefused         = 'code_refused';
	case CodeReplayed        = 'code_replayed';
	case SecondStepLocked    = 'second_step_locked';
	case LockBegan           = 'lock_began';
	case EnrolmentBegun      = 'enrolment_begun';
	case EnrolmentOffered    = 'enrolment_offered';
	case EnrolmentConfirmed  = 'enrolment_confirmed';
	case MailFailed          = 'mail_failed';
	case FactorAdded         = 'factor_added';
	case FactorRemoved       = 'factor_removed';
	case OneFactorRemoved    = 'one_factor_removed';
	case FactorRenamed       = 'factor_renamed';
	case FactorsReset        = 'factors_reset';
	case BackupCodesReplaced = 'backup_codes_replaced';
	case FactorImported      = 'factor_imported';
	case ImportUndone        = 'import_undone';
	case UnlockMailed        = 'unlock_mailed';
	case UnlockOpened        = 'unlock_opened';
	case SecondStepUnlocked  = 'second_step_unlocked';
	case SignInsRevoked      = 'sign_ins_revoked';
	case EnrolmentLinkMade   = 'enrolment_link_made';
	case EnrolmentLinkUsed   = 'enrolment_link_used';
	case CredentialRefused   = 'credential_refused';
	case SwitchRefused       = 'switch_refused';
	case MintDiscarded       = 'mint_discarded';
	case SsoIssued           = 'sso_issued';
	case SsoAccepted         = 'sso_accepted';
	case SsoRefused          = 'sso_refused';
	case SiteAdded           = 'site_added';
	case SiteRemoved         = 'site_removed';
	case KeyGenerated        = 'key_generated';
	case KeyRotated          = 'key_rotated';
	case KeyRetired          = 'key_retired';
	case MasterKeyChanged    = 'master_key_changed';
	case BreakGlassUsed      = 'break_glass_used';
	case OriginRefused       = 'origin_refused';
	case ProbeRun            = 'probe_run';
	case PolicyChanged       = 'policy_changed';
	case SettingChanged      = 'setting_changed';
	case WouldRefuse         = 'would_refuse';
	case StateRepaired       = 'state_repaired';
	case FactorsMissing      = 'factors_missing';
	case HousekeepingFailed  = 'housekeeping_failed';
	case WebhookAdded        = 'webhook_added';
	case WebhookRemoved      = 'webhook_removed';
	case WebhookTested       = 'webhook_tested';
	case WebhookFailed       = 'webhook_failed';
	case WebhookGone         = 'webhook_gone';

	/**
	 * Events that one person causes in another's account: address and device of the row, and `by` in its detail, are the
	 * actor's.
	 */
	public const BY_ANOTHER = array( self::FactorsReset, self::SecondStepUnlocked, self::SignInsRevoked, self::EnrolmentLinkMade );

	/** In a few words, for readers of the log and for users themselves; translated. */
	public function title(): string {
		return match ( $this ) {
			self::TokenIssued         => __( 'Signed in by an app or front end', 'sallyport' ),
			self::TokenRefreshed      => __( 'A token was renewed', 'sallyport' ),
			self::TokenRevoked        => __( 'A sign-in was ended', 'sallyport' ),
			self::TokenWithheld       => __( 'Another plugin’s token was withheld', 'sallyport' ),
			self::RefreshReused       => __( 'A sign-in was ended: its token was used twice, so someone may have copied it', 'sallyport' ),
			self::DeviceLimitReached  => __( 'The oldest sign-in was ended because there were too many', 'sallyport' ),
			self::DeviceAdded         => __( 'A device was remembered', 'sallyport' ),
			self::DeviceTrusted       => __( 'A device was trusted', 'sallyport' ),
			self::DeviceAccepted      => __( 'Signed in on a trusted device, without a code', 'sallyport' ),
			self::DeviceReused        => __( 'A trusted device was forgotten: its secret was used twice, so someone may have copied it', 'sallyport' ),
			self::DeviceRevoked       => __( 'A device was forgotten', 'sallyport' ),
			self::LoginRefused        => __( 'The password was correct, but the sign-in was refused', 'sallyport' ),
			self::PasswordRefused     => __( 'A wrong password was entered', 'sallyport' ),
			self::PasswordThrottled   => __( 'Too many wrong passwords: a password was not checked', 'sallyport' ),
			self::PasswordChanged     => __( 'The password was changed', 'sallyport' ),
			self::EmailChanged        => __( 'The email address was changed', 'sallyport' ),
			self::AccountRegistered   => __( 'The account was registered', 'sallyport' ),
			self::RegistrationRefused => __( 'A registration was refused', 'sallyport' ),
			self::ResetRequested      => __( 'A link or code for a new password was requested', 'sallyport' ),
			self::ResetRefused        => __( 'A link or code for a new password was refused', 'sallyport' ),
			self::PasswordReset       => __( 'A new password was set with an emailed link or code', 'sallyport' ),
			self::AccountThrottled    => __( 'Too many requests: told to wait', 'sallyport' ),
			self::ChallengeOpened     => __( 'The password was correct, and a code was requested', 'sallyport' ),
			self::CodeSent            => __( 'A code was sent', 'sallyport' ),
			self::CodeAccepted        => __( 'A correct code was entered', 'sallyport' ),
			self::CodeRefused         => __( 'A wrong code was entered', 'sallyport' ),
			self::CodeReplayed        => __( 'A code was entered that had already been used', 'sallyport' ),
			self::SecondStepLocked    => __( 'A code was not checked: the second step is locked', 'sallyport' ),
			self::LockBegan           => __( 'Too many wrong codes: the second step was locked for a while', 'sallyport' ),
			self::EnrolmentBegun      => __( 'Setup of a second factor was started', 'sallyport' ),
			self::EnrolmentOffered    => __( 'A second factor must be set up before signing in', 'sallyport' ),
			self::EnrolmentConfirmed  => __( 'Setup of a second factor was confirmed by email', 'sallyport' ),
			self::MailFailed          => __( 'An email that the user is waiting for could not be sent', 'sallyport' ),
			self::FactorAdded         => __( 'A second factor was set up', 'sallyport' ),
			self::FactorRemoved       => __( 'The second factor was turned off', 'sallyport' ),
			self::OneFactorRemoved    => __( 'A second factor was removed', 'sallyport' ),
			self::FactorRenamed       => __( 'A second factor was renamed', 'sallyport' ),
			self::FactorsReset        => __( 'The second factor was reset by an administrator', 'sallyport' ),
			self::BackupCodesReplaced => __( 'New backup codes were created', 'sallyport' ),
			self::FactorImported      => __( 'A second factor was imported from another plugin', 'sallyport' ),
			self::ImportUndone        => __( 'A second factor was handed back to another plugin', 'sallyport' ),
			self::UnlockMailed        => __( 'A link for trying backup codes was sent by email', 'sallyport' ),
			self::UnlockOpened        => __( 'The link for trying backup codes was opened', 'sallyport' ),
			self::SecondStepUnlocked  => __( 'The second step was unlocked by an administrator', 'sallyport' ),
			self::SignInsRevoked      => __( 'Signed out everywhere by an administrator', 'sallyport' ),
			self::EnrolmentLinkMade   => __( 'An administrator created a link to set up a second factor', 'sallyport' ),
			self::EnrolmentLinkUsed   => __( 'A link to set up a second factor was used', 'sallyport' ),
			self::CredentialRefused   => __( 'A token or cookie without a second factor did not count', 'sallyport' ),
			self::SwitchRefused       => __( 'A plugin’s switch to another user was undone', 'sallyport' ),
			self::MintDiscarded       => __( 'Another plugin’s token was for the wrong user, and discarded', 'sallyport' ),
			self::SsoIssued           => __( 'Signed in to a connected site', 'sallyport' ),
			self::SsoAccepted         => __( 'Signed in from a connected site', 'sallyport' ),
			self::SsoRefused          => __( 'Single sign-on was refused', 'sallyport' ),
			self::SiteAdded           => __( 'Another site was connected', 'sallyport' ),
			self::SiteRemoved         => __( 'A connected site was removed', 'sallyport' ),
			self::KeyGenerated        => __( 'A signing key was created', 'sallyport' ),
			self::KeyRotated          => __( 'The next signing key was put into use', 'sallyport' ),
			self::KeyRetired          => __( 'A signing key was removed', 'sallyport' ),
			self::MasterKeyChanged    => __( 'The master key was changed', 'sallyport' ),
			self::BreakGlassUsed      => __( 'Not asked for the code: SALLYPORT_DISABLE is set', 'sallyport' ),
			self::OriginRefused       => __( 'Another site’s page was not allowed to read an answer', 'sallyport' ),
			self::ProbeRun            => __( 'Every door of the site was tested', 'sallyport' ),
			self::PolicyChanged       => __( 'The policy was changed', 'sallyport' ),
			self::SettingChanged      => __( 'A setting was changed', 'sallyport' ),
			self::WouldRefuse         => __( 'Allowed because of monitor-only; it would have been refused', 'sallyport' ),
			self::StateRepaired       => __( 'The missing mark of a second factor was set', 'sallyport' ),
			self::FactorsMissing      => __( 'The second factor is missing: the user cannot sign in', 'sallyport' ),
			self::HousekeepingFailed  => __( 'A part of the daily job failed', 'sallyport' ),
			self::WebhookAdded        => __( 'A webhook was added', 'sallyport' ),
			self::WebhookRemoved      => __( 'A webhook was removed', 'sallyport' ),
			self::WebhookTested       => __( 'A webhook was tested', 'sallyport' ),
			self::WebhookFailed       => __( 'A webhook was given up after its last attempt', 'sallyport' ),
			self::WebhookGone         => __( 'A webhook’s receiver is gone', 'sallyport' ),
		};
	}

	/** What it means, translated. */
	public function meaning(): string {
		return match ( $this ) {
			self::TokenIssued         => __( 'A sign-in was completed and a token issued.', 'sallyport' ),
			self::TokenRefreshed      => __( 'A token was exchanged for a new one.', 'sallyport' ),
			self::TokenRevoked        => __( 'A sign-in was ended: by its user, or by something that ends sign-ins, such as a new password.', 'sallyport' ),
			self::TokenWithheld       => __( 'Another plugin was about to issue a token without the second factor; it was withheld.', 'sallyport' ),
			self::RefreshReused       => __( 'A refresh token was used a second time; its sign-in was ended, since one of the two users is a thief.', 'sallyport' ),
			self::DeviceLimitReached  => __( 'The oldest sign-in was ended, because there were more than the device limit allows.', 'sallyport' ),
			self::DeviceAdded         => __( 'A client named itself at sign-in and is remembered from then on: other people\'s wrong passwords do not slow it down.', 'sallyport' ),
			self::DeviceTrusted       => __( 'A user had a device trusted after a completed second step; from then on it stands in for the code.', 'sallyport' ),
			self::DeviceAccepted      => __( 'A trusted device stood in for the code at a sign-in.', 'sallyport' ),
			self::DeviceReused        => __( 'The secret of a trusted device was used after it had been replaced; the device is no longer trusted, since one of the two users is a thief.', 'sallyport' ),
			self::DeviceRevoked       => __( 'A user had a device forgotten: it is neither trusted nor remembered any more.', 'sallyport' ),
			self::LoginRefused        => __( 'A correct password was refused for lack of the second factor, or because nothing could be decided.', 'sallyport' ),
			self::PasswordRefused     => __( 'The username or password was wrong.', 'sallyport' ),
			self::PasswordThrottled   => __( 'A password was not checked, because too many before it were wrong. At most once a minute for each client and name.', 'sallyport' ),
			self::PasswordChanged     => __( 'A password was changed; every sign-in of the user ends.', 'sallyport' ),
			self::EmailChanged        => __( 'The email address of an account was changed; the outcome says whether it was under a fresh proof of a second factor.', 'sallyport' ),
			self::AccountRegistered   => __( 'Someone registered an account.', 'sallyport' ),
			self::RegistrationRefused => __( 'A registration was refused; the detail says why, which the client was not told.', 'sallyport' ),
			self::ResetRequested      => __( 'A link or code for a new password was requested; the outcome says whether one was sent, which the client was not told.', 'sallyport' ),
			self::ResetRefused        => __( 'A link or code for a new password was refused.', 'sallyport' ),
			self::PasswordReset       => __( 'A new password was set with an emailed link or code.', 'sallyport' ),
			self::AccountThrottled    => __( 'One address, or one user, registered or requested emails too often; the detail says what for. At most once a minute.', 'sallyport' ),
			self::ChallengeOpened     => __( 'The password was correct, and the code was requested.', 'sallyport' ),
			self::CodeSent            => __( 'A code was sent to the user; the outcome says whether the mail server accepted it.', 'sallyport' ),
			self::CodeAccepted        => __( 'A code was correct. The detail names the factor and, for a backup code, how many are left.', 'sallyport' ),
			self::CodeRefused         => __( 'A code was wrong.', 'sallyport' ),
			self::CodeReplayed        => __( 'A code was correct, but had already been used.', 'sallyport' ),
			self::SecondStepLocked    => __( 'A code was not checked, because too many before it were wrong.', 'sallyport' ),
			self::LockBegan           => __( 'Too many codes were wrong: none is checked for some time.', 'sallyport' ),
			self::EnrolmentBegun      => __( 'A factor was shown to a user who is setting it up; it counts from its first correct code.', 'sallyport' ),
			self::EnrolmentOffered    => __( 'A user who must have a second factor, and has none that counts, was given a token that opens enrolment and nothing else.', 'sallyport' ),
			self::EnrolmentConfirmed  => __( 'The emailed link was opened that an enrolment by password alone was waiting for.', 'sallyport' ),
			self::MailFailed          => __( 'An email that a user needs in order to sign in could not be sent; the detail says which.', 'sallyport' ),
			self::FactorAdded         => __( 'A factor was set up and is required from now on. The detail names it.', 'sallyport' ),
			self::FactorRemoved       => __( 'The second factor was turned off.', 'sallyport' ),
			self::OneFactorRemoved    => __( 'One of several factors was removed; the detail names it. The others are still required.', 'sallyport' ),
			self::FactorRenamed       => __( 'A factor was renamed; the detail has both names.', 'sallyport' ),
			self::FactorsReset        => __( 'Every factor of a user was removed by an administrator, or on the command line; the detail says by whom, and why.', 'sallyport' ),
			self::BackupCodesReplaced => __( 'New backup codes were created; the old ones no longer work.', 'sallyport' ),
			self::UnlockMailed        => __( 'The second step of a user is locked after too many wrong codes, and they were sent a link for trying backup codes.', 'sallyport' ),
			self::UnlockOpened        => __( 'The emailed link was opened, and a user whose second step is locked may try a few backup codes.', 'sallyport' ),
			self::SecondStepUnlocked  => __( 'The count of a user\'s wrong codes was reset by an administrator, or on the command line; the detail says by whom.', 'sallyport' ),
			self::SignInsRevoked      => __( 'A user was signed out everywhere by an administrator; the detail says by whom.', 'sallyport' ),
			self::EnrolmentLinkMade   => __( 'An administrator created a one-time link with which a user enrols a second factor; the detail says who.', 'sallyport' ),
			self::EnrolmentLinkUsed   => __( 'A user exchanged such a link, and the password, for an enrolment token.', 'sallyport' ),
			self::FactorImported      => __( 'An authenticator app that another plugin keeps was imported; the detail names the plugin. Nothing changes for the user.', 'sallyport' ),
			self::ImportUndone        => __( 'An import was undone; the plugin it came from keeps the factor, as before.', 'sallyport' ),
			self::CredentialRefused   => __( 'A token, cookie or application password did not carry the proof of a second factor, and was not accepted.', 'sallyport' ),
			self::SwitchRefused       => __( 'A plugin switched to a user with a second factor, and the switch was undone; the detail names its file.', 'sallyport' ),
			self::MintDiscarded       => __( 'What another plugin issued was not for the user who had proven the factor, and was discarded.', 'sallyport' ),
			self::SsoIssued           => __( 'A token was issued that signs the user in to a connected site.', 'sallyport' ),
			self::SsoAccepted         => __( 'The token of a connected site was valid, and was used up; a second factor here is still required.', 'sallyport' ),
			self::SsoRefused          => __( 'Single sign-on was refused; the detail names the connection and the reason, of which a stranger is told less.', 'sallyport' ),
			self::SiteAdded           => __( 'Another site was connected for single sign-on.', 'sallyport' ),
			self::SiteRemoved         => __( 'The connection with another site was ended.', 'sallyport' ),
			self::KeyGenerated        => __( 'A signing key was created.', 'sallyport' ),
			self::KeyRotated          => __( 'The next signing key signs from now on.', 'sallyport' ),
			self::KeyRetired          => __( 'A signing key was removed, and every token it had signed is invalid.', 'sallyport' ),
			self::MasterKeyChanged    => __( 'A new master key replaced the old one, and the secrets were encrypted again under it; the detail says which.', 'sallyport' ),
			self::BreakGlassUsed      => __( 'A user with a second factor was not asked for it, because SALLYPORT_DISABLE is set.', 'sallyport' ),
			self::OriginRefused       => __( 'A page of another site sent a request and may not read the answer; the detail says how to allow it. At most once a day for each site.', 'sallyport' ),
			self::ProbeRun            => __( 'A temporary user tried every door of this site; the outcome says whether one is open, and the detail which.', 'sallyport' ),
			self::PolicyChanged       => __( 'The policy was changed; the detail names the level, what it was and what it is.', 'sallyport' ),
			self::SettingChanged      => __( 'A setting was changed; the detail names it, what it was and what it is.', 'sallyport' ),
			self::WouldRefuse         => __( 'Monitor-only: something was let through that would have been refused; the detail says at which door. At most once an hour for each user and door.', 'sallyport' ),
			self::StateRepaired       => __( 'A user had a factor but no mark of it; the mark was set, and earlier credentials no longer count.', 'sallyport' ),
			self::FactorsMissing      => __( 'A user has the mark of a second factor, but no factor; the user is refused until an administrator acts.', 'sallyport' ),
			self::HousekeepingFailed  => __( 'A part of the daily job failed; the detail names it.', 'sallyport' ),
			self::WebhookAdded        => __( 'An endpoint for webhooks was added; the detail names it and its host.', 'sallyport' ),
			self::WebhookRemoved      => __( 'An endpoint for webhooks was removed.', 'sallyport' ),
			self::WebhookTested       => __( 'An endpoint for webhooks was sent a test.', 'sallyport' ),
			self::WebhookFailed       => __( 'A webhook was given up after its last attempt; the detail names the delivery and the last answer.', 'sallyport' ),
			self::WebhookGone         => __( 'An endpoint for webhooks answered that it is gone; nothing more is sent to it.', 'sallyport' ),
		};
	}
}
