<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Sallyport\WP\Refusal;

/**
 * How far this server's clock is off: by the database's, which may be another machine's, and by the hour that
 * wordpress.org names when WordPress asks there for updates. No request of our own is made for it.
 */
final class Clock {
	private const OPTION = 'sallyport_clock';

	/** Whose answers come from no cache and over TLS. */
	private const HOST = 'https://api.wordpress.org/';

	/** Seconds after which what was heard says nothing any more: WordPress asks twice a day. */
	private const HEARD = 3 * DAY_IN_SECONDS;

	public function __construct( private readonly Database $database ) {}

	/** Whether an answer from there is worth hear(). */
	public static function may_be_told_by( string $url ): bool {
		return str_starts_with( $url, self::HOST );
	}

	/** Action http_api_debug: keeps how far off the answer says we are. */
	public function hear( mixed $response, int $now ): void {
		$date = is_array( $response ) ? wp_remote_retrieve_header( $response, 'date' ) : '';
		$then = is_string( $date ) ? strtotime( $date ) : false;
		if ( false !== $then ) {
			OwnOption::write( self::OPTION, array( $now - $then, $now ), false );
		}
	}

	/** Seconds our clock is ahead, negative where it is behind: the larger of the two differences. Null where nobody has told. */
	public function off( int $now ): ?int {
		$heard = get_option( self::OPTION );
		$known = is_array( $heard ) && abs( $now - (int) $heard[1] ) < self::HEARD ? array( (int) $heard[0] ) : array();
		try {
			$row   = $this->database->row( 'SELECT UNIX_TIMESTAMP() + %d AS now', array( 0 ) );
			$known = array( ...$known, ...( null === $row ? array() : array( $now - (int) $row['now'] ) ) );
		} catch ( Refusal ) {
			return $known[0] ?? null; // The test of the tables says so.
		}
		usort( $known, static fn ( int $a, int $b ): int => abs( $b ) <=> abs( $a ) );
		return $known[0] ?? null;
	}
}
