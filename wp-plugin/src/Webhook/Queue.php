<?php
declare( strict_types=1 );

namespace Sallyport\WP\Webhook;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ActivityRows;
use Sallyport\WP\Store\DeliveryRows;
use Sallyport\WP\Store\EndpointRow;

/** Puts each event of the log into the queue, once for each endpoint that wants it. Sends nothing itself. */
final class Queue {
	/** How events about webhooks begin: no webhook tells of them, or a receiver that fails would be told so without end. */
	private const OWN = 'webhook_';

	/** Seconds for which no worker takes what whoever queues it is about to send. */
	public const IN_HAND = 60;

	/** The endpoint that is being tested: for it alone. */
	private ?EndpointRow $tested = null;

	public function __construct(
		private readonly Endpoints $endpoints,
		private readonly DeliveryRows $rows,
		private readonly Activity $activity,
	) {}

	/**
	 * Action sallyport_activity. If the store fails the request goes on; the next finds it marked as failing.
	 *
	 * @param array<string, int|string> $row Of the activity log.
	 * @return bool Whether a worker is to be asked for.
	 */
	public function add( array $row ): bool {
		$event  = (string) $row['event'];
		$wanted = ActivityRows::is_probed( $row ) ? array() : $this->wanted( $event );
		if ( array() === $wanted ) {
			return false;
		}
		$body    = self::body( $row );
		$next_at = time() + ( null === $this->tested ? 0 : self::IN_HAND );
		try {
			foreach ( $wanted as $endpoint ) {
				$this->rows->add( $endpoint->id, $event, $body, time(), $next_at );
			}
		} catch ( Refusal ) {
			return false;
		}
		return null === $this->tested;
	}

	/**
	 * Queues the event `webhook_tested`, for one endpoint.
	 *
	 * @return int The delivery's id.
	 * @throws Refusal When it could not be queued.
	 */
	public function test( EndpointRow $endpoint ): int {
		$this->tested = $endpoint;
		try {
			$this->activity->record( Event::WebhookTested, get_current_user_id() );
		} finally {
			$this->tested = null;
		}
		return $this->rows->newest_of( $endpoint->id, Event::WebhookTested->value )->id ?? throw Refusal::unavailable( Problem::Database );
	}

	/** Whether there is an event of that name, and it is sent. */
	public static function takes( string $event ): bool {
		return null !== Event::tryFrom( $event ) && ! str_starts_with( $event, self::OWN );
	}

	/** @return list<EndpointRow> */
	private function wanted( string $event ): array {
		if ( null !== $this->tested ) {
			return Event::WebhookTested->value === $event ? array( $this->tested ) : array();
		}
		return self::takes( $event ) ? array_filter( $this->endpoints->all(), static fn ( EndpointRow $endpoint ): bool => $endpoint->wants( $event ) ) : array();
	}

	/**
	 * The contract's fields and no other: never the row's `detail`. In ASCII, which every database keeps as it is.
	 *
	 * @param array<string, int|string> $row
	 */
	private static function body( array $row ): string {
		$user_id = (int) $row['user_id'];
		$user    = 0 === $user_id ? false : get_userdata( $user_id );
		return (string) wp_json_encode(
			array(
				'id'      => (int) $row['id'],
				'event'   => (string) $row['event'],
				'time'    => gmdate( 'c', (int) $row['time'] ),
				'site'    => home_url(),
				'user'    => 0 === $user_id ? null : array(
					'ID'         => $user_id,
					'user_login' => $user ? $user->user_login : '',
				),
				'ip'      => (string) $row['ip'],
				'device'  => (string) ( $row['device'] ?? '' ),
				'issuer'  => (string) $row['issuer'],
				'outcome' => (string) $row['outcome'],
			),
			JSON_UNESCAPED_SLASHES
		);
	}
}
