<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Store\ThrottleRows;
use WP_User;

/** How often one client may ask, and how many of our mails one address gets: buckets that refill with time. */
final class Limits {
	/** What a client asks for => how many times at once, and the seconds until it may once more. */
	private const ASKED = array(
		'register'       => array( 20, 30 ),
		'reset_request'  => array( 30, 30 ),
		'password_reset' => array( 60, 10 ),
		'email_code'     => array( 30, 30 ),
	);

	private const MAILS       = 5;
	private const MAIL_REFILL = 600;

	public function __construct(
		private readonly ThrottleRows $rows,
		private readonly Activity $activity,
		private readonly Client $client,
	) {}

	/**
	 * Counts a request, whoever it is about.
	 *
	 * @param string $what A key of ASKED.
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function count( string $what, int $now ): void {
		[ $most, $refill ] = self::ASKED[ $what ];
		$this->take( $what . '-address:' . $this->client->network(), $most, $refill, $what, 0, $now );
	}

	/**
	 * Whether one more of our mails may go to this address now; counts it. Each kind has a bucket of its own: a stranger
	 * who asks for all the mails of one kind keeps nobody from a link.
	 *
	 * @param string $kind What the mail is about.
	 */
	public function may_mail( string $kind, string $email, int $now ): bool {
		return $this->rows->take( self::mails_to( $kind, $email ), self::MAILS, self::MAIL_REFILL, $now );
	}

	/**
	 * Counts a mail that a user who is known asks for: of the user, since an account may change its address, and of the
	 * address, since several accounts may have it.
	 *
	 * @param string $kind What the mail is about.
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function count_mail( string $kind, WP_User $user, int $now ): void {
		foreach ( array( $kind . '-mail-of:' . $user->ID, self::mails_to( $kind, $user->user_email ) ) as $name ) {
			$this->take( $name, self::MAILS, self::MAIL_REFILL, $kind, $user->ID, $now );
		}
	}

	/**
	 * As may_mail(), for a user who is told that it may not: by the address alone, which may be a former one.
	 *
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function count_mail_to( string $kind, string $email, int $user_id, int $now ): void {
		$this->take( self::mails_to( $kind, $email ), self::MAILS, self::MAIL_REFILL, $kind, $user_id, $now );
	}

	/**
	 * Lets one through, and the next $seconds later.
	 *
	 * @param string $what For the log.
	 * @param string $of   What it is that waits.
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function space( string $what, string $of, int $seconds, int $user_id, int $now ): void {
		$this->take( $what . '-space:' . $of, 1, $seconds, $what, $user_id, $now );
	}

	private function take( string $name, int $most, int $refill, string $what, int $user_id, int $now ): void {
		if ( ! $this->rows->take( $name, $most, $refill, $now ) ) {
			// What is refused to save work must not make more: one row of the log a minute.
			if ( $this->rows->is_first( 'logged:' . $name, MINUTE_IN_SECONDS, $now ) ) {
				$this->activity->record( Event::AccountThrottled, $user_id, '', Code::Throttled->value, array( 'for' => $what ) );
			}
			throw new Refusal( Code::Throttled, array( 'retry_after' => $this->rows->refills_in( $name, $most, $refill, $now ) ) );
		}
	}

	private static function mails_to( string $kind, string $email ): string {
		return $kind . '-mail-to:' . Php::lower( $email );
	}
}
