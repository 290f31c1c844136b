<?php
declare( strict_types=1 );

namespace Sallyport\WP\Webhook;

use Sallyport\WP\Blog;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Lease;

/**
 * Makes the site send what is due, by a request of its own: within seconds, and without a login waiting for it.
 *
 * It does not use core's spawn_cron(): that runs every plugin's jobs as well, must not be used if DISABLE_WP_CRON is set, and
 * may run them in this very request (ALTERNATE_WP_CRON). If a site cannot reach itself, the WP-Cron event remains.
 */
final class Wake {
	/** Action of admin-ajax.php. */
	public const ACTION = 'sallyport_webhooks';

	/** Event of WP-Cron, and its interval. */
	public const EVENT     = 'sallyport_webhooks';
	private const INTERVAL = 'sallyport_minute';

	public function __construct( private readonly Lease $lease ) {}

	/**
	 * Asks for a worker, unless one is running, which looks again before it ends.
	 *
	 * @throws Refusal If the store fails.
	 */
	public function ask(): void {
		if ( $this->lease->is_taken( time() ) ) {
			return;
		}
		wp_remote_post(
			add_query_arg( 'action', self::ACTION, admin_url( 'admin-ajax.php' ) ),
			array(
				'blocking'  => false,
				'timeout'   => 1,
				/** This filter is documented in wp-includes/class-wp-http-streams.php */
				'sslverify' => apply_filters( 'https_local_ssl_verify', false ),
			)
		);
	}

	/**
	 * Asks for this blog's worker, and makes sure that the event is scheduled: events get lost. The check costs no query.
	 *
	 * @throws Refusal If the store fails.
	 */
	public function wake( int $blog_id ): void {
		if ( is_multisite() && null === get_site( $blog_id ) ) {
			return; // This very request has deleted the blog, and the event is about that.
		}
		Blog::on(
			$blog_id,
			function (): void {
				if ( ! wp_next_scheduled( self::EVENT ) ) {
					wp_schedule_event( time(), self::INTERVAL, self::EVENT );
				}
				$this->ask();
			}
		);
	}

	/** @param bool $everywhere On every site of the network; else on this one. */
	public function unschedule( bool $everywhere = false ): void {
		foreach ( Blog::each( $everywhere ? Blog::of_network() : array( get_current_blog_id() ) ) as $blog_id ) {
			Blog::on( $blog_id, static fn () => wp_clear_scheduled_hook( self::EVENT ) );
		}
	}

	/**
	 * Filter cron_schedules.
	 *
	 * @param array<string, array{interval: int, display: string}> $schedules
	 * @return array<string, array{interval: int, display: string}>
	 */
	public static function add_interval( array $schedules ): array {
		return $schedules + array(
			self::INTERVAL => array(
				'interval' => MINUTE_IN_SECONDS,
				// Setup schedules before core can translate; a translation then would raise a notice.
				'display'  => did_action( 'init' ) ? __( 'Every minute', 'sallyport' ) : 'Every minute',
			),
		);
	}
}
