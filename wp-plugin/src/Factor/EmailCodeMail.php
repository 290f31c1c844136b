<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Client;
use Sallyport\WP\Mailer;
use WP_User;

/** The mails that carry an e-mail code. They contain no text that a stranger could choose, such as a full user agent. */
final class EmailCodeMail {
	public function __construct(
		private readonly Mailer $mailer,
		private readonly Client $client,
	) {}

	/** @return bool Whether it was sent. */
	public function sign_in( WP_User $user, #[\SensitiveParameter] string $code, int $minutes ): bool {
		return $this->send(
			$user,
			fn (): string => sprintf(
				/* translators: 1: user name, 2: browser, 3: code, 4: how long it lives, such as "5 minutes". */
				__( "Someone is signing in as %1\$s (%2\$s). If it is you, enter this code where you are signing in:\n\n%3\$s\n\nIt works once, for this sign-in only, and for %4\$s. We will never ask you for it by phone or email.", 'sallyport' ),
				$user->user_login,
				$this->browser(),
				$code,
				self::lifetime( $minutes )
			) . "\n\n" . sprintf(
				/* translators: %s: address of the page for a lost password. */
				__( "If it is not you, someone knows your password. They cannot get in without the code. Change your password now:\n\n%s", 'sallyport' ),
				wp_lostpassword_url()
			)
		);
	}

	/** Mails a signed-in user a code, which shows that they receive mail at this address. */
	public function confirmation( WP_User $user, #[\SensitiveParameter] string $code, int $minutes ): bool {
		return $this->send(
			$user,
			fn (): string => sprintf(
				/* translators: 1: user name, 2: browser, 3: code, 4: how long it lives, such as "10 minutes". */
				__( "Someone who is signed in as %1\$s (%2\$s) asked for a code to confirm this email address. If it is you, enter it there:\n\n%3\$s\n\nIt works once, and for %4\$s. We will never ask you for it by phone or email.", 'sallyport' ),
				$user->user_login,
				$this->browser(),
				$code,
				self::lifetime( $minutes )
			) . "\n\n" . __( 'If it is not you, change your password now and tell the administrator of the site.', 'sallyport' )
		);
	}

	/** @param callable(): string $text */
	private function send( WP_User $user, callable $text ): bool {
		/* translators: %s: name of the site. */
		return $this->mailer->send( $user->user_email, $user, fn (): string => __( '[%s] Your code', 'sallyport' ), $text );
	}

	private function browser(): string {
		$browser = $this->client->browser();
		return '' === $browser ? __( 'unknown browser', 'sallyport' ) : $browser;
	}

	private static function lifetime( int $minutes ): string {
		/* translators: %d: number of minutes. */
		return sprintf( _n( '%d minute', '%d minutes', $minutes, 'sallyport' ), $minutes );
	}
}
