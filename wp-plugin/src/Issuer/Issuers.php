<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Probe\Knock;
use Sallyport\WP\Refusal;
use Throwable;

/** The issuers of this site: ours, and those of the plugins that are active. */
final class Issuers {
	/** @var array<string, Issuer> Class of another plugin => its issuer. */
	private array $made = array();

	/** @var array<string, Issuer>|null By name; null while plugins are still being loaded. */
	private ?array $bridged = null;

	/**
	 * @param Closure(): Issuer                $own
	 * @param Closure(): ?string               $bearer What our own issuer presents, without creating it if there is nothing.
	 * @param array<string, Closure(): Issuer> $bridges A class of another plugin => that plugin's issuer, created if the class exists.
	 */
	public function __construct(
		private readonly Closure $own,
		private readonly Closure $bearer,
		private readonly array $bridges,
	) {}

	/** @return list<string> The distinct bearer credentials this request presents. */
	public function presented(): array {
		$tokens = array(
			( $this->bearer )(),
			...array_map( static fn ( Issuer $issuer ): ?string => $issuer->presented(), array_values( $this->bridged() ) ),
		);
		return array_values( array_unique( array_filter( $tokens, static fn ( ?string $token ): bool => null !== $token ) ) );
	}

	/**
	 * The issuer that has this REST handler as its login.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public function of_login( array $handler ): ?Issuer {
		foreach ( $this->bridged() as $issuer ) {
			if ( $issuer->is_login( $handler ) ) {
				return $issuer;
			}
		}
		return null;
	}

	/**
	 * The issuer that has this REST handler as its validation.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public function of_validation( array $handler ): ?Issuer {
		foreach ( $this->bridged() as $issuer ) {
			if ( $issuer->is_validation( $handler ) ) {
				return $issuer;
			}
		}
		return null;
	}

	/**
	 * Whether a REST handler is an issuer's login or validation.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public function answer( array $handler ): bool {
		return null !== ( $this->of_login( $handler ) ?? $this->of_validation( $handler ) );
	}

	/**
	 * The gate of another REST handler of a bridged plugin; null if no bridge knows it.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public function gate_of( array $handler ): ?string {
		foreach ( $this->bridged() as $issuer ) {
			$gate = $issuer instanceof Covers ? $issuer->gate( $handler ) : null;
			if ( null !== $gate ) {
				return $gate;
			}
		}
		return null;
	}

	/** @return array<class-string, Issuer> A class of an active plugin => its issuer; for one added by the filter, the issuer's own class. */
	public function plugins(): array {
		$plugins = array();
		foreach ( $this->bridged() as $issuer ) {
			$class = array_search( $issuer, $this->made, true );
			$plugins[ false === $class ? $issuer::class : $class ] = $issuer;
		}
		return $plugins;
	}

	/** @return list<Knock> The doors of issuers that declare how to try them. */
	public function knocks(): array {
		return array_merge(
			...array_map(
				static fn ( Issuer $issuer ): array => $issuer instanceof Knocks ? $issuer->knocks() : array(),
				array_values( $this->all() )
			)
		);
	}

	/** Before a throw-away user is deleted: removes what their plugins would keep. A failure is ignored. */
	public function forget( int $user_id ): void {
		foreach ( $this->bridged() as $issuer ) {
			try {
				$issuer instanceof Leaves && $issuer->forget( $user_id );
			} catch ( Throwable ) {
				continue;
			}
		}
	}

	/**
	 * The users a token may name, as each issuer would read it.
	 *
	 * @param array<string, mixed> $claims
	 * @return list<int>
	 */
	public function users_in( array $claims ): array {
		return array_map( static fn ( Issuer $issuer ): int => $issuer->user_in( $claims ), array_values( $this->all() ) );
	}

	/** @throws Refusal sallyport_wrong_door if the challenge's issuer cannot mint over REST. */
	public function get( string $name ): Issuer {
		return $this->all()[ $name ] ?? throw new Refusal( Code::WrongDoor, array( 'issuer' => $name ) );
	}

	/** @return array<string, Issuer> By name. */
	private function all(): array {
		$own = ( $this->own )();
		return array( $own->name() => $own ) + $this->bridged();
	}

	/** @return array<string, Issuer> By name, without ours, whose routes use the gate themselves. */
	private function bridged(): array {
		if ( null !== $this->bridged ) {
			return $this->bridged;
		}
		foreach ( $this->bridges as $plugin => $issuer ) {
			if ( ! isset( $this->made[ $plugin ] ) && class_exists( $plugin, false ) ) {
				$this->made[ $plugin ] = $issuer();
			}
		}
		$there = array_values( $this->made );
		/**
		 * Filters the token issuers of this site besides Sallyport's own.
		 *
		 * @param list<Issuer> $issuers Anything that is not an Issuer is dropped. Names are unique; Sallyport's bridges come first.
		 */
		$given = apply_filters( 'sallyport_issuers', $there );
		$all   = array();
		foreach ( array( ...$there, ...( is_array( $given ) ? array_values( $given ) : array() ) ) as $issuer ) {
			if ( $issuer instanceof Issuer ) {
				$all[ $issuer->name() ] ??= $issuer;
			}
		}
		if ( did_action( 'wp_loaded' ) ) {
			$this->bridged = $all;
		}
		return $all;
	}
}
