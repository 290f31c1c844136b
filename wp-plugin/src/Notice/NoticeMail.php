<?php
declare( strict_types=1 );

namespace Sallyport\WP\Notice;

use Closure;
use Sallyport\WP\AfterAnswer;
use Sallyport\WP\Blog;
use Sallyport\WP\Client;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Mailer;
use Sallyport\WP\Name;
use Sallyport\WP\Store\BackupCodeRows;
use Sallyport\WP\Store\FormerEmails;
use Sallyport\WP\Store\ThrottleRows;
use Sallyport\WP\Template;
use WP_User;

/** Mails users what happened to their account, after the answer was sent (docs/mails.md). */
final class NoticeMail {
	/** Longest name of a device or client in a mail, in characters. */
	private const NAME = 120;

	/** @var array<int, string> User whose address changed in this request => the previous address. */
	private array $before = array();

	/** @var array<int, true> Users whom core tells about their new password in this request. */
	private array $told = array();

	/** @param Closure(WP_User): string $page URL of a user's own Sign-in security. */
	public function __construct(
		private readonly Mailer $mailer,
		private readonly FormerEmails $former,
		private readonly ThrottleRows $throttle,
		private readonly BackupCodeRows $backup_codes,
		private readonly Client $client,
		private readonly AfterAnswer $after,
		private readonly Closure $page,
	) {}

	/** Remembers the previous address, which is told about the change. */
	public function remember( int $user_id, string $email ): void {
		$this->before[ $user_id ] = $email;
	}

	/**
	 * Filter send_password_change_email, last: what core mails is not mailed twice.
	 *
	 * @param mixed $send Whether core mails; passed through.
	 * @param mixed $user As in the users table.
	 */
	public function leave_to_core( mixed $send, mixed $user ): mixed {
		if ( ! empty( $send ) && is_array( $user ) ) {
			$this->told[ (int) ( $user['ID'] ?? 0 ) ] = true;
		}
		return $send;
	}

	/**
	 * Action sallyport_activity.
	 *
	 * @param array<string, int|string> $row
	 */
	public function logged( array $row ): void {
		$detail = json_decode( (string) $row['detail'], true );
		$detail = is_array( $detail ) ? $detail : array();
		$notice = Notice::of( $row, $detail );
		if ( null !== $notice ) {
			// If somebody else did it, their address is not shown to the user.
			$address = in_array( get_current_user_id(), array( 0, (int) $row['user_id'] ), true ) ? $this->client->address() : '';
			$this->after->then( fn () => Blog::on( (int) $row['blog_id'], fn () => $this->tell( $notice, $row, $detail, $address ) ) );
		}
	}

	/**
	 * @param array<string, int|string> $row
	 * @param array<string, string>     $detail
	 */
	private function tell( Notice $notice, array $row, array $detail, string $address ): void {
		$user = get_userdata( (int) $row['user_id'] );
		$to = $user ? $this->addresses( $notice, $user ) : array();
		/**
		 * Filters whether a notice is mailed.
		 *
		 * Security: without it, a user whose account is attacked does not learn about it.
		 *
		 * @param bool          $send   True.
		 * @param string        $notice Its name, as in docs/mails.md.
		 * @param \WP_User|false $user   The recipient.
		 */
		if ( array() === $to || ! apply_filters( 'sallyport_notice_send', true, $notice->value, $user ) ) {
			return;
		}
		if ( $notice->is_throttled() && ! $this->throttle->is_first( 'notice:' . $notice->value . ':' . $user->ID, HOUR_IN_SECONDS, time() ) ) {
			return;
		}
		$switched = switch_to_user_locale( $user->ID );
		try {
			$this->send( $this->letter( $notice, $user, $row, $detail, $address ), $user, $to );
		} finally {
			if ( $switched ) {
				restore_previous_locale();
			}
		}
	}

