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

/** Tells users by mail what happened to their account, once the answer is out (docs/mails.md). */
final class NoticeMail {
	/** What a client calls its device, or itself, in a mail: characters. */
	private const NAME = 120;

	/** Whose address was changed in this request => what it was. @var array<int, string> */
	private array $before = array();

	/** Whom core tells of their new password in this request. @var array<int, true> */
	private array $told = array();

	/** @param Closure(WP_User): string $page Where a user finds their own Sign-in security. */
	public function __construct(
		private readonly Mailer $mailer,
		private readonly FormerEmails $former,
		private readonly ThrottleRows $throttle,
		private readonly BackupCodeRows $backup_codes,
		private readonly Client $client,
		private readonly AfterAnswer $after,
		private readonly Closure $page,
	) {}

	/** A change of address is told to the one before it. */
	public function remember( int $user_id, string $email ): void {
		$this->before[ $user_id ] = $email;
	}

	/**
	 * Filter send_password_change_email, last: what core mails is not mailed twice.
	 *
	 * @param mixed $send Whether core does; passed through.
	 * @param mixed $user Of the users table.
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
			// From where somebody else did it is not the user's.
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
		 * Whether a notice is mailed.
		 *
		 * Security: a user whose account is attacked does not learn what is not mailed.
		 *
		 * @param bool          $send   True.
		 * @param string        $notice Its name, as in docs/mails.md.
		 * @param \WP_User|false $user   To whom.
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

	/** @return list<string> While mail goes to a former address, notices go to both. */
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
		 * What a notice is called.
		 *
		 * @param string   $subject
		 * @param string   $notice  Its name, as in docs/mails.md.
		 * @param \WP_User $user    To whom.
		 */
		$subject = apply_filters( 'sallyport_notice_subject', sprintf( '[%s] %s', $letter->site, $letter->title ), $letter->name, $user );
		$body    = array(
			'text' => self::rendered( $letter, '-text' ),
			'html' => self::rendered( $letter, '' ),
		);
		/**
		 * The body of a notice.
		 *
		 * Security: what is in `html` is not escaped again.
		 *
		 * @param array{text: string, html: string} $body   An empty `html` sends plain text.
		 * @param string                            $notice Its name, as in docs/mails.md.
		 * @param \WP_User                          $user   To whom.
		 * @param Letter                            $letter What it was made of.
		 */
		$given   = apply_filters( 'sallyport_notice_body', $body, $letter->name, $user, $letter );
		$given   = array_filter( is_array( $given ) ? $given : array(), 'is_string' ) + $body;
		foreach ( $to as $address ) {
			$this->mailer->send_notice( $address, is_string( $subject ) ? $subject : $letter->title, $given['text'], $given['html'], $letter->name );
		}
	}

	/**
	 * By the template for all notices, which a theme may replace for all or for one.
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

	/** A browser in words of ours, and what else calls itself something as that. */
	private static function device( string $name ): string {
		$browser = str_starts_with( $name, 'Mozilla/' ) ? Name::browser_of( $name ) : '';
		return '' === $browser ? self::said( $name ) : $browser;
	}

	/** What others may have written, to be read as that: short, of one line, and no link. */
	private static function said( string $text ): string {
		$text = trim( mb_substr( (string) preg_replace( '~\b[a-z][a-z0-9+.-]*://|\bwww\.~i', '', Name::printable( $text ) ), 0, self::NAME ) );
		return '' === $text ? '' : '"' . $text . '"';
	}
}
