<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Accounts\{AccountMail, MailedKey, PasswordReset, Registration, ResetCodes};
use Sallyport\WP\Challenge\Tries;
use Sallyport\WP\Rest\{
	Access, AccountRoutes, ActivityRoutes, BetterAuthUser, ChallengeCookie, Cookies, Cors, DeviceCookie, DeviceRoutes,
	EnrolmentAccess, FamilyRoutes, Greeting, Headers, KeyRoutes, KeySet, Origins, PasswordLogin, PolicyRoutes,
	ProbeRoutes, RefreshCookie, Routes, SendingRoutes, SignInRoutes, SsoRoutes, TokenRoutes, TwoFactorRoutes,
	TwofaRoutes, UserRoutes, VerifyRoutes, Wp2faRoutes
};
use Sallyport\WP\Rest\Contract\{
	Accounts, Administration, Policy, Probe as ProbeContract, Sending as SendingContract, SignIn, Sso, Tokens, TwoFactor,
	Twofa, Users, Verification, Wp2faLogin
};
use Sallyport\WP\Store\ResetKeys;

/** The part of the composition root with the REST routes. */
trait Answering {
	public function routes(): Routes {
		return $this->made[ __FUNCTION__ ] ??= new Routes(
			$this->namespaces(),
			$this->client(),
			new Access( $this->settings() ),
			$this->refresh_cookie(),
			$this->challenge_cookie( ... ),
			$this->enrolment_access(),
			array(
				fn () => SignIn::routes( $this->sign_in_routes( ... ) ),
				fn () => Tokens::logins( $this->token_routes( ... ) ),
				fn () => Tokens::families( $this->family_routes( ... ), $this->key_set( ... ) ),
				fn () => Accounts::routes( $this->account_routes( ... ) ),
				fn () => Sso::routes( $this->sso_routes( ... ) ),
				fn () => TwoFactor::routes( $this->two_factor_routes( ... ), $this->device_routes( ... ) ),
				fn () => Verification::routes( $this->verify_routes( ... ) ),
				fn () => SendingContract::routes( $this->sending_routes( ... ) ),
				fn () => Users::routes( $this->user_routes( ... ) ),
				fn () => Twofa::routes( $this->twofa_routes( ... ) ),
				fn () => Wp2faLogin::routes( $this->wp2fa_routes( ... ) ),
				fn () => Administration::keys( $this->key_routes( ... ) ),
				fn () => Administration::activity( $this->activity_routes( ... ) ),
				fn () => Policy::routes( $this->policy_routes( ... ) ),
				fn () => ProbeContract::routes( $this->probe_routes( ... ) ),
			)
		);
	}

	// What surrounds every answer.
	private function enrolment_access(): EnrolmentAccess {
		return $this->made[ __FUNCTION__ ] ??= new EnrolmentAccess( $this->presented(), $this->enrolling( ... ) );
	}
	public function cors(): Cors {
		return $this->made[ __FUNCTION__ ] ??= new Cors(
			$this->namespaces(),
			$this->origins(),
			$this->settings(),
			$this->throttle_rows(),
			$this->activity()
		);
	}
	public function origins(): Origins {
		return $this->made[ __FUNCTION__ ] ??= new Origins( $this->settings(), $this->headlesskey() );
	}
	public function headers(): Headers {
		return $this->made[ __FUNCTION__ ] ??= new Headers( $this->namespaces() );
	}
	private function cookies(): Cookies {
		return $this->made[ __FUNCTION__ ] ??= new Cookies( $this->origins() );
	}
	private function refresh_cookie(): RefreshCookie {
		return $this->made[ __FUNCTION__ ] ??= new RefreshCookie( $this->settings(), $this->cookies(), $this->namespaces() );
	}
	private function challenge_cookie(): ChallengeCookie {
		return $this->made[ __FUNCTION__ ] ??= new ChallengeCookie(
			$this->cookies(),
			$this->engine(),
			$this->presented(),
			$this->challenges( ... )
		);
	}
	private function device_cookie(): DeviceCookie {
		return $this->made[ __FUNCTION__ ] ??= new DeviceCookie( $this->cookies(), $this->greeting(), $this->namespaces() );
	}
	private function greeting(): Greeting {
		return $this->made[ __FUNCTION__ ] ??= new Greeting(
			$this->families(),
			$this->access_tokens(),
			$this->devices(),
			$this->trusted_devices(),
			$this->policies(),
			$this->factors(),
			$this->state()
		);
	}
	private function better_auth_user(): BetterAuthUser {
		return $this->made[ __FUNCTION__ ] ??= new BetterAuthUser( $this->state(), $this->proven_emails() );
	}
	private function password_login(): PasswordLogin {
		return $this->made[ __FUNCTION__ ] ??= new PasswordLogin(
			$this->gate(),
			$this->presented(),
			$this->password_throttle(),
			$this->passwords(),
			$this->access_tokens(),
			$this->families(),
			$this->activity()
		);
	}

