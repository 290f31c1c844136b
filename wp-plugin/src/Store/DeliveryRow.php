<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** One event to be delivered to one endpoint. Times are Unix seconds. */
final class DeliveryRow {
	/** Waiting to be sent, or being sent. */
	public const DUE    = 'due';
	public const DONE   = 'done';
	public const FAILED = 'failed';

	/**
	 * @param string $endpoint The endpoint's id.
	 * @param string $body     The bytes to send.
	 * @param int    $attempts Tries begun. The process that raises it owns the delivery.
	 * @param int    $next_at  When it is tried next; while it is being sent, when the try counts as lost.
	 * @param string $answer   Result of the last try: an HTTP status, or why there was none.
	 */
	public function __construct(
		public readonly int $id,
		public readonly string $endpoint,
		public readonly string $event,
		public readonly string $body,
		public readonly int $attempts,
		public readonly int $next_at,
		public readonly string $state,
		public readonly string $answer,
		public readonly int $created_at,
	) {}

	/** @param array<string, string> $row */
	public static function from( array $row ): self {
		return new self(
			(int) $row['id'],
			$row['endpoint'],
			$row['event'],
			$row['body'],
			(int) $row['attempts'],
			(int) $row['next_at'],
			$row['state'],
			$row['answer'],
			(int) $row['created_at']
		);
	}
}