	/** @return list<string> While mail also goes to a former address, notices go to both. */
	private function addresses( Notice $notice, WP_User $user ): array {
		$to = match ( true ) {
			Notice::PasswordChanged === $notice && isset( $this->told[ $user->ID ] ) => array(),
			Notice::EmailChanged === $notice => array( $this->before[ $user->ID ] ?? '' ),
			default                          => array( $user->user_email, $this->former->address( $user, time() ) ),
		};
		return array_values( array_unique( array_filter( $to, static fn ( string $address ): bool => '' !== $address ) ) );
	}

	/** @param list<string> $to Addresses. */
	private function send( Letter $letter, WP_User $user, array $to ): void {
		/**
		 * Filters the subject of a notice.
		 *
		 * @param string   $subject
		 * @param string   $notice  Its name, as in docs/mails.md.
		 * @param \WP_User $user    The recipient.
		 */
		$subject = apply_filters( 'sallyport_notice_subject', sprintf( '[%s] %s', $letter->site, $letter->title ), $letter->name, $user );
		$body    = array(
			'text' => self::rendered( $letter, '-text' ),
			'html' => self::rendered( $letter, '' ),
		);
		/**
		 * Filters the body of a notice.
		 *
		 * Security: `html` is not escaped again.
		 *
		 * @param array{text: string, html: string} $body   With an empty `html`, plain text is sent.
		 * @param string                            $notice Its name, as in docs/mails.md.
		 * @param \WP_User                          $user   The recipient.
		 * @param Letter                            $letter The content it was rendered from.
		 */
		$given   = apply_filters( 'sallyport_notice_body', $body, $letter->name, $user, $letter );
		$given   = array_filter( is_array( $given ) ? $given : array(), 'is_string' ) + $body;
		foreach ( $to as $address ) {
			$this->mailer->send_notice( $address, is_string( $subject ) ? $subject : $letter->title, $given['text'], $given['html'], $letter->name );
		}
	}

	/**
	 * Renders the template, which a theme may replace for all notices or for one.
	 *
	 * @param string $form '' for HTML, or '-text'.
	 */
	private static function rendered( Letter $letter, string $form ): string {
		return Template::render( array( "mail/{$letter->name}$form", "mail/notice$form" ), array( 'letter' => $letter ) );
	}

	/**
	 * @param array<string, int|string> $row
	 * @param array<string, string>     $detail
	 */
	private function letter( Notice $notice, WP_User $user, array $row, array $detail, string $address ): Letter {
		$facts = array(
			__( 'Account', 'sallyport' ) => self::said( $user->user_login ),
			__( 'When', 'sallyport' )    => Mailer::when( (int) $row['time'] ),
		);
		if ( isset( $detail['label'] ) ) {
			$facts[ _x( 'Which', 'second factor', 'sallyport' ) ] = self::said( $detail['label'] );
		}
		if ( '' !== $address && ! $notice->is_an_administrators() ) {
			$facts[ __( 'From', 'sallyport' ) ]   = $address;
			$facts[ __( 'Device', 'sallyport' ) ] = self::device( (string) $row['device'] );
		}
		return new Letter(
			$notice->value,
			$notice->title(),
			$notice->text( BackupCode::NAME === ( $detail['factor'] ?? '' ) ? $this->backup_codes->left( $user->ID ) : null ),
			array_filter( $facts, static fn ( string $fact ): bool => '' !== $fact ),
			$notice->advice(),
			Name::printable( wp_specialchars_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES ) ),
			home_url(),
			$notice->leads_to_page() ? ( $this->page )( $user ) : '',
			get_bloginfo( 'language' ),
		);
	}

	/** A browser in our words, and any other client by the name it gave. */
	private static function device( string $name ): string {
		$browser = str_starts_with( $name, 'Mozilla/' ) ? Name::browser_of( $name ) : '';
		return '' === $browser ? self::said( $name ) : $browser;
	}

	/** Text that others may have written, made recognisable as such: short, on one line, without links. */
	private static function said( string $text ): string {
		$text = trim( mb_substr( (string) preg_replace( '~\b[a-z][a-z0-9+.-]*://|\bwww\.~i', '', Name::printable( $text ) ), 0, self::NAME ) );
		return '' === $text ? '' : '"' . $text . '"';
	}
}
