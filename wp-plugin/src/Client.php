<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Store\Settings;

/**
 * The client of this request. What a header says of it counts only where the proxy that sent it is a trusted one,
 * and only the one header that proxy is known to write: any other a client may have written itself.
 */
final class Client {
	/** The header the setting `proxy_header` names => where PHP has it. */
	private const HEADERS = array(
		'x-forwarded-for'  => 'HTTP_X_FORWARDED_FOR',
		'forwarded'        => 'HTTP_FORWARDED',
		'cf-connecting-ip' => 'HTTP_CF_CONNECTING_IP',
		'x-real-ip'        => 'HTTP_X_REAL_IP',
	);

	/** Characters of a device's name. */
	private const NAME = 191;

	/** What it calls its device. */
	private ?string $device = null;

	/** @param bool $cli Whether PHP runs on the command line, where nobody connects. */
	public function __construct(
		private readonly Settings $settings,
		private readonly bool $cli,
	) {}

	/** What is recorded from here on in this request is of this device. */
	public function name_device( ?string $name ): void {
		$this->device = $name;
	}

	/** What the client calls its device, else the browser; empty where nobody says. */
	public function device(): string {
		$name = $this->device ?? wp_unslash( self::header( 'HTTP_USER_AGENT' ) );
		return trim( mb_substr( Name::printable( sanitize_text_field( $name ) ), 0, self::NAME ) );
	}

	/** Browser and system in a few words of ours; empty where neither is known. */
	public function browser(): string {
		return Name::browser_of( self::header( 'HTTP_USER_AGENT' ) );
	}

	/** The address it connects from; empty where nobody knows, as on the command line. */
	public function address(): string {
		return $this->seen()['address'];
	}

	/** What counts as one client where failures are counted: its IPv4 address, or the /64 of its IPv6 one. */
	public function network(): string {
		return Address::network( $this->address() );
	}

	/** Whether the client's own connection is encrypted, as far as the server or a trusted proxy tells. */
	public function is_https(): bool {
		if ( is_ssl() ) {
			return true;
		}
		$seen = $this->seen();
		if ( ! $seen['proxied'] ) {
			return false;
		}
		// Where each proxy adds its word, the client's is among them: all must say so.
		$said = 'forwarded' === $this->settings->get( 'proxy_header' ) ? $seen['proto'] : self::header( 'HTTP_X_FORWARDED_PROTO' );
		return array( 'https' ) === array_values( array_unique( array_map( 'trim', explode( ',', strtolower( $said ) ) ) ) );
	}

	/**
	 * Our routes answer no plain HTTP where the site has HTTPS: passwords and tokens travel here.
	 *
	 * @throws Refusal sallyport_https_required.
	 */
	public function require_https(): void {
		$required = match ( $this->settings->get( 'require_https' ) ) {
			'true'  => true,
			'false' => false,
			default => 'local' !== wp_get_environment_type() && 'https' === strtolower( (string) wp_parse_url( (string) get_option( 'home' ), PHP_URL_SCHEME ) ),
		};
		if ( $required && ! $this->cli && ! $this->is_https() ) {
			throw new Refusal( Code::HttpsRequired );
		}
	}

	/**
	 * Whether every proxy is an address or a range; what is neither counts for nothing.
	 *
	 * @param list<string> $proxies
	 */
	public static function are_understood( array $proxies ): bool {
		return array_filter( $proxies, Address::is_range( ... ) ) === $proxies;
	}

	/** Whether the browser says that a script of this site's own pages asks (Fetch Metadata): of no link, form or image, and of no other site's page, it does. */
	public static function is_own_script(): bool {
		return array( 'same-origin', 'cors', 'empty' ) === array( self::header( 'HTTP_SEC_FETCH_SITE' ), self::header( 'HTTP_SEC_FETCH_MODE' ), self::header( 'HTTP_SEC_FETCH_DEST' ) );
	}

	/** What PHP has of this request by a name of $_SERVER, with the slashes WordPress puts in; empty where it is no text. */
	public static function header( string $name ): string {
		return isset( $_SERVER[ $name ] ) && is_string( $_SERVER[ $name ] ) ? $_SERVER[ $name ] : ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- whoever asks compares it, or reads it by a grammar.
	}

	/**
	 * Walks back from the server over the proxies that are trusted; the first address that is none of them is the client's.
	 * Where one of them hands over no address, its own is all that is known.
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

	/** @return list<array{0: string, 1: string}> What each proxy says of its peer, the nearest last: address, and protocol if it is told. */
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
	 * RFC 7239.
	 *
	 * @return list<array{0: string, 1: string}> Empty where any of it is not of the grammar: an open quote would swallow what the next proxy adds.
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