	// The routes.
	private function sign_in_routes(): SignInRoutes {
		return $this->made[ __FUNCTION__ ] ??= new SignInRoutes(
			$this->gate(),
			$this->presented(),
			$this->password_login(),
			$this->greeting(),
			$this->challenge_cookie(),
			$this->device_cookie(),
			$this->better_auth_user(),
			$this->own_issuer(),
			$this->access_tokens(),
			$this->families(),
			$this->client()
		);
	}
	private function token_routes(): TokenRoutes {
		return $this->made[ __FUNCTION__ ] ??= new TokenRoutes(
			$this->gate(),
			$this->acceptance(),
			$this->presented(),
			$this->password_login(),
			$this->greeting(),
			$this->own_issuer(),
			$this->access_tokens(),
			$this->client()
		);
	}
	private function family_routes(): FamilyRoutes {
		return $this->made[ __FUNCTION__ ] ??= new FamilyRoutes(
			$this->gate(),
			$this->acceptance(),
			$this->own_issuer(),
			$this->access_tokens(),
			$this->greeting(),
			$this->refresh_tokens(),
			$this->families(),
			$this->devices(),
			$this->refresh_cookie(),
			$this->device_cookie(),
			$this->namespaces(),
			$this->settings(),
			$this->engine(),
			$this->activity()
		);
	}
	private function account_routes(): AccountRoutes {
		return $this->made[ __FUNCTION__ ] ??= new AccountRoutes(
			$this->registration(),
			$this->password_reset(),
			$this->limits(),
			$this->after_answer(),
			$this->gate(),
			$this->presented(),
			$this->password_throttle(),
			$this->passwords(),
			$this->access_tokens(),
			$this->greeting(),
			$this->settings(),
			$this->activity()
		);
	}
	private function sso_routes(): SsoRoutes {
		return $this->made[ __FUNCTION__ ] ??= new SsoRoutes(
			$this->gate(),
			$this->acceptance(),
			$this->presented(),
			$this->password_throttle(),
			$this->issuance(),
			$this->exchange(),
			$this->own_issuer(),
			$this->access_tokens(),
			$this->greeting(),
			$this->activity(),
			$this->client()
		);
	}
	private function device_routes(): DeviceRoutes {
		return $this->made[ __FUNCTION__ ] ??= new DeviceRoutes( $this->devices(), $this->own_issuer(), $this->families() );
	}
	private function two_factor_routes(): TwoFactorRoutes {
		return $this->made[ __FUNCTION__ ] ??= new TwoFactorRoutes(
			$this->own_factors(),
			$this->enrolment(),
			$this->authenticators(),
			$this->factors(),
			$this->state(),
			$this->policies()
		);
	}
	private function verify_routes(): VerifyRoutes {
		return $this->made[ __FUNCTION__ ] ??= new VerifyRoutes(
			$this->gate(),
			$this->acceptance(),
			$this->presented(),
			$this->enrolment(),
			$this->verifier(),
			$this->challenges(),
			$this->email_code(),
			$this->own_issuer(),
			$this->access_tokens(),
			$this->better_auth_user(),
			$this->greeting(),
			$this->device_cookie()
		);
	}
	private function sending_routes(): SendingRoutes {
		return $this->made[ __FUNCTION__ ] ??= new SendingRoutes(
			$this->gate(),
			$this->challenges(),
			$this->sending(),
			$this->email_code(),
			$this->policies(),
			$this->presented()
		);
	}
	private function user_routes(): UserRoutes {
		return $this->made[ __FUNCTION__ ] ??= new UserRoutes( $this->rescue(), $this->administering(), $this->gate(), $this->invitation() );
	}
	private function twofa_routes(): TwofaRoutes {
		return $this->made[ __FUNCTION__ ] ??= new TwofaRoutes(
			$this->gate(),
			$this->acceptance(),
			$this->presented(),
			$this->challenges(),
			$this->enrolment(),
			$this->authenticators(),
			$this->verifier(),
			new Tries( $this->throttle_rows(), $this->activity() ),
			$this->continuation(),
			$this->greeting(),
			$this->own_factors( ... ),
			$this->engine(),
			$this->client()
		);
	}
	private function wp2fa_routes(): Wp2faRoutes {
		return $this->made[ __FUNCTION__ ] ??= new Wp2faRoutes(
			$this->gate(),
			$this->acceptance(),
			$this->presented(),
			$this->challenges(),
			$this->verifier(),
			$this->factors(),
			$this->issuers(),
			$this->greeting(),
			$this->cookies(),
			$this->settings(),
			$this->activity(),
			$this->client()
		);
	}
	private function key_routes(): KeyRoutes {
		return $this->made[ __FUNCTION__ ] ??= new KeyRoutes(
			$this->signing_keys(),
			$this->key_rotation(),
			$this->fixed_key(),
			$this->gate(),
			$this->administering()
		);
	}
	private function activity_routes(): ActivityRoutes {
		return $this->made[ __FUNCTION__ ] ??= new ActivityRoutes( $this->log() );
	}
	private function policy_routes(): PolicyRoutes {
		return $this->made[ __FUNCTION__ ] ??= new PolicyRoutes(
			$this->policy_editor(),
			$this->policies(),
			$this->gate(),
			$this->administering()
		);
	}
	private function probe_routes(): ProbeRoutes {
		return $this->made[ __FUNCTION__ ] ??= new ProbeRoutes( $this->probe(), $this->probe_result(), $this->gate(), $this->policies() );
	}
	public function key_set(): KeySet {
		return $this->made[ __FUNCTION__ ] ??= new KeySet( $this->signing_keys() );
	}

	// Accounts and their passwords.
	private function registration(): Registration {
		return $this->made[ __FUNCTION__ ] ??= new Registration(
			$this->throttle_rows(),
			$this->limits(),
			$this->account_mail(),
			$this->activity()
		);
	}
	private function password_reset(): PasswordReset {
		return $this->made[ __FUNCTION__ ] ??= new PasswordReset(
			$this->reset_codes(),
			new ResetKeys( $this->database() ),
			$this->passwords(),
			$this->limits(),
			$this->account_mail(),
			$this->proven_emails(),
			$this->activity()
		);
	}
	private function reset_codes(): ResetCodes {
		return $this->made[ __FUNCTION__ ] ??= new ResetCodes( $this->reset_code_rows(), $this->throttle_rows(), $this->engine() );
	}
	public function mailed_key(): MailedKey {
		return $this->made[ __FUNCTION__ ] ??= new MailedKey( $this->proven_emails() );
	}
	private function account_mail(): AccountMail {
		return $this->made[ __FUNCTION__ ] ??= new AccountMail( $this->settings(), $this->mailer() );
	}
}
