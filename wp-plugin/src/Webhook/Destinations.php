<?php
declare( strict_types=1 );

namespace Sallyport\WP\Webhook;

use Closure;
use Sallyport\WP\Address;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Settings;

/**
 * Where a webhook may go: by https to the public internet; anywhere if the setting webhook_allow_private allows it.
 *
 * Core's own check (reject_unsafe_urls) covers only IPv4, and the name is resolved again for the connection. So the addresses
 * are resolved here, and the connection goes to one of these and no other.
 */
final class Destinations {
	/** A host name whose last part no resolver takes for a number: those are addresses in disguise. */
	private const NAME = '/^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?!0x|\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/iD';

	/** Longest URL in bytes. */
	private const LONGEST = 2048;

	private const PORTS = array( 80, 443, 8080, 8443 );

	/**
	 * IPv4 ranges that are not the public internet (IANA's special-purpose registry, and multicast), and Azure's metadata service,
	 * whose address is public. Address treats them the same when they are mapped into IPv6.
	 */
	private const IPV4 = array(
		'0.0.0.0/8',
		'10.0.0.0/8',
		'100.64.0.0/10',
		'127.0.0.0/8',
		'168.63.129.16',
		'169.254.0.0/16',
		'172.16.0.0/12',
		'192.0.0.0/24',
		'192.0.2.0/24',
		'192.88.99.0/24',
		'192.168.0.0/16',
		'198.18.0.0/15',
		'198.51.100.0/24',
		'203.0.113.0/24',
		'224.0.0.0/3',
	);

	/** Global unicast, and its parts that are not the internet: protocol assignments and Teredo, documentation, 6to4. */
	private const IPV6         = '2000::/3';
	private const IPV6_SPECIAL = array( '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20' );

	/** @param Closure(string): list<string> $resolve The addresses of a host name. */
	public function __construct(
		private readonly Settings $settings,
		private readonly Closure $resolve,
	) {}

	/**
	 * Checks a URL, and resolves its host.
	 *
	 * @return list<string> For CURLOPT_RESOLVE; empty if the host is an address.
	 * @throws Refusal sallyport_webhook_invalid {reason: url, scheme, port, unresolved, address}.
	 */
	public function find( string $url ): array {
		$private = (bool) $this->settings->get( 'webhook_allow_private' );
		$parts   = strlen( $url ) <= self::LONGEST && 1 === preg_match( '/^[\x21-\x7e]+$/D', $url ) ? wp_parse_url( $url ) : false;
		$scheme  = strtolower( (string) ( $parts['scheme'] ?? '' ) );
		$host    = (string) ( $parts['host'] ?? '' );
		$literal = trim( $host, '[]' );
		$is_ip   = false !== filter_var( $literal, FILTER_VALIDATE_IP );
		if (
			isset( $parts['user'] )
			|| isset( $parts['pass'] )
			|| isset( $parts['fragment'] )
			|| ( ! $is_ip && 1 !== preg_match( self::NAME, $host ) )
		) {
			throw self::refused( 'url' );
		}
		if ( 'https' !== $scheme && ! ( $private && 'http' === $scheme ) ) {
			throw self::refused( 'scheme' );
		}
		$port = $parts['port'] ?? ( 'https' === $scheme ? 443 : 80 );
		/** This filter is documented in wp-includes/http.php */
		if ( ! $private && ! in_array( $port, (array) apply_filters( 'http_allowed_safe_ports', self::PORTS, $host, $url ), true ) ) {
			throw self::refused( 'port' );
		}
		$addresses = $is_ip ? array( $literal ) : ( $this->resolve )( $host );
		if ( array() === $addresses ) {
			throw self::refused( 'unresolved' );
		}
		if ( ! $private && $addresses !== array_filter( $addresses, self::is_public( ... ) ) ) {
			throw self::refused( 'address' );
		}
		return $is_ip ? array() : array( $host . ':' . $port . ':' . implode( ',', $addresses ) );
	}

	/** Whether it is an address on the public internet. */
	public static function is_public( string $address ): bool {
		$is_in = static fn ( string $range ): bool => Address::is_in( $address, $range );
		if ( $is_in( self::IPV6 ) ) {
			return array() === array_filter( self::IPV6_SPECIAL, $is_in );
		}
		$is_ipv4 = false !== filter_var( (string) Address::read( $address ), FILTER_VALIDATE_IP, FILTER_FLAG_IPV4 );
		return $is_ipv4 && array() === array_filter( self::IPV4, $is_in );
	}

	/**
	 * The addresses of a host name according to the machine's own resolver. Without PHP's extension sockets: IPv4 addresses, or
	 * else IPv6 addresses from the DNS.
	 *
	 * @return list<string>
	 */
	public static function resolve( string $host ): array {
		if ( function_exists( 'socket_addrinfo_lookup' ) ) {
			$found = @socket_addrinfo_lookup( $host, null, array( 'ai_socktype' => SOCK_STREAM ) ); // phpcs:ignore WordPress.PHP.NoSilencedErrors -- a name there is not is a warning.
			$known = array_map(
				static fn ( \AddressInfo $one ): array => socket_addrinfo_explain( $one )['ai_addr'],
				is_array( $found ) ? $found : array()
			);
			return array_values(
				array_unique( array_map( static fn ( array $one ): string => $one['sin_addr'] ?? $one['sin6_addr'] ?? '', $known ) )
			);
		}
		$addresses = gethostbynamel( $host );
		if ( is_array( $addresses ) && array() !== $addresses ) {
			return $addresses;
		}
		$records = @dns_get_record( $host, DNS_AAAA ); // phpcs:ignore WordPress.PHP.NoSilencedErrors -- a name server that does not answer is a warning.
		return is_array( $records ) ? array_values( array_filter( array_column( $records, 'ipv6' ), 'is_string' ) ) : array();
	}

	private static function refused( string $reason ): Refusal {
		return new Refusal( Code::WebhookInvalid, array( 'reason' => $reason ) );
	}
}
