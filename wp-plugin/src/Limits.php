<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Store\ThrottleRows;
use WP_User;

/** Limits how often one client may ask, and how many of our mails one address receives: buckets that refill with time. */
final class Limits {
	/** Kind of request => how many at once, and the seconds until one more is allowed. */
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
	 * Counts a request of this client, whichever user it is about.
	 *
	 * @param string $what A key of ASKED.
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function count( string $what, int $now ): void {
		[ $most, $refill ] = self::ASKED[ $what ];
		$this->take( $what . '-address:' . $this->client->network(), $most, $refill, $what, 0, $now );
	}

	/**
	 * Whether another of our mails may go to this address now; counts it. Each kind has its own bucket, so that a stranger who
	 * triggers all mails of one kind cannot keep the user from getting a link.
	 *
	 * @param string $kind What the mail is about.
	 */
	public function may_mail( string $kind, string $email, int $now ): bool {
		return $this->rows->take( self::mails_to( $kind, $email ), self::MAILS, self::MAIL_REFILL, $now );
	}

	/**
	 * Counts a mail requested by a known user. It counts for the user, since an account may change its address, and for the
	 * address, since several accounts may share it.
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
	 * Like may_mail(), but tells the user if it may not. Counts for the address alone, which may be a former one.
	 *
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function count_mail_to( string $kind, string $email, int $user_id, int $now ): void {
		$this->take( self::mails_to( $kind, $email ), self::MAILS, self::MAIL_REFILL, $kind, $user_id, $now );
	}

	/**
	 * Allows one now, and the next after $seconds.
	 *
	 * @param string $what For the log.
	 * @param string $of   Whose turn is counted.
	 * @throws Refusal sallyport_throttled {retry_after}.
	 */
	public function space( string $what, string $of, int $seconds, int $user_id, int $now ): void {
		$this->take( $what . '-space:' . $of, 1, $seconds, $what, $user_id, $now );
	}

	private function take( string $name, int $most, int $refill, string $what, int $user_id, int $now ): void {
		if ( ! $this->rows->take( $name, $most, $refill, $now ) ) {
			// A refusal that saves work must not cost work: at most one row of the log a minute.
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
