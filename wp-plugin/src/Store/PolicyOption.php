<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;

/**
 * The stored policy: one autoloaded option for each blog, {site, network}, so that reading it costs no query. `network` is
 * the blog's copy of the network's policy. No other code may write it.
 */
final class PolicyOption {
	public const OPTION = 'sallyport_policy';

	/** The network's own option, of which the blogs keep copies. */
	public const NETWORK_OPTION = 'sallyport_policy_network';

	/** The levels of the policy: this site's and the network's. */
	public const SITE    = 'site';
	public const NETWORK = 'network';

	/**
	 * @param Closure(): NetworkOption $network   Lazy: needed if the copy is not enough.
	 * @param Closure(): bool          $is_set_up Whether this blog has been set up. Before that there is no option.
	 */
	public function __construct(
		private readonly SharedOption $option,
		private readonly Closure $network,
		private readonly Closure $is_set_up,
	) {}

	/** @return array{site: mixed, network: mixed} Null for a level without a policy; anything but an array means unreadable. */
	public function read(): array {
		$stored = $this->option->read();
		if ( null === $stored && ! ( $this->is_set_up )() ) {
			return array(
				self::SITE    => null,
				self::NETWORK => $this->network(),
			);
		}
		return array(
			self::SITE    => is_array( $stored ) && array_key_exists( self::SITE, $stored ) ? $stored[ self::SITE ] : false,
			self::NETWORK => is_array( $stored ) && array_key_exists( self::NETWORK, $stored ) ? $stored[ self::NETWORK ] : false,
		);
	}

	/** Creates the option. Reading one that does not exist costs a query in every request, and means that it was lost. */
	public function prepare(): void {
		$this->option->begin(
			array(
				self::SITE    => null,
				self::NETWORK => $this->network(),
			)
		);
		$this->copy();
	}

	/**
	 * Replaces this site's policy.
	 *
	 * @param callable(mixed): array<string, mixed> $change Given the present one; may be called several times.
	 * @return bool False if other processes keep winning the race.
	 */
	public function change_site( callable $change ): bool {
		return $this->option->change(
			fn ( mixed $stored ): array => array(
				self::SITE    => $change( is_array( $stored ) ? $stored[ self::SITE ] ?? null : false ),
				self::NETWORK => is_array( $stored ) ? $stored[ self::NETWORK ] ?? null : $this->network(),
			)
		);
	}

	/**
	 * Replaces the network's policy, and every blog's copy of it.
	 *
	 * @param callable(mixed): array<string, mixed> $change As for change_site().
	 * @return bool False if other processes keep winning the race.
	 */
	public function change_network( callable $change ): bool {
		$changed = ( $this->network )()->change( static fn ( mixed $stored ): array => $change( self::without_rev( $stored ) ) );
		$this->spread();
		return $changed;
	}

	/**
	 * Copies the network's policy to every blog.
	 *
	 * @return int As NetworkOption::spread().
	 */
	public function spread(): int {
		return ( $this->network )()->spread( $this->copy( ... ) );
	}

	/** The network's policy; null on a single site, or if there is none. */
	private function network(): mixed {
		return self::without_rev( ( $this->network )()->read() );
	}

	private function copy(): void {
		$this->option->change(
			function ( mixed $stored ): ?array {
				// Read after this blog's option: of two processes that copy, the second then has the newer policy.
				$network = self::without_rev( ( $this->network )()->read_row() );
				return ! is_array( $stored ) || ( $stored[ self::NETWORK ] ?? null ) === $network ? null : array(
					self::SITE    => $stored[ self::SITE ] ?? null,
					self::NETWORK => $network,
				);
			}
		);
	}

	private static function without_rev( mixed $stored ): mixed {
		return is_array( $stored ) ? array_diff_key( $stored, array( 'rev' => true ) ) : $stored;
	}
}
