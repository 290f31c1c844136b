<?php
declare( strict_types=1 );

namespace Sallyport\WP\Webhook;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use Sallyport\WP\SealedSecret;
use Sallyport\WP\Store\DeliveryRows;
use Sallyport\WP\Store\EndpointRow;
use Sallyport\WP\Store\EndpointRows;

/** The receivers of this blog's events. */
final class Endpoints {
	/** Most endpoints: the option is autoloaded, and every event is queued for each of them. */
	private const MOST = 20;

	/** The purpose that the secrets are sealed for. */
	private const PURPOSE = 'webhook';

	public function __construct(
		private readonly EndpointRows $rows,
		private readonly DeliveryRows $deliveries,
		private readonly Destinations $destinations,
		private readonly Engine $engine,
		private readonly Activity $activity,
	) {}

	/** @return list<EndpointRow> Costs no query. */
	public function all(): array {
		return $this->rows->read();
	}

	/** The endpoint as stored now, because a worker runs longer than its first read stays valid. */
	public function find( string $id ): ?EndpointRow {
		foreach ( $this->rows->read_now() as $endpoint ) {
			if ( $id === $endpoint->id ) {
				return $endpoint;
			}
		}
		return null;
	}

	/**
	 * @param list<string> $events Names of events in the activity log; empty means all.
	 * @return array{0: EndpointRow, 1: string} The endpoint, and its secret, which is not shown again.
	 * @throws Refusal sallyport_webhook_invalid {reason: events, too_many, or as Destinations::find()}.
	 */
	public function add( string $url, array $events, int $now ): array {
		if ( $events !== array_filter( $events, Queue::takes( ... ) ) ) {
			throw new Refusal( Code::WebhookInvalid, array( 'reason' => 'events' ) );
		}
		$this->destinations->find( $url );
		$id       = bin2hex( random_bytes( 6 ) );
		$secret   = Engine::random_token( 'whsec' );
		$endpoint = new EndpointRow( $id, $url, $events, $this->engine->seal( $secret, self::PURPOSE, self::owner( $id ) ), true, $now );
		$this->rows->change(
			static fn ( array $rows ): array => count( $rows ) < self::MOST
				? array( ...$rows, $endpoint )
				: throw new Refusal( Code::WebhookInvalid, array( 'reason' => 'too_many' ) )
		);
		$this->record( Event::WebhookAdded, $endpoint );
		return array( $endpoint, $secret );
	}

	/**
	 * Removes an endpoint, and its queued deliveries.
	 *
	 * @throws Refusal sallyport_webhook_unknown.
	 */
	public function remove( string $id ): void {
		$endpoint = $this->find( $id ) ?? throw new Refusal( Code::WebhookUnknown );
		$this->rows->change(
			static fn ( array $rows ): array => array_values( array_filter( $rows, static fn ( EndpointRow $row ): bool => $id !== $row->id ) )
		);
		$this->deliveries->delete_of( $id );
		$this->record( Event::WebhookRemoved, $endpoint );
	}

	/** The receiver answered 410 Gone: nothing is sent to it any more. */
	public function end( EndpointRow $gone ): void {
		$this->rows->change(
			static fn ( array $rows ): array => array_map(
				static fn ( EndpointRow $row ): EndpointRow => $gone->id === $row->id ? $row->ended() : $row,
				$rows
			)
		);
		$this->record( Event::WebhookGone, $gone, Code::WebhookFailed->value );
	}

	/** @throws Refusal If the secret cannot be unsealed. */
	public function secret( EndpointRow $endpoint ): string {
		return $this->engine->unseal( $endpoint->sealed, self::PURPOSE, self::owner( $endpoint->id ) );
	}

	/** @return iterable<SealedSecret> This blog's. */
	public function sealed(): iterable {
		foreach ( $this->rows->read_now() as $endpoint ) {
			$put = function ( string $sealed ) use ( $endpoint ): bool {
				$done = false;
				$this->rows->change(
					static function ( array $rows ) use ( $endpoint, $sealed, &$done ): array {
						$is_it = static fn ( EndpointRow $row ): bool => $row->id === $endpoint->id && $row->sealed === $endpoint->sealed;
						$done  = array() !== array_filter( $rows, $is_it );
						return array_map( static fn ( EndpointRow $row ): EndpointRow => $is_it( $row ) ? $row->resealed( $sealed ) : $row, $rows );
					}
				);
				return $done;
			};
			yield new SealedSecret( 'endpoint ' . $endpoint->id, $endpoint->sealed, self::PURPOSE, self::owner( $endpoint->id ), $put );
		}
	}

	private static function owner( string $id ): string {
		return get_current_blog_id() . ':' . $id;
	}

	/** Logs the host only: a receiver's path may be a secret. */
	private function record( Event $event, EndpointRow $endpoint, string $outcome = 'ok' ): void {
		$detail = array(
			'endpoint' => $endpoint->id,
			'host'     => (string) wp_parse_url( $endpoint->url, PHP_URL_HOST ),
		);
		$this->activity->record( $event, get_current_user_id(), '', $outcome, $detail );
	}
}
