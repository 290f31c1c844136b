<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/**
 * The webhook queue. If two processes want to send the same delivery, the UPDATE that counts the try lets one of them.
 *
 * Every method throws Refusal (sallyport_unavailable) if the store fails.
 */
final class DeliveryRows {
	/** Seconds a delivery is kept: days longer than the last retry takes. */
	private const KEPT = 7 * DAY_IN_SECONDS;

	public function __construct( private readonly Database $database ) {}

	/** @return int Its id. */
	public function add( string $endpoint, string $event, string $body, int $now, int $next_at ): int {
		return $this->database->insert(
			'webhook_deliveries',
			array(
				'endpoint'   => $endpoint,
				'blog_id'    => get_current_blog_id(),
				'event'      => $event,
				'body'       => $body,
				'next_at'    => $next_at,
				'created_at' => $now,
			)
		);
	}

	public function find( int $id ): ?DeliveryRow {
		return $this->all( 'id = %d', array( $id ), 1 )[0] ?? null;
	}

	/** The delivery that has been due longest; null if none is due. */
	public function first_due( int $now ): ?DeliveryRow {
		return $this->all( "state = 'due' AND next_at <= %d ORDER BY next_at, id", array( $now ), 1 )[0] ?? null;
	}

	/** @return list<DeliveryRow> The newest. */
	public function newest( ?string $state, int $limit ): array {
		return null === $state
			? $this->all( '1 = 1 ORDER BY id DESC', array(), $limit )
			: $this->all( 'state = %s ORDER BY id DESC', array( $state ), $limit );
	}

	public function newest_of( string $endpoint, string $event ): ?DeliveryRow {
		return $this->all( 'endpoint = %s AND event = %s ORDER BY id DESC', array( $endpoint, $event ), 1 )[0] ?? null;
	}

	/** Claims a try, once only: false if another process has begun it. */
	public function claim( DeliveryRow $delivery, int $until ): bool {
		return $this->database->decide(
			"UPDATE {webhook_deliveries} SET attempts = attempts + 1, next_at = %d WHERE id = %d AND state = 'due' AND attempts = %d",
			array( $until, $delivery->id, $delivery->attempts )
		);
	}

	/** Records the result of a claimed try, unless it took so long that another process has begun the next one. */
	public function settle( DeliveryRow $claimed, string $state, string $answer, int $next_at ): bool {
		return $this->database->decide(
			"UPDATE {webhook_deliveries} SET state = %s, answer = %s, next_at = %d WHERE id = %d AND state = 'due' AND attempts = %d",
			array( $state, $answer, $next_at, $claimed->id, $claimed->attempts + 1 )
		);
	}

	/** Postpones all due deliveries of an endpoint. */
	public function rest( string $endpoint, int $now, int $until ): void {
		$this->database->execute(
			"UPDATE {webhook_deliveries} SET next_at = %d WHERE blog_id = %d AND state = 'due' AND next_at <= %d AND endpoint = %s",
			array( $until, get_current_blog_id(), $now, $endpoint )
		);
	}

	/** Makes a failed delivery due again. */
	public function revive( int $id, int $next_at ): bool {
		return $this->database->decide(
			"UPDATE {webhook_deliveries} SET state = 'due', next_at = %d WHERE id = %d AND blog_id = %d AND state = 'failed'",
			array( $next_at, $id, get_current_blog_id() )
		);
	}

	public function delete_of( string $endpoint ): void {
		$this->database->execute( 'DELETE FROM {webhook_deliveries} WHERE blog_id = %d AND endpoint = %s', array( get_current_blog_id(), $endpoint ) );
	}

	/** @return int Rows deleted, of every blog and in any state; at most $limit. */
	public function delete_old( int $now, int $limit ): int {
		return $this->database->prune( 'webhook_deliveries', 'created_at <= %d', array( $now - self::KEPT ), $limit );
	}

	/** @return list<DeliveryRow> This blog's. */
	private function all( string $where, array $args, int $limit ): array {
		return array_map(
			DeliveryRow::from( ... ),
			$this->database->rows( "SELECT * FROM {webhook_deliveries} WHERE blog_id = %d AND $where LIMIT %d", array( get_current_blog_id(), ...$args, $limit ) )
		);
	}
}
