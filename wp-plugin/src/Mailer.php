<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use WP_User;

/**
 * Sends our mails: each in its recipient's language, and saying when and from which address it was triggered.
 *
 * Nobody is greeted by name. Whoever registered somebody else's address chose that name, and it may be any text.
 */
final class Mailer {
	/** The plain-text part of the HTML mail being sent. */
	private string $text = '';

	public function __construct( private readonly Client $client ) {}

	/**
	 * @param WP_User|null       $user    Null for a recipient without an account.
	 * @param callable(): string $subject With one %s for the site's name; called after switching to the recipient's language.
	 * @param callable(): string $text
	 * @return bool Whether it was sent.
	 */
	public function send( string $to, ?WP_User $user, callable $subject, callable $text ): bool {
		$switched = null === $user ? switch_to_locale( get_locale() ) : switch_to_user_locale( $user->ID );
		try {
			$site = wp_specialchars_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES );
			/* translators: 1: what the mail says, 2: date and time, 3: IP address, 4: site name, 5: address of the site. */
			$letter = __( "Hello,\n\n%1\$s\n\nWhen: %2\$s\nFrom: %3\$s\n\n%4\$s\n%5\$s\n", 'sallyport' );
			return wp_mail(
				$to,
				sprintf( $subject(), $site ),
				sprintf( $letter, $text(), self::when( time() ), $this->client->address(), $site, home_url() )
			);
		} finally {
			if ( $switched ) {
				restore_previous_locale();
			}
		}
	}

	/**
	 * Sends a notice as plain text and HTML, or as plain text only if there is no HTML. Auto-replies are suppressed (RFC 3834).
	 *
	 * @param string $name For the recipient's mail filters.
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

	/** A time as mails show it, in the site's time zone. */
	public static function when( int $time ): string {
		return str_replace( array( 'GMT+0000', '+00:00' ), 'UTC', (string) wp_date( 'Y-m-d H:i T', $time ) );
	}

	/** Action phpmailer_init. */
	public function add_text( mixed $mail ): void {
		// Plugins may put an object of their own in its place.
		if ( '' !== $this->text && is_object( $mail ) && property_exists( $mail, 'AltBody' ) ) {
			$mail->AltBody = $this->text; // phpcs:ignore WordPress.NamingConventions.ValidVariableName -- PHPMailer's.
		}
	}
}
