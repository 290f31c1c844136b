<?php
declare( strict_types=1 );

namespace Sallyport\WP\Activity;

use Sallyport\WP\Client;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ActivityRows;

/** The log: who was let in, who was not, and what changed. Never a code, a token or a secret. */
final class Activity {
	public function __construct(
		private readonly ActivityRows $rows,
		private readonly Client $client,
	) {}

	/**
	 * Writes one row. If that fails this request goes on; the next finds the store marked as failing.
	 *
	 * @param string                $event   What happened, e.g. `challenge_opened`.
	 * @param int                   $user_id 0 when nobody is known.
	 * @param string                $issuer  Name of the issuer or door, if any.
	 * @param string                $outcome `ok`, or the stable code of the refusal.
	 * @param array<string, string> $detail  What an administrator needs to act on it.
	 */
	public function record( string $event, int $user_id, string $issuer = '', string $outcome = 'ok', array $detail = array() ): void {
		$row = array(
			'time'    => time(),
			'event'   => $event,
			'user_id' => $user_id,
			'blog_id' => get_current_blog_id(),
			'ip'      => $this->client->address(),
			'issuer'  => $issuer,
			'outcome' => $outcome,
			'detail'  => array() === $detail ? '' : (string) wp_json_encode( $detail ),
		);
		try {
			$id = $this->rows->add( $row );
		} catch ( Refusal ) {
			return;
		}
		/**
		 * A row was written to the activity log.
		 *
		 * @param array<string, int|string> $row Its columns, `id` among them.
		 */
		do_action( 'sallyport_activity', array( 'id' => $id ) + $row );
	}
}
