<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Activity\Log;
use WP_CLI;

/**
 * The activity log of this site.
 */
final class ActivityCommand {
	private const MOST = 10000;

	public function __construct( private readonly Log $log ) {}

	/**
	 * Lists the activity log, newest first.
	 *
	 * If WP-CLI's own option --user=<id|login|email>, or `user` in its configuration, is set, it lists only events of that user.
	 *
	 * ## OPTIONS
	 *
	 * [--event=<event>]
	 * : Only events with this name. docs/activity.md lists the names.
	 *
	 * [--account=<user>]
	 * : Only events of this user: login, e-mail address or id; for a deleted user, the id.
	 *
	 * [--since=<time>]
	 * : Only events from this time on: 2026-10-27, 2026-10-27T10:00:00+02:00, "2 days ago". A time without an offset is in UTC.
	 *
	 * [--until=<time>]
	 * : Only events before this time.
	 *
	 * [--limit=<number>]
	 * : The number of events to list, at most 10000.
	 * ---
	 * default: 50
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
	 * ## EXAMPLES
	 *
	 *     wp sallyport activity --event=code_refused --account=ada --since="2 days ago"
	 *     wp sallyport activity --since=2026-10-01 --until=2026-11-01 --limit=10000 --format=csv
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function __invoke( array $args, array $assoc ): void {
		$filter = array_filter(
			array(
				'event'  => isset( $assoc['event'] ) ? self::event( (string) $assoc['event'] ) : null,
				'user'   => isset( $assoc['account'] ) ? self::user( (string) $assoc['account'] ) : self::caller(),
				'after'  => isset( $assoc['since'] ) ? self::time( (string) $assoc['since'] ) : null,
				'before' => isset( $assoc['until'] ) ? self::time( (string) $assoc['until'] ) : null,
			),
			static fn ( int|string|null $value ): bool => null !== $value
		);
		$limit  = self::number( (string) ( $assoc['limit'] ?? '50' ) );
		$format = $assoc['format'] ?? 'table';
		Commands::run(
			function () use ( $filter, $limit, $format ): void {
				$entries = $this->log->entries( $filter, $limit );
				if ( 'json' === $format ) {
					WP_CLI\Utils\format_items( 'json', $entries, Log::FIELDS );
				} else {
					WP_CLI\Utils\format_items( $format, array_map( Log::cells( ... ), $entries ), Log::COLUMNS );
				}
			}
		);
	}

	private static function event( string $name ): string {
		if ( null === Event::tryFrom( $name ) ) {
			WP_CLI::error(
				/* translators: %s: list of names. */
				sprintf( __( 'There is no such event. The events are: %s', 'sallyport' ), implode( ', ', array_column( Event::cases(), 'value' ) ) )
			);
		}
		return $name;
	}

	private static function user( string $name ): int {
		// An id also finds the events of a deleted user.
		return 1 === preg_match( '/^\d{1,18}$/D', $name ) ? (int) $name : Commands::user( $name )->ID;
	}

	/** The user that the command runs as, if any. WP-CLI reads --user itself, so it cannot be an option of ours. */
	private static function caller(): ?int {
		$user = wp_get_current_user();
		if ( 0 === $user->ID ) {
			return null;
		}
		/* translators: %s: user name. */
		WP_CLI::warning( sprintf( __( 'Only what concerns %s, the user this command runs as.', 'sallyport' ), $user->user_login ) );
		return $user->ID;
	}

	private static function time( string $text ): int {
		$time = strtotime( $text );
		if ( false === $time ) {
			WP_CLI::error( __( 'That is not a time.', 'sallyport' ) );
		}
		return (int) $time;
	}

	private static function number( string $text ): int {
		$number = 1 === preg_match( '/^\d{1,9}$/D', $text ) ? (int) $text : 0;
		if ( $number < 1 || $number > self::MOST ) {
			/* translators: %d: a number. */
			WP_CLI::error( sprintf( __( 'The limit is a number from 1 to %d.', 'sallyport' ), self::MOST ) );
		}
		return $number;
	}
}
