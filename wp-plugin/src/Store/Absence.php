<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;

/**
 * Which users, or sites, are gone: who was missing in the run before, and is missing now. While a backup is put back, half of
 * them are missing, and come again a minute later.
 */
final class Absence {
	/** Seconds that lie between the two runs at least. */
	private const APART = 12 * HOUR_IN_SECONDS;

	/** How many are remembered: who is beyond them has to wait until these are gone. */
	private const MOST = 10000;

	/** @param string $option Where those are kept who were missing, and since when: array{at: int, ids: list<int>}. */
	public function __construct( private readonly string $option ) {}

	/**
	 * @param Closure(int): list<int> $find Given how many at most, answers who is missing now, always in the same order.
	 * @return list<int> Who is gone, $limit at most; as many where there may be more.
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
