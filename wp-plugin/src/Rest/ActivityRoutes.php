<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Activity\Log;
use Sallyport\WP\Fields;
use WP_REST_Request;
use WP_REST_Response;

/** The activity log of this site, for administrators. */
final class ActivityRoutes {
	/** Entries on a page by default. */
	public const PAGE = 20;

	/** Most entries on a page. */
	public const MOST = 100;

	/** The last page that can be requested. */
	public const PAGES = 1000000;

	public const FORMATS = array( 'json', 'jsonl', 'csv' );

	public function __construct( private readonly Log $log ) {}

	/** GET /activity: {items, total, pages}, the newest first; or a file. */
	public function show( WP_REST_Request $request ): WP_REST_Response {
		$fields = Fields::of_query( $request );
		$filter = Log::filter( $fields );
		$format = $fields->one_of( 'format', self::FORMATS ) ?? 'json';
		$page   = $fields->whole( 'page', 1, self::PAGES ) ?? 1;
		$size   = $fields->whole( 'per_page', 1, self::MOST ) ?? self::PAGE;
		$size   = 'json' === $format ? $size : Log::FILE;
		$total  = $this->log->count( $filter );
		$pages  = (int) ceil( $total / $size );
		$items  = $this->log->entries( $filter, $size, ( $page - 1 ) * $size );
		// The name of a partial file says so.
		$name   = $pages < 2 ? 'activity' : "activity-$page-of-$pages";
		$answer = match ( $format ) {
			'csv'   => File::of( 'csv', Log::COLUMNS, array_map( Log::cells( ... ), $items ), $name ),
			'jsonl' => File::of( 'jsonl', Log::FIELDS, $items, $name ),
			default => new WP_REST_Response(
				array(
					'items' => $items,
					'total' => $total,
					'pages' => $pages,
				)
			),
		};
		$answer->header( 'X-WP-Total', (string) $total );
		$answer->header( 'X-WP-TotalPages', (string) $pages );
		return $answer;
	}
}
