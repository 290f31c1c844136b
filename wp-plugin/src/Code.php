<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/**
 * The single table of stable error codes, which clients may rely on.
 *
 * The value is the `code` of the answer, status() its HTTP status, message() a translated sentence for people. docs/rest.md
 * lists the same codes.
 */
enum Code: string {
	case SecondFactorRequired = 'sallyport_second_factor_required';
	case InvalidCredentials   = 'sallyport_invalid_credentials';
	case InvalidCode          = 'sallyport_invalid_code';
	case ChallengeGone        = 'sallyport_challenge_gone';
	case FactorUnavailable    = 'sallyport_factor_unavailable';
	case BrowserRequired      = 'sallyport_browser_required';
	case NoSuchFactor         = 'sallyport_no_such_factor';
	case FactorLimit          = 'sallyport_factor_limit';
	case FactorRequired       = 'sallyport_factor_required';
	case EnrolmentRequired    = 'sallyport_enrolment_required';
	case EnrolmentUnconfirmed = 'sallyport_enrolment_unconfirmed';
	case PolicyLocksOut       = 'sallyport_policy_locks_out';
	case CodeInUrl            = 'sallyport_code_in_url';
	case Ambiguous            = 'sallyport_ambiguous';
	case WrongDoor            = 'sallyport_wrong_door';
	case Locked               = 'sallyport_locked';
	case Throttled            = 'sallyport_throttled';
	case MailNotSent          = 'sallyport_mail_not_sent';
	case Unavailable          = 'sallyport_unavailable';
	case TokenUnproven        = 'sallyport_token_unproven';
	case TokenStale           = 'sallyport_token_stale';
	case TokenInvalid         = 'sallyport_token_invalid';
	case RefreshReused        = 'sallyport_refresh_reused';
	case NoSuchToken          = 'sallyport_no_such_token';
	case NoSuchDevice         = 'sallyport_no_such_device';
	case StepUpRequired       = 'sallyport_step_up_required';
	case RegistrationRefused  = 'sallyport_registration_refused';
	case ResetRefused         = 'sallyport_reset_refused';
	case InvalidPassword      = 'sallyport_invalid_password';
	case HttpsRequired        = 'sallyport_https_required';
	case AppPassword          = 'sallyport_app_password_not_exchangeable';
	case SsoRefused           = 'sallyport_sso_refused';
	case SsoSiteUnknown       = 'sallyport_sso_site_unknown';
	case SsoSiteForbidden     = 'sallyport_sso_site_forbidden';
	case EmailUnverified      = 'sallyport_email_unverified';
	case KeyInvalid           = 'sallyport_key_invalid';
	case KeyUnknown           = 'sallyport_key_unknown';
	case KeyConflict          = 'sallyport_key_conflict';
	case KeysFixed            = 'sallyport_keys_fixed';
	case WebhookInvalid       = 'sallyport_webhook_invalid';
	case WebhookUnknown       = 'sallyport_webhook_unknown';
	case WebhookFailed        = 'sallyport_webhook_failed';
	case OriginRefused        = 'sallyport_origin_refused';
	case LinkGone             = 'sallyport_link_gone';
	case AlreadyEnrolled      = 'sallyport_already_enrolled';
	case RouteForbidden       = 'sallyport_route_forbidden';
	case NotSignedIn          = 'rest_not_logged_in';
	case Forbidden            = 'rest_forbidden';
	case InvalidParam         = 'rest_invalid_param';
	case MissingParam         = 'rest_missing_callback_param';

	// Codes of the `/2fa` contract.
	case TwofaNotEnabled      = 'sallyport_two_factor_not_enabled';
	case TwofaEnabled         = 'sallyport_two_factor_enabled';
	case TwofaFailed          = 'sallyport_two_factor_failed';
	case TwofaThrottled       = 'sallyport_too_many_attempts';

	// Sent by core before one of our routes is reached.
	case InvalidJson          = 'rest_invalid_json';
	case NoRoute              = 'rest_no_route';
	case UserUnknown          = 'rest_user_invalid_id';
	case BadNonce             = 'rest_cookie_invalid_nonce';

	// better-auth's own codes, which its npm client knows.
	case BadPassword          = 'INVALID_PASSWORD';
	case TotpNotEnabled       = 'TOTP_NOT_ENABLED';
	case TwoFactorNotEnabled  = 'TWO_FACTOR_NOT_ENABLED';
	case BackupNotEnabled     = 'BACKUP_CODES_NOT_ENABLED';
	case WrongCode            = 'INVALID_CODE';
	case WrongBackupCode      = 'INVALID_BACKUP_CODE';
	case NoChallenge          = 'INVALID_TWO_FACTOR_COOKIE';
	case AccountLocked        = 'ACCOUNT_TEMPORARILY_LOCKED';
	case WrongEmailOrPassword = 'INVALID_EMAIL_OR_PASSWORD';
	case WrongUsernameOrPassword = 'INVALID_USERNAME_OR_PASSWORD';
	case TooManyAttempts      = 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE';
	case CodeExpired          = 'OTP_HAS_EXPIRED';

