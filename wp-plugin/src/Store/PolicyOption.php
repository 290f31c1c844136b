<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;

/**
 * The policy as it is stored: one autoloaded option a blog, {site, network}, so that asking it costs no query; `network`
 * is the blog's copy of what the network says. Nobody else may write it.
 */
final class PolicyOption {
	public const OPTION = 'sallyport_policy';

	/** The network's own, of which the blogs have copies. */
	public const NETWORK_OPTION = 'sallyport_policy_network';

	/** The levels: what this site says, and the network. */
	public const SITE    = 'site';
	public const NETWORK = 'network';

	/**
	 * @param Closure(): NetworkOption $network   Made where the copy does not do.
	 * @param Closure(): bool          $is_set_up Whether this blog has been set up: before that, there is no option.
	 */
	public function __construct(
		private readonly SharedOption $option,
		private readonly Closure $network,
		private readonly Closure $is_set_up,
	) {}

	/** @return array{site: mixed, network: mixed} Null for what nobody has decided; something else than an array for what cannot be read. */
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

	/** Makes the option exist: reading one that does not costs a query in every request, and is taken for a lost one. */
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
	 * Replaces what this site says.
	 *
	 * @param callable(mixed): array<string, mixed> $change Given what it said; may be called several times.
	 * @return bool False when others keep being faster.
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
	 * Replaces what the network says, and every blog's copy of it.
	 *
	 * @param callable(mixed): array<string, mixed> $change As for change_site().
	 * @return bool False when others keep being faster.
	 */
	public function change_network( callable $change ): bool {
		$changed = ( $this->network )()->change( static fn ( mixed $stored ): array => $change( self::without_rev( $stored ) ) );
		$this->spread();
		return $changed;
	}

	/** Gives every blog the network's policy. @return int As NetworkOption::spread(). */
	public function spread(): int {
		return ( $this->network )()->spread( $this->copy( ... ) );
	}

	/** What the network says; null on a single site, and where nobody has decided. */
	private function network(): mixed {
		return self::without_rev( ( $this->network )()->read() );
	}

	private function copy(): void {
		$this->option->change(
			function ( mixed $stored ): ?array {
				// Read after what is stored here: of two who copy, the second has the newer one.
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
