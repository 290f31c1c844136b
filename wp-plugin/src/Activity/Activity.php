<?php
declare( strict_types=1 );

namespace Sallyport\WP\Activity;

use Closure;
use Sallyport\WP\Address;
use Sallyport\WP\Blog;
use Sallyport\WP\Client;
use Sallyport\WP\Php;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ActivityRows;
use Sallyport\WP\Store\Settings;

/** Writes the log: who was let in, who was not, and what changed. Never a code, a token or a secret. */
final class Activity {
	/**
	 * Bytes of each side of a change. All fields of a policy, or all settings, must fit into one detail of 64 kB: longer
	 * ones lose the row.
	 */
	private const SIDE = 500;

	/**
	 * @param Closure(): ?string $by        Who acts, if that is no user.
	 * @param Closure(int): bool $is_probed Whether a user is a probe's visitor.
	 */
	public function __construct(
		private readonly ActivityRows $rows,
		private readonly Client $client,
		private readonly Settings $settings,
		private readonly Closure $by,
		private readonly Closure $is_probed,
	) {}

	/**
	 * Writes one row. If that fails, this request continues; the next one finds the store marked as failing.
	 *
	 * @param Event                     $event   What happened; a new event is a case of that enum.
	 * @param int                       $user_id 0 if the user is unknown.
	 * @param string                    $issuer  Name of the issuer or door, if any.
	 * @param string                    $outcome `ok`, or the stable code of the refusal.
	 * @param array<string, int|string> $detail  What an administrator needs to act on it.
	 * @param string|null               $device  Device of the sign-in it is about; null: this request's client.
	 */
	public function record(
		Event $event,
		int $user_id,
		string $issuer = '',
		string $outcome = 'ok',
		array $detail = array(),
		?string $device = null,
	): void {
		$detail += array_filter( array( 'by' => ( $this->by )() ), is_string( ... ) );
		if ( ( $this->is_probed )( $user_id ) ) {
			$detail += ActivityRows::PROBE;
		}
		$row = array(
			'time'    => time(),
			'event'   => $event->value,
			'user_id' => $user_id,
			'blog_id' => get_current_blog_id(),
			'ip'      => $this->address(),
			'device'  => $device ?? $this->client->device(),
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
		 * Fires after a row was written to the activity log.
		 *
		 * @param array<string, int|string> $row Its columns, including `id`.
		 */
		do_action( 'sallyport_activity', array( 'id' => $id ) + $row );
	}

	/** Values before and after a change, for a detail. A long value is cut, and marked as cut. */
	public static function change( string $before, string $after ): string {
		$cut = static fn ( string $side ): string => strlen( $side ) <= self::SIDE
			? $side
			: Php::cut( $side, self::SIDE ) . '… (cut, ' . strlen( $side ) . ' bytes)';
		return $cut( $before ) . ' → ' . $cut( $after );
	}

	/**
	 * Deletes what is older than its blog keeps it. For a blog that no longer exists, this one's setting counts.
	 *
	 * @return int Rows deleted, at most $limit.
	 */
	public function delete_old( int $now, int $limit ): int {
		$deleted = 0;
		foreach ( Blog::each( $this->rows->blogs() ) as $blog_id ) {
			$days = $this->days( $blog_id );
			if ( $days > 0 ) {
				$deleted += $this->rows->delete_before( $blog_id, $now - $days * DAY_IN_SECONDS, $limit - $deleted );
			}
			if ( $deleted >= $limit ) {
				break;
			}
		}
		return $deleted;
	}

	/** As much of the client's address as this blog keeps. */
	private function address(): string {
		return match ( $this->settings->get( 'activity_address' ) ) {
			'none'      => '',
			'truncated' => Address::truncated( $this->client->address() ),
			default     => $this->client->address(),
		};
	}

	private function days( int $blog_id ): int {
		$there = is_multisite() && null !== get_site( $blog_id ) ? $blog_id : get_current_blog_id();
		return Blog::on( $there, fn (): int => (int) $this->settings->get( 'activity_days' ) );
	}
}
