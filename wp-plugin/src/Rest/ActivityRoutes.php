<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Activity\Log;
use Sallyport\WP\Fields;
use Sallyport\WP\Refusal;
use WP_REST_Request;
use WP_REST_Response;

/** The activity log of this site, for administrators (contract section 6). */
final class ActivityRoutes {
	/** Entries of a page. */
	public const PAGE = 20;

	/** Entries of a page at most; of CSV there are always so many to a file. */
	public const MOST     = 100;
	public const MOST_CSV = 10000;

	/** The last page that may be asked for. */
	public const PAGES = 1000000;

	public function __construct( private readonly Log $log ) {}

	/** GET /activity: {items, total, pages}, the newest first; or a file of CSV. */
	public function show( WP_REST_Request $request ): WP_REST_Response {
		$fields = Fields::of_address( $request );
		$filter = self::filter( $fields );
		$csv    = 'csv' === $fields->one_of( 'format', array( 'json', 'csv' ) );
		$page   = $fields->whole( 'page', 1, self::PAGES ) ?? 1;
		$size   = $fields->whole( 'per_page', 1, self::MOST ) ?? self::PAGE;
		$size   = $csv ? self::MOST_CSV : $size;
		$total  = $this->log->count( $filter );
		$pages  = (int) ceil( $total / $size );
		$items  = $this->log->entries( $filter, $size, ( $page - 1 ) * $size );
		$answer = $csv ? self::csv( $items, $page, max( 1, $pages ) ) : new WP_REST_Response(
			array(
				'items' => $items,
				'total' => $total,
				'pages' => $pages,
			)
		);
		$answer->header( 'X-WP-Total', (string) $total );
		$answer->header( 'X-WP-TotalPages', (string) $pages );
		return $answer;
	}

	/**
	 * @return array<string, int|string>
	 * @throws Refusal rest_invalid_param.
	 */
	private static function filter( Fields $fields ): array {
		$filter = array(
			'event'   => $fields->one_of( 'event', array_column( Event::cases(), 'value' ) ),
			'user'    => $fields->whole( 'user', 0, PHP_INT_MAX ),
			'ip'      => $fields->address( 'ip' ),
			'issuer'  => $fields->optional( 'issuer', 64 ),
			'outcome' => $fields->optional( 'outcome', 64 ),
			'after'   => $fields->time( 'after' ),
			'before'  => $fields->time( 'before' ),
		);
		return array_filter( $filter, static fn ( int|string|null $value ): bool => null !== $value );
	}

	/** @param list<array<string, mixed>> $items */
	private static function csv( array $items, int $page, int $pages ): WP_REST_Response {
		$rows = array_map( static fn ( array $item ): array => array_values( Log::cells( $item ) ), $items );
		// A file that is not all says so in its name.
		return Csv::answer( Log::COLUMNS, $rows, 1 === $pages ? 'activity.csv' : "activity-$page-of-$pages.csv" );
	}
}