	/** The HTTP status this code is sent with. */
	public function status(): int {
		return match ( $this ) {
			self::FactorUnavailable, self::CodeInUrl, self::Ambiguous, self::WrongDoor,
			self::RegistrationRefused, self::ResetRefused, self::InvalidPassword,
			self::InvalidParam, self::MissingParam, self::InvalidJson, self::BadPassword, self::TotpNotEnabled,
			self::TwoFactorNotEnabled, self::BackupNotEnabled, self::CodeExpired, self::TooManyAttempts,
			self::TwofaNotEnabled, self::TwofaEnabled, self::TwofaFailed, self::KeyInvalid, self::WebhookInvalid => 400,
			self::BrowserRequired,
			self::FactorRequired, self::EnrolmentRequired, self::EnrolmentUnconfirmed,
			self::AppPassword, self::Forbidden, self::RouteForbidden, self::OriginRefused, self::BadNonce,
			self::HttpsRequired, self::SsoSiteForbidden, self::EmailUnverified => 403,
			self::KeyUnknown, self::NoSuchToken, self::NoSuchDevice, self::NoSuchFactor,
			self::WebhookUnknown, self::NoRoute, self::SsoSiteUnknown, self::UserUnknown => 404,
			self::PolicyLocksOut, self::KeyConflict, self::FactorLimit, self::KeysFixed, self::AlreadyEnrolled => 409,
			self::Locked                          => 423,
			self::Throttled, self::AccountLocked, self::TwofaThrottled => 429,
			self::WebhookFailed                   => 502,
			self::Unavailable, self::MailNotSent  => 503,
			default                               => 401,
		};
	}

