<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Store\Settings;

/**
 * The client of this request. Forwarding headers are believed only from a trusted proxy, and only the one header that this
 * proxy is known to set: the client could have written any other.
 */
final class Client {
	/** Value of the setting `proxy_header` => the header's key in $_SERVER. */
	private const HEADERS = array(
		'x-forwarded-for'  => 'HTTP_X_FORWARDED_FOR',
		'forwarded'        => 'HTTP_FORWARDED',
		'cf-connecting-ip' => 'HTTP_CF_CONNECTING_IP',
		'x-real-ip'        => 'HTTP_X_REAL_IP',
	);

	/** Longest name of a device, in characters. */
	private const NAME = 191;

	/** The name the client gave its device. */
	private ?string $device = null;

	/** @param bool $cli Whether PHP runs on the command line, where there is no client. */
	public function __construct(
		private readonly Settings $settings,
		private readonly bool $cli,
	) {}

	/** Sets the device that later events of this request are recorded for. */
	public function name_device( ?string $name ): void {
		$this->device = $name;
	}

	/** The name the client gave its device, else its user agent; empty if there is neither. */
	public function device(): string {
		$name = $this->device ?? wp_unslash( self::header( 'HTTP_USER_AGENT' ) );
		return trim( mb_substr( Name::printable( sanitize_text_field( $name ) ), 0, self::NAME ) );
	}

	/** Browser and system in a few words of ours; empty if neither is known. */
	public function browser(): string {
		return Name::browser_of( self::header( 'HTTP_USER_AGENT' ) );
	}

	/** The client's IP address; empty if it is unknown, as on the command line. */
	public function address(): string {
		return $this->seen()['address'];
	}

	/** What counts as one client when failures are counted: its IPv4 address, or the /64 of its IPv6 address. */
	public function network(): string {
		return Address::network( $this->address() );
	}

	/** Whether the client's own connection is encrypted, according to the server or a trusted proxy. */
	public function is_https(): bool {
		if ( is_ssl() ) {
			return true;
		}
		$seen = $this->seen();
		if ( ! $seen['proxied'] ) {
			return false;
		}
		// If every proxy appends its value, the client's own is among them: all must say https.
		$said = 'forwarded' === $this->settings->get( 'proxy_header' ) ? $seen['proto'] : self::header( 'HTTP_X_FORWARDED_PROTO' );
		return array( 'https' ) === array_values( array_unique( array_map( 'trim', explode( ',', strtolower( $said ) ) ) ) );
	}

	/**
	 * Our routes refuse plain HTTP if the site has HTTPS, since they transport passwords and tokens.
	 *
	 * @throws Refusal sallyport_https_required.
	 */
	public function require_https(): void {
		$required = match ( $this->settings->get( 'require_https' ) ) {
			'true'  => true,
			'false' => false,
			default => 'local' !== wp_get_environment_type()
				&& 'https' === strtolower( (string) wp_parse_url( (string) get_option( 'home' ), PHP_URL_SCHEME ) ),
		};
		if ( $required && ! $this->cli && ! $this->is_https() ) {
			throw new Refusal( Code::HttpsRequired );
		}
	}

	/**
	 * Whether every proxy is an address or a range. Anything else is ignored.
	 *
	 * @param list<string> $proxies
	 */
	public static function are_understood( array $proxies ): bool {
		return array_filter( $proxies, Address::is_range( ... ) ) === $proxies;
	}

	/**
	 * Whether the browser says that a script on one of this site's pages sent the request (Fetch Metadata). It never says
	 * so of a link, a form, an image or another site's page.
	 */
	public static function is_own_script(): bool {
		return array( 'same-origin', 'cors', 'empty' ) === array(
			self::header( 'HTTP_SEC_FETCH_SITE' ),
			self::header( 'HTTP_SEC_FETCH_MODE' ),
			self::header( 'HTTP_SEC_FETCH_DEST' ),
		);
	}

	/** An entry of $_SERVER, with the slashes WordPress adds; empty if it is not a string. */
	public static function header( string $name ): string {
		return isset( $_SERVER[ $name ] ) && is_string( $_SERVER[ $name ] ) ? $_SERVER[ $name ] : ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- whoever asks compares it, or reads it by a grammar.
	}

	/**
	 * Walks back from the server over the trusted proxies; the first untrusted address is the client's. If a proxy passes on no
	 * address, its own is all that is known.
	 *
	 * @return array{address: string, proto: string, proxied: bool}
	 */
	private function seen(): array {
		$seen = array(
			'address' => Address::read( self::header( 'REMOTE_ADDR' ) ) ?? '',
			'proto'   => '',
			'proxied' => false,
		);
		$hops = null;
		while ( $this->is_trusted( $seen['address'] ) ) {
			$seen['proxied'] = true;
			$hops          ??= $this->hops();
			$hop             = array_pop( $hops );
			$address         = Address::read( $hop[0] ?? '' );
			$seen['proto']   = $hop[1] ?? $seen['proto'];
			if ( null === $address ) {
				break;
			}
			$seen['address'] = $address;
		}
		return $seen;
	}

	private function is_trusted( string $address ): bool {
		foreach ( $this->settings->get( 'trusted_proxies' ) as $range ) {
			if ( Address::is_in( $address, $range ) ) {
				return true;
			}
		}
		return false;
	}

	/** @return list<array{0: string, 1: string}> What each proxy says about its peer, the nearest last: address, and the protocol if given. */
	private function hops(): array {
		$name  = (string) $this->settings->get( 'proxy_header' );
		$value = self::header( self::HEADERS[ $name ] );
		return match ( $name ) {
			'forwarded'       => self::forwarded( $value ),
			'x-forwarded-for' => array_map( static fn ( string $address ): array => array( $address, '' ), explode( ',', $value ) ),
			default           => array( array( $value, '' ) ),
		};
	}

	/**
	 * Parses the header Forwarded (RFC 7239).
	 *
	 * @return list<array{0: string, 1: string}> Empty if any of it is malformed: an open quote would swallow what the next proxy appends.
	 */
	private static function forwarded( string $value ): array {
		$token = '[!#$%&\'*+.^_`|~0-9A-Za-z-]+';
		$pair  = "($token)=($token|\"(?:[^\"\\\\]|\\\\.)*\")";
		$list  = "(?:$pair)?(?:[ \\t]*;[ \\t]*(?:$pair)?)*";
		if ( 1 !== preg_match( "/^[ \\t]*$list(?:[ \\t]*,[ \\t]*$list)*[ \\t]*$/D", $value ) ) {
			return array();
		}
		preg_match_all( "/$pair|,/", $value, $found, PREG_SET_ORDER );
		$hops = array( array( '', '' ) );
		foreach ( $found as $match ) {
			if ( ',' === $match[0] ) {
				$hops[] = array( '', '' );
				continue;
			}
			$place = array_search( strtolower( $match[1] ), array( 'for', 'proto' ), true );
			if ( false !== $place ) {
				$hops[ array_key_last( $hops ) ][ $place ] = stripslashes( trim( $match[2], '"' ) );
			}
		}
		return $hops;
	}
}
