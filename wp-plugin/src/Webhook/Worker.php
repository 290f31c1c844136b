<?php
declare( strict_types=1 );

namespace Sallyport\WP\Webhook;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\AfterAnswer;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\DeliveryRow;
use Sallyport\WP\Store\DeliveryRows;
use Sallyport\WP\Store\EndpointRow;
use Sallyport\WP\Store\Lease;

/**
 * Sends what is due, one delivery after the other, in one process for each blog: a receiver that hangs occupies one PHP process
 * and no more. At least once: a process that dies between sending and recording it sends it again.
 */
final class Worker {
	/** Seconds during which a run begins new tries. */
	private const BUDGET = 15;

	/** Seconds after which an unfinished run or try counts as lost. */
	private const LEASE = 120;

	/** Seconds from a failed try to the next; after the last, the delivery has failed. */
	private const BACKOFF = array( 30, 120, 600, HOUR_IN_SECONDS, 6 * HOUR_IN_SECONDS, DAY_IN_SECONDS );

	/** Seconds for which an endpoint is spared that could not answer. */
	private const REST = 30;

	public function __construct(
		private readonly DeliveryRows $rows,
		private readonly Endpoints $endpoints,
		private readonly Sender $sender,
		private readonly Lease $lease,
		private readonly Wake $wake,
		private readonly Activity $activity,
	) {}

	/** Actions wp_ajax_nopriv_sallyport_webhooks and wp_ajax_…: answers, then works. Anybody may call it, like wp-cron.php. */
	public function serve(): never {
		if ( ! headers_sent() ) {
			header( 'Content-Length: 0' );
			header( 'Connection: close' );
		}
		wp_ob_end_flush_all();
		AfterAnswer::send();
		$this->run();
		exit;
	}

	/** Action sallyport_webhooks, by WP-Cron. */
	public function tick(): void {
		$this->run();
		if ( array() === $this->endpoints->all() ) {
			$this->wake->unschedule();
		}
	}

	/**
	 * Tries one delivery now, whether or not a run is in progress.
	 *
	 * @return DeliveryRow As it is afterwards.
	 * @throws Refusal sallyport_webhook_unknown.
	 */
	public function deliver( int $id ): DeliveryRow {
		$delivery = $this->rows->find( $id ) ?? throw new Refusal( Code::WebhookUnknown );
		$this->attempt( $delivery );
		return $this->rows->find( $id ) ?? $delivery;
	}

	private function run(): void {
		$end = time() + self::BUDGET;
		try {
			// While the lease is taken, a process that queues a delivery asks for no worker. So look again after releasing it.
			while ( null !== $this->rows->first_due( time() ) ) {
				if ( time() >= $end ) {
					$this->wake->ask();
					return;
				}
				if ( ! $this->lease->take( time(), self::LEASE ) ) {
					return;
				}
				try {
					$this->work( $end );
				} finally {
					$this->lease->release();
				}
			}
		} catch ( Refusal ) {
			return; // What is due stays due.
		}
	}

	private function work( int $end ): void {
		while ( time() < $end ) {
			$delivery = $this->rows->first_due( time() );
			if ( null === $delivery ) {
				return;
			}
			$this->attempt( $delivery );
		}
	}

	private function attempt( DeliveryRow $delivery ): void {
		$now = time();
		if ( ! $this->rows->claim( $delivery, $now + self::LEASE ) ) {
			return;
		}
		$endpoint = $this->endpoints->find( $delivery->endpoint );
		if ( null === $endpoint || ! $endpoint->active ) {
			$this->rows->settle( $delivery, DeliveryRow::FAILED, 'no_endpoint', $now );
			return;
		}
		try {
			$answer = $this->sender->send( $endpoint->url, $this->endpoints->secret( $endpoint ), $delivery->body, $now );
		} catch ( Refusal ) {
			$answer = 'unavailable';
		}
		$this->settle( $delivery, $endpoint, $answer, time() );
	}

	/** @param string $answer As Sender::send() returned it. */
	private function settle( DeliveryRow $delivery, EndpointRow $endpoint, string $answer, int $now ): void {
		$wait = self::BACKOFF[ $delivery->attempts ] ?? null;
		if ( 1 === preg_match( '/^2\d\d$/D', $answer ) ) {
			$this->rows->settle( $delivery, DeliveryRow::DONE, $answer, $now );
		} elseif ( '410' === $answer ) {
			$this->rows->settle( $delivery, DeliveryRow::FAILED, $answer, $now );
			$this->endpoints->end( $endpoint );
		} elseif ( null !== $wait ) {
			$this->rows->settle( $delivery, DeliveryRow::DUE, $answer, $now + $wait );
			if ( 1 !== preg_match( '/^[34]\d\d$/D', $answer ) || '429' === $answer ) {
				// The receiver fails, not this event: its other deliveries need not wait for a time-out each.
				$this->rows->rest( $endpoint->id, $now, $now + self::REST );
			}
		} elseif ( $this->rows->settle( $delivery, DeliveryRow::FAILED, $answer, $now ) ) {
			$this->activity->record(
				Event::WebhookFailed,
				0,
				'',
				Code::WebhookFailed->value,
				array(
					'endpoint' => $endpoint->id,
					'delivery' => (string) $delivery->id,
					'event'    => $delivery->event,
					'answer'   => $answer,
				)
			);
		}
	}
}
