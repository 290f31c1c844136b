<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Exception;
use Sallyport\WP\Client;
use Sallyport\WP\Headlesskey;
use Sallyport\WP\Php;
use Sallyport\WP\Store\Settings;
use WpOrg\Requests\IdnaEncoder;

/**
 * The origins (RFC 6454) whose pages may read our answers: the site's own, and those in the setting `cors`.
 *
 * Instead of a list, the setting may be the single word true or * (any origin), or false (none). Listed origins are converted
 * to the form that browsers send; what a browser sends must equal that form exactly.
 */
final class Origins {
	private const NONE = 'false';
	private const ANY  = array( 'true', '*' );

	/** Longest origin in bytes: no host name is longer, and encoding a very long one would take a quarter of a second. */
	private const LONGEST = 255;

	public function __construct(
		private readonly Settings $settings,
		private readonly Headlesskey $headlesskey,
	) {}

	/** The origin the browser names for this request; empty if it names none. */
	public static function sent(): string {
		return Client::header( 'HTTP_ORIGIN' );
	}

	/** Whether any page may read the answers, though never with credentials. */
	public function are_any(): bool {
		return 1 === count( $this->words() ) && in_array( $this->words()[0], self::ANY, true );
	}

	/** Whether pages of exactly this origin may read the answers, with credentials. */
	public function has( string $origin ): bool {
		return in_array( $origin, $this->all(), true );
	}

	/** Whether it is one of the site's own origins. */
	public function is_own( string $origin ): bool {
		return in_array( $origin, self::own(), true );
	}

	/** @return list<string> The allowed origins, the site's own first. */
	public function all(): array {
		if ( in_array( self::NONE, $this->words(), true ) ) {
			return array();
		}
		return array_values( array_unique( array( ...self::own(), ...array_filter( array_map( self::canonical( ... ), $this->words() ) ) ) ) );
	}

	/**
	 * Whether the value is one of the single words, or a list of origins.
	 *
	 * @param list<string> $words
	 */
	public static function are_understood( array $words ): bool {
		return ( 1 === count( $words ) && in_array( $words[0], array( self::NONE, ...self::ANY ), true ) )
			|| ! in_array( null, array_map( self::canonical( ... ), $words ), true );
	}

	/** The form that browsers send: lower case, Punycode, without the default port. Null if it is not an origin. */
	public static function canonical( string $word ): ?string {
		if (
			strlen( $word ) > self::LONGEST
			|| 1 !== preg_match( '~^([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[^\s/\\\\?#@:\[\]%]+)(?::([0-9]{1,5}))?/?$~iD', $word, $part )
		) {
			return null;
		}
		$scheme = strtolower( $part[1] );
		$port   = (int) ( $part[3] ?? 0 );
		try {
			$host = '[' === $part[2][0] ? strtolower( $part[2] ) : IdnaEncoder::encode( Php::lower( $part[2] ) );
		} catch ( Exception ) {
			return null;
		}
		if ( $port > 65535 || ( isset( $part[3] ) && 0 === $port ) || 1 !== preg_match( '/^(\[.+\]|[a-z0-9._-]+)$/D', $host ) ) {
			return null;
		}
		return $scheme . '://' . $host
			. ( 0 === $port || ( array( 'http' => 80, 'https' => 443 )[ $scheme ] ?? 0 ) === $port ? '' : ':' . $port );
	}

	/** @return list<string> */
	private static function own(): array {
		$origin  = static fn ( string $url ): ?string => self::canonical( (string) preg_replace( '~^([^:/]+://[^/?#]+).*$~s', '$1', $url ) );
		$origins = array_map( $origin, array( home_url(), site_url() ) );
		return array_values( array_unique( array_filter( $origins ) ) );
	}

	/** @return list<string> */
	private function words(): array {
		$words = (array) $this->settings->get( 'cors' );
		return array() === $words ? $this->headlesskey->cors() : $words;
	}
}
