<?php
declare( strict_types=1 );

namespace Sallyport\WP\Accounts;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Limits;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\ProvenEmails;
use Sallyport\WP\Store\ResetKeys;
use WP_User;

/**
 * A forgotten password: a link with core's own key, or a code, is mailed to the user, and sets a new password. That ends what
 * was issued before, yields no token, and leaves the second factor as it is.
 */
final class PasswordReset {
	public const LINK = 'link';
	public const CODE = 'otp';

	private const NOT_SENT = 'the mail could not be sent';

	public function __construct(
		private readonly ResetCodes $codes,
		private readonly ResetKeys $keys,
		private readonly Passwords $passwords,
		private readonly Limits $limits,
		private readonly AccountMail $mail,
		private readonly ProvenEmails $proven_emails,
		private readonly Activity $activity,
	) {}

	/**
	 * Mails a link or a code, if there is such a user; the link, too, where codes are used up. Called once the answer is out:
	 * nobody is to learn whether there is one.
	 *
	 * @param string $delivery LINK or CODE.
	 */
	public function send( string $login, string $delivery, int $now ): void {
		$user = self::named( $login )[0] ?? null;
		if ( self::CODE === $delivery && null !== $user && ! $this->codes->are_left( $user->ID ) ) {
			$delivery = self::LINK; // Strangers can use a user's tries up; the user is not to wait for a mail that never comes.
		}
		$sent = null === $user ? 'no such user' : $this->send_to( $user, $delivery, $now );
		$this->activity->record(
			Event::ResetRequested,
			$user->ID ?? 0,
			'',
			null === $sent ? 'ok' : Code::ResetRefused->value,
			array( 'delivery' => $delivery ) + ( null === $sent ? array() : array( 'reason' => $sent ) )
		);
	}

	/** @return string|null Why no mail was sent, for the log. */
	private function send_to( WP_User $user, string $delivery, int $now ): ?string {
		if ( '' === $user->user_email ) {
			return 'no address';
		}
		if ( ! $this->limits->may_mail( $delivery, $user->user_email, $now ) ) {
			return 'too many mails';
		}
		if ( self::LINK === $delivery ) {
			$key = get_password_reset_key( $user );
			if ( ! is_string( $key ) ) {
				return (string) $key->get_error_code();
			}
			return $this->mail->reset_link( $user, $key ) ? null : self::NOT_SENT;
		}
		if ( ! self::is_allowed( $user ) ) {
			return 'not allowed';
		}
		$code = $this->codes->issue( $user, $now );
		if ( null === $code ) {
			return 'too many wrong codes';
		}
		return $this->mail->reset_code( $user, $code ) ? null : self::NOT_SENT;
	}

	/** Whether core and its plugins allow this user to reset the password, as get_password_reset_key() checks it. */
	private static function is_allowed( WP_User $user ): bool {
		/** These hooks are documented in wp-includes/user.php */
		do_action( 'retrieve_password', $user->user_login );
		return true === apply_filters( 'allow_password_reset', ! is_multisite() || ! is_user_spammy( $user ), $user->ID );
	}

	/**
	 * Sets a new password.
	 *
	 * @param string $given The key from the link, or the code.
	 * @throws Refusal sallyport_reset_refused for every error, after the same time; _unavailable.
	 */
	public function reset( string $login, #[\SensitiveParameter] string $given, #[\SensitiveParameter] string $password, int $now ): void {
		$users  = self::named( $login );
		if ( array() === $users ) {
			update_meta_cache( 'user', array( 0 ) ); // For an existing user core has read the meta as well.
		}
		$code   = ResetCodes::digits( $given );
		$by     = array( 'by' => null === $code ? self::LINK : self::CODE );
		$errors = PasswordRules::errors( $password, self::names( $login, $users ), $users[0] ?? null );
		if ( $errors->has_errors() ) {
			throw $this->refused( $users[0] ?? null, $by + array( 'reason' => implode( ' ', $errors->get_error_codes() ) ) );
		}
		$user = null === $code ? $this->by_key( $users, $given ) : $this->by_code( $users[0] ?? null, $login, $code, $now );
		if ( null === $user ) {
			throw $this->refused( $users[0] ?? null, $by );
		}
		$this->proven_emails->prove( $user );
		reset_password( $user, Passwords::form( $password ) );
		if ( ! $this->passwords->is_stored( $user, $password ) ) {
			throw $this->refused( $user, $by );
		}
		$this->codes->clear( $user->ID );
		$this->activity->record( Event::PasswordReset, $user->ID, '', 'ok', $by );
	}

	/** @param list<WP_User> $users */
	private function by_key( array $users, #[\SensitiveParameter] string $key ): ?WP_User {
		$checked = false;
		foreach ( $users as $user ) {
			$checked = $checked || '' !== $user->user_activation_key;
			$found   = check_password_reset_key( $key, $user->user_login );
			if ( $found instanceof WP_User && $this->keys->claim( $found ) ) {
				return $found;
			}
		}
		if ( ! $checked ) {
			$this->passwords->burn_key( $key );
		}
		return null;
	}

	private function by_code( ?WP_User $user, string $login, #[\SensitiveParameter] string $code, int $now ): ?WP_User {
		return $this->codes->spend( $user, $login, $code, $now ) ? $user : null;
	}

	/** @param array<string, string> $detail */
	private function refused( ?WP_User $user, array $detail ): Refusal {
		$this->activity->record( Event::ResetRefused, $user->ID ?? 0, '', Code::ResetRefused->value, $detail );
		return new Refusal( Code::ResetRefused );
	}

	/**
	 * The users that typed text may mean. As in core's own form, addresses come before login names.
	 *
	 * @return list<WP_User>
	 */
	private static function named( string $typed ): array {
		$typed = trim( $typed );
		$users = array();
		foreach ( array( str_contains( $typed, '@' ) ? get_user_by( 'email', $typed ) : false, get_user_by( 'login', $typed ) ) as $user ) {
			if ( $user ) {
				$users[ $user->ID ] = $user;
			}
		}
		return array_values( $users );
	}

	/**
	 * @param list<WP_User> $users
	 * @return list<string>
	 */
	private static function names( string $login, array $users ): array {
		return array_merge( array( $login ), array_column( $users, 'user_login' ), array_column( $users, 'user_email' ) );
	}
}
