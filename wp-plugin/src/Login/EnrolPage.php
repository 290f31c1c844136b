<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Authenticators;
use Sallyport\WP\Enrolment\Enrolment;
use Sallyport\WP\Enrolment\Invitation;
use Sallyport\WP\Enrolment\OwnFactors;
use Sallyport\WP\Enrolment\Scan;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Enrolling;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Refusal;
use WP_User;

/**
 * The page of wp-login.php where a user without a factor sets up an authenticator app. It needs no JavaScript. Three ways
 * lead to it: an administrator's link and the password; a login of a user who must have a factor; and, on a network, a site
 * where the user is signed in, if another of their sites demands confirmation by mail.
 *
 * The enrolment token in the form takes the place of a nonce: it is unguessable, belongs to one user, lives for a quarter of
 * an hour and is good once. It opens the same as over REST. Nobody is signed in before the first right code.
 */
final class EnrolPage {
	/** Query argument for a user who was redirected here: why the confirmation mail was not sent. */
	private const UNSENT = 'unsent';

	public function __construct(
		private readonly Invitation $invitation,
		private readonly Enrolling $enrolling,
		private readonly Presented $presented,
		private readonly OwnFactors $own,
		private readonly Enrolment $enrolment,
		private readonly Authenticators $authenticators,
		private readonly EnrolForm $form,
	) {}

	/** Action login_form_sallyport-enrol. */
	public function answer(): never {
		$user_id = get_current_user_id();
		$nonce   = $_GET['_wpnonce'] ?? ''; // phpcs:ignore WordPress.Security -- verified here.
		try {
			if (
				! Sent::is_form()
				&& is_string( $nonce )
				&& false !== wp_verify_nonce( $nonce, Invitation::ACTION )
				&& $this->enrolling->is_awaited( $user_id, time() )
			) {
				$this->begin( $user_id );
			}
			if ( ! Sent::is_form() && '' === Sent::of_link( EnrolForm::LINK ) && '' !== Handover::secret() ) {
				$unsent = Code::tryFrom( Sent::of_link( self::UNSENT ) );
				$this->show(
					Handover::secret(),
					in_array( $unsent, array( Code::MailNotSent, Code::Throttled ), true ) ? new Refusal( $unsent ) : null
				);
			}
			'' === Sent::text( EnrolForm::TOKEN )
				? $this->by_link( Sent::of_link( EnrolForm::LINK ) )
				: $this->go_on( Sent::text( EnrolForm::TOKEN ) );
		} catch ( Refusal $refusal ) {
			$this->form->over( $refusal );
		}
	}

	/**
	 * After the first step of a user who must have a factor and has none that counts.
	 *
	 * @param string $first Proof::PASSWORD or ::SSO.
	 */
	public function begin( int $user_id, string $first = Proof::PASSWORD ): never {
		try {
			[ $token, $seconds, $more ] = $this->offer( $user_id, $first );
			if ( Handover::is_due() ) {
				Handover::to( Invitation::ACTION, $token, $seconds, $more );
			}
			$this->show( $token, $this->enrolling->unsent() );
		} catch ( Refusal $refusal ) {
			Handover::is_due() ? throw $refusal : $this->form->over( $refusal );
		}
	}

	/**
	 * Begins it for a browser that another plugin has signed in.
	 *
	 * @param string $back Where that plugin sends it.
	 * @return string The address to lead it to.
	 * @throws Refusal Where it cannot be begun.
	 */
	public function lead( int $user_id, string $back ): string {
		[ $token, $seconds, $more ] = $this->offer( $user_id, Proof::SSO );
		return Handover::begin( Invitation::ACTION, $token, $seconds, $back, $more );
	}

	/** @return array{string, int, array<string, string>} The enrolment token, the seconds it lives, and what the page is to be told. */
	private function offer( int $user_id, string $first ): array {
		[ 'enrolment_token' => $token, 'expires_in' => $seconds ] = $this->enrolling->offer( $user_id, time(), $first );
		return array( $token, $seconds, array_filter( array( self::UNSENT => $this->enrolling->unsent()?->reason->value ) ) );
	}

