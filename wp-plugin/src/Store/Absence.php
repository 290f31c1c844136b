<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;

/**
 * Which users or sites are really gone: missing in the previous run as well as in this one. While a backup is being
 * restored, half of them are missing and return a minute later.
 */
final class Absence {
	/** Minimum time between the two runs, in seconds. */
	private const APART = 12 * HOUR_IN_SECONDS;

	/** How many missing ids are remembered; further ones wait until these are handled. */
	private const MOST = 10000;

	/** @param string $option Option that keeps the missing ids and since when: array{at: int, ids: list<int>}. */
	public function __construct( private readonly string $option ) {}

	/**
	 * @param Closure(int): list<int> $find Given a limit, returns the ids missing now, always in the same order.
	 * @return list<int> The ids that are gone, at most $limit; exactly $limit if there may be more.
	 * @throws \Sallyport\WP\Refusal What $find throws.
	 */
	public function gone( Closure $find, int $now, int $limit ): array {
		$before = get_option( $this->option, array() );
		if ( abs( $now - ( $before['at'] ?? 0 ) ) < self::APART ) {
			return array();
		}
		$missing = $find( self::MOST );
		$gone    = array_slice( array_intersect( $missing, $before['ids'] ?? array() ), 0, $limit );
		if ( count( $gone ) < $limit ) {
			OwnOption::write(
				$this->option,
				array(
					'at'  => $now,
					'ids' => array_values( array_diff( $missing, $gone ) ),
				),
				autoload: false
			);
		}
		return $gone;
	}
}
