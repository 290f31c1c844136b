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
 * The origins (RFC 6454) whose pages may read what our routes answer: the site's own, and those the setting `cors` lists.
 *
 * Instead of a list it may be the one word true or *, for any origin, or false, for none. What is in the list is brought
 * into the one form browsers send; what a browser sent must be that form, letter by letter.
 */
final class Origins {
	private const NONE = 'false';
	private const ANY  = array( 'true', '*' );

	/** Bytes of an origin: no host name has more, and a stranger's long one would take a quarter of a second to encode. */
	private const LONGEST = 255;

	public function __construct(
		private readonly Settings $settings,
		private readonly Headlesskey $headlesskey,
	) {}

	/** The origin a browser says this request comes from; empty if it says none. */
	public static function sent(): string {
		return Client::header( 'HTTP_ORIGIN' );
	}

	/** Whether any page may read the answers; none of them with credentials. */
	public function are_any(): bool {
		return 1 === count( $this->words() ) && in_array( $this->words()[0], self::ANY, true );
	}

	/** Whether pages of this very origin may read the answers, with credentials. */
	public function has( string $origin ): bool {
		return in_array( $origin, $this->all(), true );
	}

	/** Whether it is one of the site's own. */
	public function is_own( string $origin ): bool {
		return in_array( $origin, self::own(), true );
	}

	/** @return list<string> Those of the site first. */
	public function all(): array {
		if ( in_array( self::NONE, $this->words(), true ) ) {
			return array();
		}
		return array_values( array_unique( array( ...self::own(), ...array_filter( array_map( self::canonical( ... ), $this->words() ) ) ) ) );
	}

	/**
	 * Whether the words are one that stands alone, or origins each.
	 *
	 * @param list<string> $words
	 */
	public static function are_understood( array $words ): bool {
		return ( 1 === count( $words ) && in_array( $words[0], array( self::NONE, ...self::ANY ), true ) )
			|| ! in_array( null, array_map( self::canonical( ... ), $words ), true );
	}

	/** As browsers write it: small letters, Punycode, no port that goes without saying. Null for what is no origin. */
	public static function canonical( string $word ): ?string {
		if ( strlen( $word ) > self::LONGEST || 1 !== preg_match( '~^([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[^\s/\\\\?#@:\[\]%]+)(?::([0-9]{1,5}))?/?$~iD', $word, $part ) ) {
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
		return $scheme . '://' . $host . ( 0 === $port || ( array( 'http' => 80, 'https' => 443 )[ $scheme ] ?? 0 ) === $port ? '' : ':' . $port );
	}

	/** @return list<string> */
	private static function own(): array {
		$addresses = array( home_url(), site_url() );
		return array_values( array_unique( array_filter( array_map( static fn ( string $url ): ?string => self::canonical( (string) preg_replace( '~^([^:/]+://[^/?#]+).*$~s', '$1', $url ) ), $addresses ) ) ) );
	}

	/** @return list<string> */
	private function words(): array {
		$words = (array) $this->settings->get( 'cors' );
		return array() === $words ? $this->headlesskey->cors() : $words;
	}
}
