<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Accounts\{AccountMail, MailedKey, PasswordReset, Registration, ResetCodes};
use Sallyport\WP\Notice\NoticeMail;
use Sallyport\WP\Security\AdminPage;
use Sallyport\WP\Sso\{ConnectedSites, Exchange, Issuance, SsoTokens};
use Sallyport\WP\Store\{ResetKeys, SsoSiteRows};
use Sallyport\WP\Webhook\{Destinations, Endpoints, Queue, Sender, Wake, Worker};

/** The part of the composition root beside the gate: accounts, single sign-on, notices, webhooks. */
trait Beside {
	// Accounts and their passwords.
	private function registration(): Registration {
		return $this->made[ __FUNCTION__ ] ??= new Registration( $this->throttle_rows(), $this->limits(), $this->account_mail(), $this->activity() );
	}
	private function password_reset(): PasswordReset {
		return $this->made[ __FUNCTION__ ] ??= new PasswordReset( $this->reset_codes(), new ResetKeys( $this->database() ), $this->passwords(), $this->limits(), $this->account_mail(), $this->proven_emails(), $this->activity() );
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

	// Single sign-on.
	private function connected_sites(): ConnectedSites {
		return $this->made[ __FUNCTION__ ] ??= new ConnectedSites( new SsoSiteRows( $this->database() ), $this->engine(), $this->activity() );
	}
	private function sso_tokens(): SsoTokens {
		return $this->made[ __FUNCTION__ ] ??= new SsoTokens( $this->connected_sites(), $this->engine() );
	}
	private function issuance(): Issuance {
		return $this->made[ __FUNCTION__ ] ??= new Issuance( $this->connected_sites(), $this->sso_tokens(), $this->proven_emails(), $this->settings(), $this->activity() );
	}
	private function exchange(): Exchange {
		return $this->made[ __FUNCTION__ ] ??= new Exchange( $this->connected_sites(), $this->sso_tokens(), $this->spent_rows(), $this->activity() );
	}

	// Notices and webhooks.
	public function notice_mail(): NoticeMail {
		return $this->made[ __FUNCTION__ ] ??= new NoticeMail( $this->mailer(), $this->former_emails(), $this->throttle_rows(), $this->backup_code_rows(), $this->client(), $this->after_answer(), AdminPage::of( ... ) );
	}
	public function webhook_queue(): Queue {
		return $this->made[ __FUNCTION__ ] ??= new Queue( $this->endpoints(), $this->delivery_rows(), $this->activity() );
	}
	public function webhook_wake(): Wake {
		return $this->made[ __FUNCTION__ ] ??= new Wake( $this->webhook_lease() );
	}
	public function webhook_worker(): Worker {
		return $this->made[ __FUNCTION__ ] ??= new Worker( $this->delivery_rows(), $this->endpoints(), $this->webhook_sender(), $this->webhook_lease(), $this->webhook_wake(), $this->activity() );
	}
	public function webhook_sender(): Sender {
		return $this->made[ __FUNCTION__ ] ??= new Sender( $this->destinations(), $this->engine() );
	}
	public function endpoints(): Endpoints {
		return $this->made[ __FUNCTION__ ] ??= new Endpoints( $this->endpoint_rows(), $this->delivery_rows(), $this->destinations(), $this->engine(), $this->activity() );
	}
	private function destinations(): Destinations {
		return $this->made[ __FUNCTION__ ] ??= new Destinations( $this->settings(), Destinations::resolve( ... ) );
	}
}
