<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\EnrolmentToken;
use Sallyport\WP\Challenge\EnrolmentTokens;
use Sallyport\WP\Challenge\Links;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Limits;
use Sallyport\WP\Mailer;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FormerEmails;

/**
 * Lets users in to enrol whom policy requires a factor of and who have none that counts. They get an enrolment token,
 * which opens the enrolment of one factor and nothing else. Where only strong factors count, the token works only after
 * a mailed link has confirmed it.
 */
final class Enrolling {
	/** Action of wp-login.php that confirms an enrolment token. */
	public const ACTION = 'sallyport-confirm';

	/** Name of the confirmation mail in limits and log. */
	private const MAIL = 'enrolment';

	/** The enrolment token that admits this request, while it runs. */
	private ?EnrolmentToken $held = null;

	/** Whether this request has spent that token. */
	private bool $spent = false;

	/** Why the confirmation mail for this request's offer was not sent. */
	private ?Refusal $unsent = null;

	public function __construct(
		private readonly EnrolmentTokens $tokens,
		private readonly Links $links,
		private readonly Policies $policies,
		private readonly Factors $factors,
		private readonly Limits $limits,
		private readonly FormerEmails $former,
		private readonly Mailer $mailer,
		private readonly Activity $activity,
	) {}

	/**
	 * Opens an enrolment token for a user who has passed the first step and proven the factors they have, if any.
	 *
	 * @param string $first That step: Proof::PASSWORD or ::SSO.
	 * @return array{enrolment_token: string, expires_in: int, confirm_by_mail: bool, mail_sent?: bool, retry_after?: int}
	 *         The last two only if a mail has to confirm it: whether the mail was sent, and how long to wait for the next.
	 */
	public function offer( int $user_id, int $now, string $first = Proof::PASSWORD ): array {
		$confirm        = $this->policies->demand( $user_id )->confirm || $this->policies->confirm_on_any_site( $user_id, $now );
		[ $token, $id ] = $this->tokens->open( $user_id, ! $confirm, $now, $first );
		$this->activity->record( Event::EnrolmentOffered, $user_id );
		$unsent = null;
		if ( $confirm ) {
			try {
				$this->mail( $user_id, $id, $now );
			} catch ( Refusal $refusal ) {
				$unsent = in_array( $refusal->reason, array( Code::MailNotSent, Code::Throttled ), true ) ? $refusal : throw $refusal;
			}
		}
		$this->unsent = $unsent;
		return array(
			'enrolment_token' => $token,
			'expires_in'      => EnrolmentToken::TTL,
			'confirm_by_mail' => $confirm,
		) + ( $confirm ? array( 'mail_sent' => null === $unsent ) + ( $unsent?->data ?? array() ) : array() );
	}

	/**
	 * Why the confirmation link for this request's offer was not mailed: sallyport_mail_not_sent or _throttled; null if it
	 * was mailed, or none is needed.
	 */
	public function unsent(): ?Refusal {
		return $this->unsent;
	}

	/**
	 * Mails the confirmation link for a token again; the previous link is void. Does nothing if the token is confirmed.
	 *
	 * @throws Refusal sallyport_token_invalid, _mail_not_sent, _throttled.
	 */
	public function mail_again( #[\SensitiveParameter] string $token, int $now ): void {
		$held = $this->tokens->find( $token, $now );
		$held->confirmed || $this->mail( $held->user_id, $held->id, $now );
	}

	/**
	 * Whether a first factor has to wait for a mailed link although this site does not ask for one. On a network a factor
	 * counts on every site, and another of the user's sites may not accept a password alone.
	 *
	 * Never so on a single site: such a user is anonymous there without an enrolment token.
	 */
	public function is_awaited( int $user_id, int $now ): bool {
		return is_multisite()
			&& ! $this->admits( $user_id )
			&& array() === Policy::required( $this->factors->enrolled( $user_id ) )
			&& $this->policies->confirm_on_any_site( $user_id, $now );
	}

	/**
	 * Called before a factor is begun, and again before it is activated.
	 *
	 * @throws Refusal sallyport_enrolment_required, with a token of this site, as a login at that other site would answer.
	 */
	public function require_confirmed( int $user_id, int $now ): void {
		if ( $this->is_awaited( $user_id, $now ) ) {
			throw new Refusal( Code::EnrolmentRequired, $this->offer( $user_id, $now ) );
		}
	}

	/**
	 * Opens an enrolment token for a user who followed an administrator's link and gave the password. The administrator
	 * handed the link over, so no mail has to confirm it.
	 *
	 * @return array{enrolment_token: string, expires_in: int, confirm_by_mail: bool}
	 */
	public function invite( int $user_id, int $now ): array {
		return array(
			'enrolment_token' => $this->tokens->open( $user_id, true, $now )[0],
			'expires_in'      => EnrolmentToken::TTL,
			'confirm_by_mail' => false,
		);
	}

