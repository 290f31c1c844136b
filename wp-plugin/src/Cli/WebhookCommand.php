<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\DeliveryRow;
use Sallyport\WP\Store\DeliveryRows;
use Sallyport\WP\Store\EndpointRow;
use Sallyport\WP\Webhook\Endpoints;
use Sallyport\WP\Webhook\Hint;
use Sallyport\WP\Webhook\Queue;
use Sallyport\WP\Webhook\Worker;
use WP_CLI;

/**
 * Endpoints that receive events of the activity log, by signed requests (docs/webhooks.md).
 */
final class WebhookCommand {
	private const ENDPOINT = array( 'id', 'url', 'events', 'active', 'created' );
	private const DELIVERY = array( 'id', 'endpoint', 'event', 'state', 'attempts', 'answer', 'next', 'created' );

	/** Number of deliveries that are listed. */
	private const NEWEST = 100;

	public function __construct(
		private readonly Endpoints $endpoints,
		private readonly DeliveryRows $deliveries,
		private readonly Queue $queue,
		private readonly Worker $worker,
	) {}

	/**
	 * Adds an endpoint, and prints it with its secret, which is not shown again.
	 *
	 * ## OPTIONS
	 *
	 * <url>
	 * : The URL that events are sent to. It must be https, and on the public internet unless the setting webhook_allow_private is on.
	 *
	 * [--events=<events>]
	 * : Names of events of the activity log, separated by commas. The default is all events.
	 *
	 * [--format=<format>]
	 * : The format of the result.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     wp sallyport webhook add https://receiver.example/hook
	 *     wp sallyport webhook add https://receiver.example/locks --events=second_step_locked,code_replayed
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function add( array $args, array $assoc ): void {
		Commands::run(
			function () use ( $args, $assoc ): void {
				[ $endpoint, $secret ] = $this->endpoints->add( $args[0], self::events( $assoc ), time() );
				$item                  = self::endpoint( $endpoint, $assoc ) + array( 'secret' => $secret );
				WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', array( $item ), array( ...self::ENDPOINT, 'secret' ) );
			},
			Hint::of( ... )
		);
	}

	/**
	 * Lists the endpoints.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : The format of the list.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * @subcommand list
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function list_( array $args, array $assoc ): void {
		$items = array_map( fn ( EndpointRow $row ): array => self::endpoint( $row, $assoc ), $this->endpoints->all() );
		WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', $items, self::ENDPOINT );
	}

	/**
	 * Removes an endpoint, and all events that are queued for it.
	 *
	 * ## OPTIONS
	 *
	 * <id>
	 * : The id of the endpoint.
	 *
	 * [--yes]
	 * : Do not ask for confirmation.
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function remove( array $args, array $assoc ): void {
		WP_CLI::confirm( __( 'Remove this endpoint, and what is queued for it?', 'sallyport' ), $assoc );
		Commands::run( fn () => $this->endpoints->remove( $args[0] ) );
		/* translators: %s: id of an endpoint. */
		WP_CLI::success( sprintf( __( 'The endpoint %s was removed.', 'sallyport' ), $args[0] ) );
	}

	/**
	 * Sends the event webhook_tested to one endpoint, at once, and prints the result.
	 *
	 * ## OPTIONS
	 *
	 * <id>
	 * : The id of the endpoint.
	 *
	 * [--format=<format>]
	 * : The format of the result.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function test( array $args, array $assoc ): void {
		Commands::run(
			function () use ( $args, $assoc ): void {
				$endpoint = $this->endpoints->find( $args[0] ) ?? throw new Refusal( Code::WebhookUnknown );
				$this->deliver( $this->queue->test( $endpoint ), $assoc );
			}
		);
	}

	/**
	 * Lists the newest deliveries.
	 *
	 * ## OPTIONS
	 *
	 * [--state=<state>]
	 * : Only deliveries in this state.
	 * ---
	 * options:
	 *   - due
	 *   - done
	 *   - failed
	 * ---
	 *
	 * [--format=<format>]
	 * : The format of the list.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function deliveries( array $args, array $assoc ): void {
		Commands::run( fn () => self::show( $this->deliveries->newest( $assoc['state'] ?? null, self::NEWEST ), $assoc ) );
	}

	/**
	 * Sends a failed delivery once more, at once, and prints the result.
	 *
	 * ## OPTIONS
	 *
	 * <id>
	 * : The id of the delivery.
	 *
	 * [--format=<format>]
	 * : The format of the result.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function retry( array $args, array $assoc ): void {
		Commands::run(
			function () use ( $args, $assoc ): void {
				if ( ! ctype_digit( $args[0] ) || ! $this->deliveries->revive( (int) $args[0], time() + Queue::IN_HAND ) ) {
					throw new Refusal( Code::WebhookUnknown );
				}
				$this->deliver( (int) $args[0], $assoc );
			}
		);
	}

	/**
	 * @param array<string, string> $assoc
	 * @throws Refusal sallyport_webhook_failed {reason} if the receiver did not accept it.
	 */
	private function deliver( int $id, array $assoc ): void {
		$delivery = $this->worker->deliver( $id );
		self::show( array( $delivery ), $assoc );
		if ( DeliveryRow::DONE !== $delivery->state ) {
			throw new Refusal( Code::WebhookFailed, array( 'reason' => $delivery->answer ) );
		}
	}

	/**
	 * @param list<DeliveryRow>     $rows
	 * @param array<string, string> $assoc
	 */
	private static function show( array $rows, array $assoc ): void {
		$items = array_map(
			static fn ( DeliveryRow $row ): array => array(
				'next'    => DeliveryRow::DUE === $row->state ? gmdate( 'c', $row->next_at ) : null,
				'created' => gmdate( 'c', $row->created_at ),
			) + get_object_vars( $row ),
			$rows
		);
		WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', $items, self::DELIVERY );
	}

	/**
	 * @param array<string, string> $assoc
	 * @return array<string, mixed>
	 */
	private static function endpoint( EndpointRow $row, array $assoc ): array {
		return array(
			'events'  => 'json' === ( $assoc['format'] ?? '' ) ? $row->events : implode( ',', $row->events ),
			'created' => gmdate( 'c', $row->created ),
		) + get_object_vars( $row );
	}

	/**
	 * @param array<string, string> $assoc
	 * @return list<string>
	 */
	private static function events( array $assoc ): array {
		return preg_split( '/[\s,]+/', (string) ( $assoc['events'] ?? '' ), -1, PREG_SPLIT_NO_EMPTY );
	}
}