	/** A sentence for people, translated. */
	public function message(): string {
		return match ( $this ) {
			self::SecondFactorRequired => __( 'A second factor is required to sign in.', 'sallyport' ),
			self::InvalidCredentials, self::WrongUsernameOrPassword => __( 'The username or password is wrong.', 'sallyport' ),
			self::WrongEmailOrPassword => __( 'The email address or password is wrong.', 'sallyport' ),
			self::TooManyAttempts      => __( 'Too many wrong codes. Please start again, or ask for a new code.', 'sallyport' ),
			self::InvalidCode, self::WrongCode => __( 'The code is wrong or has already been used.', 'sallyport' ),
			self::WrongBackupCode      => __( 'The backup code is wrong or has already been used.', 'sallyport' ),
			self::ChallengeGone, self::NoChallenge => __( 'This sign-in has expired. Please start again.', 'sallyport' ),
			self::FactorRequired       => __( 'Your account must have a second factor. Set up another one before you remove this one.', 'sallyport' ),
			self::EnrolmentRequired    => __( 'Your account must have a second factor before you can sign in. Set one up where you use this site, or ask an administrator for help.', 'sallyport' ),
			self::EnrolmentUnconfirmed => __( 'Open the link in the email we sent you, then continue here.', 'sallyport' ),
			self::PolicyLocksOut       => __( 'This policy would lock you out. First set up a second factor that it allows.', 'sallyport' ),
			self::FactorUnavailable    => __( 'This second factor is not available for your account.', 'sallyport' ),
			self::BrowserRequired      => __( 'Your second factor can be used only in a browser. Sign in there, and add an authenticator app to sign in here.', 'sallyport' ),
			self::NoSuchFactor         => __( 'There is no such second factor.', 'sallyport' ),
			self::FactorLimit          => __( 'You have reached the maximum number of factors of this type. Remove one first.', 'sallyport' ),
			self::CodeInUrl            => __( 'A code must never be sent in the URL of a request. Send it in the body.', 'sallyport' ),
			self::Ambiguous            => __( 'The request carries more than one credential. Send exactly one.', 'sallyport' ),
			self::WrongDoor            => __( 'Repeat the sign-in that was begun, with the challenge and the code.', 'sallyport' ),
			self::Locked, self::AccountLocked => __( 'Too many wrong codes. The second step is locked for a while.', 'sallyport' ),
			self::Throttled => __( 'Too many attempts. Please try again later.', 'sallyport' ),
			self::MailNotSent          => __( 'The email could not be sent. Please try again later, or use another second factor.', 'sallyport' ),
			self::Unavailable          => __( 'Signing in with a second factor does not work at the moment. Please contact the site administrator.', 'sallyport' ),
			self::TokenUnproven        => __( 'This credential was not issued after a second factor. Please sign in again.', 'sallyport' ),
			self::TokenStale           => __( 'The security of this account has changed since you signed in. Please sign in again.', 'sallyport' ),
			self::TokenInvalid         => __( 'The token is not valid. Please sign in again.', 'sallyport' ),
			self::RefreshReused        => __( 'This refresh token has already been used, so its sign-in was ended. Please sign in again.', 'sallyport' ),
			self::NoSuchToken          => __( 'There is no such sign-in.', 'sallyport' ),
			self::NoSuchDevice         => __( 'There is no such device.', 'sallyport' ),
			self::StepUpRequired       => __( 'Please confirm with your second factor first.', 'sallyport' ),
			self::AppPassword          => __( 'An application password cannot be exchanged for a token.', 'sallyport' ),
			self::RegistrationRefused  => __( 'This account cannot be created. Choose another username, email address or password; a password must be at least 8 characters long.', 'sallyport' ),
			self::ResetRefused         => __( 'The password was not changed: the link or code is wrong, already used or expired, or the password is not allowed. A password must be at least 8 characters long.', 'sallyport' ),
			self::HttpsRequired        => __( 'This site can only be reached over HTTPS.', 'sallyport' ),
			self::LinkGone             => __( 'This link has already been used or has expired.', 'sallyport' ),
			self::AlreadyEnrolled      => __( 'This user already has a second factor. Reset it first.', 'sallyport' ),
			self::UserUnknown          => __( 'There is no such user.', 'sallyport' ),
			self::SsoRefused           => __( 'The sign-in from the other site was not accepted. Please start again there.', 'sallyport' ),
			self::SsoSiteUnknown       => __( 'There is no connected site with this key.', 'sallyport' ),
			self::SsoSiteForbidden     => __( 'This connection does not sign users of this site in to the other one.', 'sallyport' ),
			self::EmailUnverified      => __( 'Your email address has not been verified. Reset your password with the email this site sends you, then sign in again.', 'sallyport' ),
			self::KeyInvalid           => __( 'The key cannot be read, is too weak, or is not a private key for the algorithm.', 'sallyport' ),
			self::KeyUnknown           => __( 'There is no such key.', 'sallyport' ),
			self::KeyConflict          => __( 'This is not possible with the keys as they are now.', 'sallyport' ),
			self::KeysFixed            => __( 'The signing key comes from a constant or from the environment. Change it there.', 'sallyport' ),
			self::WebhookInvalid       => __( 'Webhooks cannot be sent to this address, or for one of these events.', 'sallyport' ),
			self::WebhookUnknown       => __( 'There is no such endpoint, or no such delivery that failed.', 'sallyport' ),
			self::WebhookFailed        => __( 'The receiver did not take the webhook.', 'sallyport' ),
			self::OriginRefused        => __( 'This must be sent as JSON, from a page of this site or of one it lists.', 'sallyport' ),
			self::RouteForbidden       => __( 'Your role may not use this.', 'sallyport' ),
			self::Forbidden            => __( 'You are not allowed to do this.', 'sallyport' ),
			self::NotSignedIn          => __( 'You are not signed in.', 'sallyport' ),
			self::InvalidParam         => __( 'A parameter is not valid.', 'sallyport' ),
			self::MissingParam         => __( 'A parameter is missing.', 'sallyport' ),
			self::InvalidJson          => __( 'The body is not JSON.', 'sallyport' ),
			self::NoRoute              => __( 'There is no such route.', 'sallyport' ),
			self::BadNonce             => __( 'The nonce sent with the cookie is not valid.', 'sallyport' ),
			self::BadPassword, self::InvalidPassword => __( 'The password is wrong.', 'sallyport' ),
			self::TotpNotEnabled       => __( 'No authenticator app is set up.', 'sallyport' ),
			self::TwoFactorNotEnabled  => __( 'Two-factor authentication is not enabled.', 'sallyport' ),
			self::TwofaNotEnabled      => __( 'Two factor authentication is not enabled for current user', 'sallyport' ),
			self::TwofaEnabled         => __( 'Two factor authentication already enabled for current user', 'sallyport' ),
			self::TwofaFailed          => __( 'Two factor authentication failed', 'sallyport' ),
			self::TwofaThrottled       => __( 'Too Many Attempts.', 'sallyport' ),
			self::CodeExpired          => __( 'No code was sent, or it has expired. Please ask for a new one.', 'sallyport' ),
			self::BackupNotEnabled     => __( 'No backup codes are set up.', 'sallyport' ),
		};
	}
}
