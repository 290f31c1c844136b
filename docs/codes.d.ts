// Made by bin/docs of docs/openapi.json. How Sallyport refuses: {code, message, data}, and never a token.

/** Under each code, what `data` holds. */
export interface RefusalData {
  /** Too many wrong codes. The second step is locked for a while. */
  ACCOUNT_TEMPORARILY_LOCKED: { status: 429; retry_after: number };
  /** No backup codes are set up. */
  BACKUP_CODES_NOT_ENABLED: { status: 400 };
  /** The backup code is wrong or has already been used. */
  INVALID_BACKUP_CODE: { status: 401; attempts_left?: number; challenge?: string };
  /** The code is wrong or has already been used. */
  INVALID_CODE: { status: 401; attempts_left?: number; challenge?: string };
  /** The email address or password is wrong. */
  INVALID_EMAIL_OR_PASSWORD: { status: 401 };
  /** The password is wrong. */
  INVALID_PASSWORD: { status: 400 };
  /** This sign-in has expired. Please start again. */
  INVALID_TWO_FACTOR_COOKIE: { status: 401 };
  /** The username or password is wrong. */
  INVALID_USERNAME_OR_PASSWORD: { status: 401 };
  /** No code was sent, or it has expired. Please ask for a new one. */
  OTP_HAS_EXPIRED: { status: 400 };
  /** Too many wrong codes. Please start again, or ask for a new code. */
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: { status: 400; reason?: "used_up" };
  /** No authenticator app is set up. */
  TOTP_NOT_ENABLED: { status: 400 };
  /** Two-factor authentication is not enabled. */
  TWO_FACTOR_NOT_ENABLED: { status: 400 };
  /** The nonce sent with the cookie is not valid. */
  rest_cookie_invalid_nonce: { status: 403 };
  /** You are not allowed to do this. */
  rest_forbidden: { status: 403 };
  /** The body is not JSON. */
  rest_invalid_json: { status: 400; json_error_code?: number; json_error_message?: string };
  /** A parameter is not valid. */
  rest_invalid_param: { status: 400; params?: Record<string, string> };
  /** A parameter is missing. */
  rest_missing_callback_param: { status: 400; params: Array<string> };
  /** There is no such route. */
  rest_no_route: { status: 404 };
  /** You are not signed in. */
  rest_not_logged_in: { status: 401 };
  /** There is no such user. */
  rest_user_invalid_id: { status: 404 };
  /** This user already has a second factor. Reset it first. */
  sallyport_already_enrolled: { status: 409 };
  /** The request carries more than one credential. Send exactly one. */
  sallyport_ambiguous: { status: 400 };
  /** An application password cannot be exchanged for a token. */
  sallyport_app_password_not_exchangeable: { status: 403 };
  /** Your second factor can be used only in a browser. Sign in there, and add an authenticator app to sign in here. */
  sallyport_browser_required: { status: 403 };
  /** This sign-in has expired. Please start again. */
  sallyport_challenge_gone: { status: 401; reason?: "used_up" };
  /** A code must never be sent in the URL of a request. Send it in the body. */
  sallyport_code_in_url: { status: 400 };
  /** Your email address has not been verified. Reset your password with the email this site sends you, then sign in again. */
  sallyport_email_unverified: { status: 403 };
  /** Your account must have a second factor before you can sign in. Set one up where you use this site, or ask an administrator for help. */
  sallyport_enrolment_required: { status: 403; enrolment_token?: string; expires_in?: number; confirm_by_mail?: boolean; mail_sent?: boolean; retry_after?: number };
  /** Open the link in the email we sent you, then continue here. */
  sallyport_enrolment_unconfirmed: { status: 403 };
  /** You have reached the maximum number of factors of this type. Remove one first. */
  sallyport_factor_limit: { status: 409 };
  /** Your account must have a second factor. Set up another one before you remove this one. */
  sallyport_factor_required: { status: 403 };
  /** This second factor is not available for your account. */
  sallyport_factor_unavailable: { status: 400 };
  /** This site can only be reached over HTTPS. */
  sallyport_https_required: { status: 403 };
  /** The code is wrong or has already been used. */
  sallyport_invalid_code: { status: 401; attempts_left?: number; challenge?: string };
  /** The username or password is wrong. */
  sallyport_invalid_credentials: { status: 401 };
  /** The password is wrong. */
  sallyport_invalid_password: { status: 400 };
  /** This is not possible with the keys as they are now. */
  sallyport_key_conflict: { status: 409; reason: string; retry_after?: number };
  /** The key cannot be read, is too weak, or is not a private key for the algorithm. */
  sallyport_key_invalid: { status: 400 };
  /** There is no such key. */
  sallyport_key_unknown: { status: 404 };
  /** The signing key comes from a constant or from the environment. Change it there. */
  sallyport_keys_fixed: { status: 409 };
  /** This link has already been used or has expired. */
  sallyport_link_gone: { status: 401 };
  /** Too many wrong codes. The second step is locked for a while. */
  sallyport_locked: { status: 423; retry_after: number };
  /** The email could not be sent. Please try again later, or use another second factor. */
  sallyport_mail_not_sent: { status: 503 };
  /** There is no such device. */
  sallyport_no_such_device: { status: 404 };
  /** There is no such second factor. */
  sallyport_no_such_factor: { status: 404 };
  /** There is no such sign-in. */
  sallyport_no_such_token: { status: 404 };
  /** This must be sent as JSON, from a page of this site or of one it lists. */
  sallyport_origin_refused: { status: 403 };
  /** This policy would lock you out. First set up a second factor that it allows. */
  sallyport_policy_locks_out: { status: 409 };
  /** This refresh token has already been used, so its sign-in was ended. Please sign in again. */
  sallyport_refresh_reused: { status: 401 };
  /** This account cannot be created. Choose another username, email address or password; a password must be at least 8 characters long. */
  sallyport_registration_refused: { status: 400 };
  /** The password was not changed: the link or code is wrong, already used or expired, or the password is not allowed. A password must be at least 8 characters long. */
  sallyport_reset_refused: { status: 400 };
  /** Your role may not use this. */
  sallyport_route_forbidden: { status: 403 };
  /** A second factor is required to sign in. */
  sallyport_second_factor_required: { status: 401; challenge: string; expires_in: number; factors: Array<string>; preferred: string; email_hint?: string };
  /** The sign-in from the other site was not accepted. Please start again there. */
  sallyport_sso_refused: { status: 401; reason: "untrusted" | "expired" | "replayed" | "email_unverified" | "no_such_user" };
  /** This connection does not sign users of this site in to the other one. */
  sallyport_sso_site_forbidden: { status: 403 };
  /** There is no connected site with this key. */
  sallyport_sso_site_unknown: { status: 404 };
  /** Please confirm with your second factor first. */
  sallyport_step_up_required: { status: 401; max_age: number };
  /** Too many attempts. Please try again later. */
  sallyport_throttled: { status: 429; retry_after: number };
  /** The token is not valid. Please sign in again. */
  sallyport_token_invalid: { status: 401; reason?: "revoked" | "expired" | "unknown" | "missing" | "subject" | "malformed" | "algorithm" | "unknown_key" | "signature" | "not_yet_valid" | "issuer" | "audience" | "type" | "claim_missing" };
  /** The security of this account has changed since you signed in. Please sign in again. */
  sallyport_token_stale: { status: 401 };
  /** This credential was not issued after a second factor. Please sign in again. */
  sallyport_token_unproven: { status: 401 };
  /** Too Many Attempts. */
  sallyport_too_many_attempts: { status: 429; retry_after: number };
  /** Two factor authentication already enabled for current user */
  sallyport_two_factor_enabled: { status: 400 };
  /** Two factor authentication failed */
  sallyport_two_factor_failed: { status: 400; attempts_left?: number; challenge?: string };
  /** Two factor authentication is not enabled for current user */
  sallyport_two_factor_not_enabled: { status: 400 };
  /** Signing in with a second factor does not work at the moment. Please contact the site administrator. */
  sallyport_unavailable: { status: 503 };
  /** Repeat the sign-in that was begun, with the challenge and the code. */
  sallyport_wrong_door: { status: 400; issuer: string };
}

export type RefusalCode = keyof RefusalData;

/** One that is told by its `code`: `if (refusal.code === 'sallyport_locked') refusal.data.retry_after`. */
export type Refusal = { [C in RefusalCode]: { code: C; message: string; data: RefusalData[C] } }[RefusalCode];
