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

/** Queues each event of the log once for every endpoint that subscribes to it. Sends nothing itself. */
final class Queue {
	/** Prefix of events about webhooks. They are never sent by webhook: a failing receiver would cause events without end. */
	private const OWN = 'webhook_';

	/** Seconds for which workers leave a delivery to the process that queued it and is about to send it. */
	public const IN_HAND = 60;

	/** The endpoint being tested, which alone gets the event. */
	private ?EndpointRow $tested = null;

	public function __construct(
		private readonly Endpoints $endpoints,
		private readonly DeliveryRows $rows,
		private readonly Activity $activity,
	) {}

	/**
	 * Action sallyport_activity. If the store fails, the request continues; the next one finds the store marked as failing.
	 *
	 * @param array<string, int|string> $row Of the activity log.
	 * @return bool Whether a worker is needed.
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
	 * Queues the event `webhook_tested` for one endpoint.
	 *
	 * @return int The delivery's id.
	 * @throws Refusal If it could not be queued.
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

	/** Whether an event with that name exists, and may be sent. */
	public static function takes( string $event ): bool {
		return null !== Event::tryFrom( $event ) && ! str_starts_with( $event, self::OWN );
	}

	/** @return array<EndpointRow> */
	private function wanted( string $event ): array {
		if ( null !== $this->tested ) {
			return Event::WebhookTested->value === $event ? array( $this->tested ) : array();
		}
		return self::takes( $event )
			? array_filter( $this->endpoints->all(), static fn ( EndpointRow $endpoint ): bool => $endpoint->wants( $event ) )
			: array();
	}

	/**
	 * Only the contract's fields, never the row's `detail`. In ASCII, which every database stores unchanged.
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
