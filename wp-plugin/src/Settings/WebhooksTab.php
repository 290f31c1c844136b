<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Administering;
use Sallyport\WP\Fields;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;
use Sallyport\WP\Security\View;
use Sallyport\WP\Store\DeliveryRow;
use Sallyport\WP\Store\DeliveryRows;
use Sallyport\WP\Store\EndpointRow;
use Sallyport\WP\Template;
use Sallyport\WP\Webhook\Endpoints;
use Sallyport\WP\Webhook\Hint;
use Sallyport\WP\Webhook\Queue;
use Sallyport\WP\Webhook\Worker;

/** Webhook endpoints for the activity log's events, and their deliveries. */
final class WebhooksTab implements Tab {
	/** Deliveries shown. */
	private const NEWEST = 20;

	/** Longest URL in bytes. */
	private const ADDRESS = 2048;

	/** The secret of a new endpoint: shown only in this answer. */
	private ?string $shown_once = null;

	/** @var list<string> Ticked and not saved. */
	private array $events = array();

	public function __construct(
		private readonly Endpoints $endpoints,
		private readonly DeliveryRows $deliveries,
		private readonly Queue $queue,
		private readonly Worker $worker,
		private readonly Administering $administering,
	) {}

	public static function slug(): string {
		return 'webhooks';
	}

	public static function title(): string {
		return __( 'Webhooks', 'sallyport' );
	}

	public static function said( string $done ): string {
		return match ( $done ) {
			'removed' => __( 'The endpoint was removed, along with everything queued for it.', 'sallyport' ),
			'taken'   => __( 'The receiver accepted it.', 'sallyport' ),
			default   => '',
		};
	}

	public function handle( string $what, Fields $fields ): ?string {
		switch ( $what ) {
			case 'add':
				$this->events = array_map( 'strval', array_keys( $fields->map( 'events' ) ?? array() ) );
				$this->administering->require_proof( get_current_user_id() );
				$this->shown_once = $this->endpoints->add( $fields->text( 'url', self::ADDRESS ), $this->events, time() )[1];
				$this->events     = array();
				return null;
			case 'remove':
				$this->administering->require_proof( get_current_user_id() );
				$this->endpoints->remove( $fields->text( 'id' ) );
				return 'removed';
			case 'test':
				return $this->deliver(
					$this->queue->test( $this->endpoints->find( $fields->text( 'id' ) ) ?? throw new Refusal( Code::WebhookUnknown ) )
				);
			case 'retry':
				$id = (int) $fields->whole( 'id', 1, PHP_INT_MAX );
				return $this->deliver( $this->deliveries->revive( $id, time() + Queue::IN_HAND ) ? $id : throw new Refusal( Code::WebhookUnknown ) );
			default:
				throw new Refusal( Code::InvalidParam );
		}
	}

	/** @throws Refusal sallyport_webhook_failed {reason} if the receiver did not accept it. */
	private function deliver( int $id ): string {
		$delivery = $this->worker->deliver( $id );
		return DeliveryRow::DONE === $delivery->state
			? 'taken'
			: throw new Refusal( Code::WebhookFailed, array( 'reason' => $delivery->answer ) );
	}

	public function render( array $shared ): void {
		$shown = array(
			'secret'     => $this->shown_once,
			'ticked'     => $this->events,
			'events'     => array_filter( Event::cases(), static fn ( Event $event ): bool => Queue::takes( $event->value ) ),
			'proven'     => $this->administering->has_proof( get_current_user_id() ),
			'fresh'      => $this->administering->has_fresh_proof( get_current_user_id() ),
			'endpoints'  => array(),
			'deliveries' => array(),
		);
		if ( null !== $shared['refusal'] ) {
			$shared['error'] = self::message( $shared['refusal'] );
		}
		try {
			$endpoints           = array_column( $this->endpoints->all(), null, 'id' );
			$shown['endpoints']  = array_map( self::endpoint( ... ), $endpoints );
			$shown['deliveries'] = array_map(
				static fn ( DeliveryRow $row ): array => self::delivery( $row, $endpoints[ $row->endpoint ] ?? null ),
				$this->deliveries->newest( null, self::NEWEST )
			);
		} catch ( Refusal $refusal ) {
			$shared['error'] = self::message( $refusal );
		}
		echo Template::own( 'settings/webhooks', array( 'view' => new View( $shown + $shared ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
	}

	/** @return array{id: string, url: string, events: string, active: bool, created: int} */
	private static function endpoint( EndpointRow $row ): array {
		return array( 'events' => implode( ' · ', array_map( self::event( ... ), $row->events ) ) ) + get_object_vars( $row );
	}

	/** @return array{id: int, created: int, event: string, receiver: string, state: string, answer: string, next: int, retry: bool} */
	private static function delivery( DeliveryRow $row, ?EndpointRow $endpoint ): array {
		return array(
			'id'       => $row->id,
			'created'  => $row->created_at,
			'event'    => self::event( $row->event ),
			'receiver' => null === $endpoint ? $row->endpoint : (string) wp_parse_url( $endpoint->url, PHP_URL_HOST ),
			'state'    => $row->state,
			'answer'   => Hint::answer( $row->answer ),
			'next'     => $row->next_at,
			'retry'    => DeliveryRow::FAILED === $row->state && null !== $endpoint,
		);
	}

	/** The event's name for people. */
	private static function event( string $name ): string {
		return Event::tryFrom( $name )?->title() ?? $name;
	}

	private static function message( Refusal $refusal ): string {
		return match ( $refusal->reason ) {
			Code::WebhookInvalid => Hint::of( $refusal ) ?: $refusal->tell(),
			Code::WebhookFailed  => $refusal->tell() . ' ' . Hint::answer( (string) $refusal->data['reason'] ),
			Code::MissingParam, Code::InvalidParam => __( 'Please enter the address of the receiver.', 'sallyport' ),
			default              => Form::message( $refusal ),
		};
	}
}
