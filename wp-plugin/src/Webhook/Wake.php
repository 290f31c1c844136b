<?php
declare( strict_types=1 );

namespace Sallyport\WP\Webhook;

use Sallyport\WP\Blog;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Lease;

/**
 * Asks the site, in a request of its own, to send what is due: within seconds, and while no login waits for it.
 *
 * Not by core's spawn_cron(), which does every plugin's work with ours, is to be left alone where DISABLE_WP_CRON says so,
 * and may do that work in this very request (ALTERNATE_WP_CRON). Where a site cannot reach itself, the event of WP-Cron
 * remains.
 */
final class Wake {
	/** Of admin-ajax.php. */
	public const ACTION = 'sallyport_webhooks';

	/** Of WP-Cron, and how often it comes. */
	public const EVENT     = 'sallyport_webhooks';
	private const INTERVAL = 'sallyport_minute';

	public function __construct( private readonly Lease $lease ) {}

	/**
	 * Asks for a worker, unless one is at it: that one looks again before it goes.
	 *
	 * @throws Refusal When the store fails.
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
	 * Asks for this blog's, and sees to it that there is an event: they get lost. Looking costs no query.
	 *
	 * @throws Refusal When the store fails.
	 */
	public function wake( int $blog_id ): void {
		if ( is_multisite() && null === get_site( $blog_id ) ) {
			return; // It was deleted by this very request, of which it was told.
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

	/** @param bool $everywhere On every site of the network; else of this one. */
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
				// Setup schedules before core can translate, and would be told off for it.
				'display'  => did_action( 'init' ) ? __( 'Every minute', 'sallyport' ) : 'Every minute',
			),
		);
	}
}
