<?php
declare( strict_types=1 );

namespace Sallyport\WP\Challenge;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Mailer;
use Sallyport\WP\Store\BackupCodeRows;
use Sallyport\WP\Store\FormerEmails;
use Sallyport\WP\Store\State;
use Sallyport\WP\Store\ThrottleRows;

/**
 * The way back for a user whose second step is shut. A mailed link lets them try backup codes a few times, and nothing
 * else. It is no factor, and resets no count: only a right code does (adr/0024).
 */
final class MailedUnlock {
	/** The action of wp-login.php for the link, and the link's purpose. */
	public const ACTION  = 'sallyport-unlock';
	private const LINK   = 'unlock';
	private const TTL    = DAY_IN_SECONDS;
	private const MAILED = DAY_IN_SECONDS;

	public function __construct(
		private readonly Links $links,
		private readonly Attempts $attempts,
		private readonly BackupCodeRows $codes,
		private readonly ThrottleRows $rows,
		private readonly FormerEmails $former,
		private readonly State $state,
		private readonly Mailer $mailer,
		private readonly Activity $activity,
	) {}

	/** Mails a link, once a day, to a user who has backup codes left; and again after a new password, which ends the link. */
	public function offer( int $user_id, int $now ): void {
		$user = get_userdata( $user_id );
		$to   = $user ? $this->former->address( $user, $now ) : '';
		if (
			'' === $to
			|| 0 === $this->codes->left( $user_id )
			|| ! $this->rows->is_first( 'unlock-mail:' . $user_id . ':' . $this->state->epoch( $user_id ), self::MAILED, $now )
		) {
			return;
		}
		$link = site_url(
			'wp-login.php?action=' . self::ACTION . '&link=' . rawurlencode( $this->links->open( self::LINK, $user_id, self::TTL, $now ) ),
			'login'
		);
		$sent = $this->mailer->send(
			$to,
			$user,
			/* translators: %s: name of the site. */
			fn (): string => __( '[%s] The second step of your account is locked', 'sallyport' ),
			fn (): string => sprintf(
				/* translators: 1: user name, 2: address. */
				__( "Someone who knows the password of your account, %1\$s, entered so many wrong codes that codes are no longer checked. If it was not you, change your password first (“Lost your password?” on the login page) and sign in with the new one: you will then get another email like this one, and whoever knows the old password cannot get in your way.\n\nIf you have one of your backup codes, open this link, then sign in with your password and the backup code:\n\n%2\$s\n\nThe link works once, for one day. Without a backup code, ask the administrator of the site for help.", 'sallyport' ),
				$user->user_login,
				$link
			)
		);
		$sent
			? $this->activity->record( Event::UnlockMailed, $user_id )
			: $this->activity->record( Event::MailFailed, $user_id, '', Code::MailNotSent->value, array( 'mail' => self::LINK ) );
	}

	/** Whether a link is live, with nothing spent: mail scanners open it, too. */
	public function is_good( #[\SensitiveParameter] string $secret, int $now ): bool {
		return null !== $this->links->holder( $secret, self::LINK, $now );
	}

	/** Spends the link, once only: its user may try backup codes from now on. False if it is not live. */
	public function open( #[\SensitiveParameter] string $secret, int $now ): bool {
		$user_id = $this->links->spend( $secret, self::LINK, $now );
		if ( null === $user_id ) {
			return false;
		}
		$this->attempts->permit( $user_id, $now );
		$this->activity->record( Event::UnlockOpened, $user_id );
		return true;
	}
}
