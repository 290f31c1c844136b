<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;

/**
 * How far this server's clock is off, compared with the database's clock, which may be another machine's, and with the Date
 * header of wordpress.org when WordPress checks for updates. It sends no request of its own.
 */
final class Clock {
	private const OPTION = 'sallyport_clock';

	/** Answers from here come over TLS and from no cache. */
	private const HOST = 'https://api.wordpress.org/';

	/** Seconds for which a measurement is valid; WordPress asks twice a day. */
	private const HEARD = 3 * DAY_IN_SECONDS;

	public function __construct( private readonly Database $database ) {}

	/** Whether a response from this URL is worth passing to hear(). */
	public static function may_be_told_by( string $url ): bool {
		return str_starts_with( $url, self::HOST );
	}

	/** Action http_api_debug: records how far off our clock is according to the response. */
	public function hear( mixed $response, int $now ): void {
		$date = is_array( $response ) ? wp_remote_retrieve_header( $response, 'date' ) : '';
		$then = is_string( $date ) ? strtotime( $date ) : false;
		if ( false !== $then ) {
			OwnOption::write( self::OPTION, array( $now - $then, $now ), autoload: false );
		}
	}

	/** Seconds our clock is ahead, negative if it is behind: the larger of the two differences. Null if neither is known. */
	public function off( int $now ): ?int {
		$heard = get_option( self::OPTION );
		$known = is_array( $heard ) && abs( $now - (int) $heard[1] ) < self::HEARD ? array( (int) $heard[0] ) : array();
		try {
			$row   = $this->database->row( 'SELECT UNIX_TIMESTAMP() + %d AS now', array( 0 ) );
			$known = array( ...$known, ...( null === $row ? array() : array( $now - (int) $row['now'] ) ) );
		} catch ( Refusal ) {
			return $known[0] ?? null; // A failing store is reported by the check of the tables.
		}
		usort( $known, static fn ( int $a, int $b ): int => abs( $b ) <=> abs( $a ) );
		return $known[0] ?? null;
	}
}