	private function by_link( #[\SensitiveParameter] string $link ): never {
		$user = $this->invitation->user( $link, time() );
		if ( ! Sent::is_form() ) {
			$this->form->ask_password( $user, $link );
		}
		$password = static fn (): string => Fields::of( Sent::request() )->password( EnrolForm::PASSWORD );
		try {
			$token = $this->invitation->exchange( $link, $password, $this->presented->device( $user->ID ), time() )['enrolment_token'];
		} catch ( Refusal $refusal ) {
			in_array( $refusal->reason, array( Code::InvalidPassword, Code::Throttled, Code::InvalidParam, Code::MissingParam ), true )
				|| throw $refusal;
			$this->form->ask_password( $user, $link, $refusal );
		}
		$this->show( $token );
	}

	/** The page with the QR code; or, while the token waits for a mailed link, the page that says so. */
	private function show( #[\SensitiveParameter] string $token, ?Refusal $wrong = null, bool $again = false ): never {
		$this->presented->take_enrolment_token( $token );
		try {
			$scan = $this->enrolling->by( $token, time(), $this->pending( ... ) );
		} catch ( Refusal $refusal ) {
			Code::EnrolmentUnconfirmed === $refusal->reason || throw $refusal;
			$this->form->wait( $token, $wrong ?? ( '' === Sent::text( EnrolForm::TOKEN ) || $again ? null : $refusal ), $again );
		}
		$this->form->scan( $token, $scan, $wrong );
	}

	/** The enrolment that this sign-in has begun, or begins now. */
	private function pending( int $user_id ): Scan {
		$this->own->require_enrollable( $user_id, Totp::NAME );
		$row = $this->enrolment->pending( $user_id, Totp::NAME )[0] ?? $this->authenticators->pend( $user_id, time() );
		return $this->authenticators->scan( get_userdata( $user_id ), $row );
	}

	private function mail_again( #[\SensitiveParameter] string $token ): never {
		try {
			$this->enrolling->mail_again( $token, time() );
		} catch ( Refusal $refusal ) {
			in_array( $refusal->reason, array( Code::MailNotSent, Code::Throttled ), true ) || throw $refusal;
			$this->show( $token, $refusal );
		}
		$this->show( $token, again: true );
	}

	private function go_on( #[\SensitiveParameter] string $token ): never {
		if ( '' !== Sent::text( EnrolForm::AGAIN ) ) {
			$this->mail_again( $token );
		}
		if ( '' !== Sent::text( EnrolForm::CONFIRMED ) ) {
			$this->show( $token );
		}
		$this->presented->take_enrolment_token( $token );
		try {
			[ $user, $codes ] = $this->enrolling->by( $token, time(), $this->finish( ... ) );
		} catch ( Refusal $refusal ) {
			in_array( $refusal->reason, array( Code::InvalidCode, Code::Locked, Code::InvalidParam, Code::MissingParam ), true ) || throw $refusal;
			$this->show( $token, $refusal );
		}
		// In the login dialog over a page, signing in closes the dialog and the codes would be lost. There the user signs in again.
		if ( ! Sent::is_interim() ) {
			Sent::sign_in( $user );
		}
		$this->form->saved( $user, $codes, Sent::is_interim() ? add_query_arg( 'interim-login', '1', wp_login_url() ) : Sent::target( $user ) );
	}

	/** @return array{0: WP_User, 1: list<string>} The user, who has a factor now, and their backup codes. */
	private function finish( int $user_id ): array {
		$user  = get_userdata( $user_id );
		$codes = $this->own->finish( $user, Totp::NAME, Fields::of( Sent::request() )->text( CodeField::NAME ) );
		return array( $user, $codes );
	}
}
