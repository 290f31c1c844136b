<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use WP_User;

/**
 * Sends our mails: each in its reader's language, and saying when, and from what address, somebody brought it about.
 *
 * Nobody is greeted by a name: whoever registered somebody else's address chose it, and it may be a text of any kind.
 */
final class Mailer {
	/** The plain text of the mail in HTML that is on its way. */
	private string $text = '';

	public function __construct( private readonly Client $client ) {}

	/**
	 * @param WP_User|null       $user    Null for somebody without an account.
	 * @param callable(): string $subject With one %s for the site's name; asked once the reader's language is spoken.
	 * @param callable(): string $text
	 * @return bool Whether it could be sent.
	 */
	public function send( string $to, ?WP_User $user, callable $subject, callable $text ): bool {
		$switched = null === $user ? switch_to_locale( get_locale() ) : switch_to_user_locale( $user->ID );
		try {
			$site = wp_specialchars_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES );
			/* translators: 1: what the mail says, 2: date and time, 3: IP address, 4: site name, 5: address of the site. */
			$letter = __( "Hello,\n\n%1\$s\n\nWhen: %2\$s\nFrom: %3\$s\n\n%4\$s\n%5\$s\n", 'sallyport' );
			return wp_mail( $to, sprintf( $subject(), $site ), sprintf( $letter, $text(), self::when( time() ), $this->client->address(), $site, home_url() ) );
		} finally {
			if ( $switched ) {
				restore_previous_locale();
			}
		}
	}

	/**
	 * Sends a notice in plain text and HTML, of which the reader's program shows one; without HTML in text alone. Nobody's
	 * out-of-office answers it (RFC 3834).
	 *
	 * @param string $name What rules of the reader's program may go by.
	 */
	public function send_notice( string $to, string $subject, string $text, string $html, string $name ): bool {
		$headers = array( 'Auto-Submitted: auto-generated', 'X-Sallyport-Notice: ' . $name );
		if ( '' === $html ) {
			return wp_mail( $to, $subject, $text, $headers );
		}
		$this->text = $text;
		try {
			return wp_mail( $to, $subject, $html, array( 'Content-Type: text/html; charset=UTF-8', ...$headers ) );
		} finally {
			$this->text = '';
		}
	}

	/** A time as mails have it, in the zone of the site. */
	public static function when( int $time ): string {
		return str_replace( array( 'GMT+0000', '+00:00' ), 'UTC', (string) wp_date( 'Y-m-d H:i T', $time ) );
	}

	/** Action phpmailer_init. */
	public function add_text( mixed $mail ): void {
		// Plugins put objects of their own in its place.
		if ( '' !== $this->text && is_object( $mail ) && property_exists( $mail, 'AltBody' ) ) {
			$mail->AltBody = $this->text; // phpcs:ignore WordPress.NamingConventions.ValidVariableName
		}
	}
}