	/**
	 * Runs what an enrolment token opens, as its user. The request counts as that user only while it runs.
	 *
	 * @template T
	 * @param callable(int): T $opened Given the user's id.
	 * @return T
	 * @throws Refusal sallyport_token_invalid, sallyport_enrolment_unconfirmed.
	 */
	public function by( #[\SensitiveParameter] string $token, int $now, callable $opened ): mixed {
		$held = $this->tokens->find( $token, $now );
		// The token is dead as soon as the user has a factor that counts, wherever it was enrolled.
		if ( array() !== $this->policies->allowed( $held->user_id, $this->factors->enrolled( $held->user_id ) ) ) {
			throw new Refusal( Code::TokenInvalid );
		}
		if ( ! $held->confirmed ) {
			throw new Refusal( Code::EnrolmentUnconfirmed );
		}
		$this->held  = $held;
		$this->spent = false;
		$before      = get_current_user_id();
		try {
			wp_set_current_user( $held->user_id );
			return $opened( $held->user_id );
		} finally {
			$this->held = null;
			wp_set_current_user( $before );
		}
	}

	/** Whether this request counts as the user because of an enrolment token. */
	public function admits( int $user_id ): bool {
		return null !== $this->held && $this->held->user_id === $user_id;
	}

	/** The step before the enrolment token by which this request counts as the user; null if it counts by anything else. */
	public function first_step( int $user_id ): ?string {
		return $this->admits( $user_id ) ? $this->held->first : null;
	}

	/**
	 * Spends the enrolment token, once only. It is good for one enrolment, and only the request that completed it is issued
	 * tokens. Called before a factor is activated, and again before a token is issued.
	 *
	 * @throws Refusal sallyport_token_invalid: another request spent it.
	 */
	public function spend( int $user_id, int $now ): void {
		if ( ! $this->admits( $user_id ) || $this->spent ) {
			return;
		}
		$this->spent = $this->tokens->spend( $this->held, $now ) ? true : throw new Refusal( Code::TokenInvalid );
	}

	/** The enrolment token that a mailed link confirms, with nothing spent; null if the link or the token is over. */
	public function waiting( int $id, #[\SensitiveParameter] string $secret, int $now ): ?EnrolmentToken {
		$user_id = $this->links->holder( $secret, self::purpose( $id ), $now );
		$token   = null === $user_id ? null : $this->tokens->of( $id, $user_id, $now );
		return null === $token || $token->confirmed ? null : $token;
	}

	/** Confirms the enrolment token that a mailed link belongs to, once only. */
	public function confirm( int $id, #[\SensitiveParameter] string $secret, int $now ): bool {
		$token = $this->waiting( $id, $secret, $now );
		if (
			null === $token
			|| $this->links->spend( $secret, self::purpose( $id ), $now ) !== $token->user_id
			|| ! $this->tokens->confirm( $token, $now )
		) {
			return false;
		}
		$this->activity->record( Event::EnrolmentConfirmed, $token->user_id );
		return true;
	}

	/** @throws Refusal sallyport_mail_not_sent or _throttled; either is logged. */
	private function mail( int $user_id, int $id, int $now ): void {
		$user = get_userdata( $user_id );
		$to   = $user ? $this->former->address( $user, $now ) : '';
		$this->limits->count_mail_to( self::MAIL, $to, $user_id, $now );
		$secret = $this->links->open( self::purpose( $id ), $user_id, EnrolmentToken::TTL, $now );
		$link   = site_url( 'wp-login.php?action=' . self::ACTION . '&enrolment=' . $id . '&link=' . rawurlencode( $secret ), 'login' );
		$sent   = '' !== $to && $this->mailer->send(
			$to,
			$user,
			/* translators: %s: name of the site. */
			fn (): string => __( '[%s] Confirm that you are setting up a second factor', 'sallyport' ),
			fn (): string => sprintf(
				/* translators: 1: user name, 2: minutes, 3: address. */
				__( "Someone signed in to your account, %1\$s, with your password, and wants to set up a second factor for it. If it is you, confirm it within %2\$d minutes:\n\n%3\$s\n\nIf it is not you, do not open the link. Change your password now: someone else knows it.", 'sallyport' ),
				$user->user_login,
				EnrolmentToken::TTL / MINUTE_IN_SECONDS,
				$link
			)
		);
		if ( ! $sent ) {
			$this->activity->record( Event::MailFailed, $user_id, '', Code::MailNotSent->value, array( 'mail' => self::MAIL ) );
			throw new Refusal( Code::MailNotSent );
		}
	}

	/** A link confirms only the token it was mailed for, no other token of the user. */
	private static function purpose( int $id ): string {
		return 'enrolment:' . $id;
	}
}
