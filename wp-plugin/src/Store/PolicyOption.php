<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Blog;

/**
 * The policy as it is stored: one autoloaded option a blog, {site, network}, so that asking it costs no query; `network`
 * is the blog's copy of what the network says. Nobody else may write it.
 */
final class PolicyOption {
	public const OPTION = 'sallyport_policy';

	/** The network's own, of which the blogs have copies. */
	private const NETWORK = 'sallyport_policy_network';

	/** @param Closure(): bool $is_set_up Whether this blog has been set up: before that, there is no option. */
	public function __construct(
		private readonly SharedOption $option,
		private readonly Closure $is_set_up,
	) {}

	/** @return array{site: mixed, network: mixed} Null for what nobody has decided; something else than an array for what cannot be read. */
	public function read(): array {
		$stored = $this->option->read();
		if ( null === $stored && ! ( $this->is_set_up )() ) {
			return array(
				'site'    => null,
				'network' => self::network(),
			);
		}
		return array(
			'site'    => is_array( $stored ) && array_key_exists( 'site', $stored ) ? $stored['site'] : false,
			'network' => is_array( $stored ) && array_key_exists( 'network', $stored ) ? $stored['network'] : false,
		);
	}

	/** Makes the option exist: reading one that does not costs a query in every request, and is taken for a lost one. */
	public function prepare(): void {
		$this->option->begin(
			array(
				'site'    => null,
				'network' => self::network(),
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
			static fn ( mixed $stored ): array => array(
				'site'    => $change( is_array( $stored ) ? $stored['site'] ?? null : false ),
				'network' => is_array( $stored ) ? $stored['network'] ?? null : self::network(),
			)
		);
	}

	/**
	 * Replaces what the network says, and every blog's copy of it.
	 *
	 * @param array<string, mixed> $rules
	 */
	public function set_network( array $rules ): void {
		update_site_option( self::NETWORK, $rules );
		$this->spread();
	}

	/**
	 * Sees to it that every blog that is set up has the network's policy: a copy may have failed.
	 *
	 * @return int 0: there is nothing to do again.
	 */
	public function spread(): int {
		foreach ( is_multisite() ? get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) : array() as $blog_id ) {
			Blog::on( (int) $blog_id, $this->copy( ... ) );
		}
		return 0;
	}

	/** What the network says; null on a single site, and where nobody has decided. */
	public static function network(): mixed {
		return is_multisite() ? get_site_option( self::NETWORK, null ) : null;
	}

	private function copy(): void {
		$network = self::network();
		$this->option->change(
			static fn ( mixed $stored ): ?array => ! is_array( $stored ) || ( $stored['network'] ?? null ) === $network ? null : array(
				'site'    => $stored['site'] ?? null,
				'network' => $network,
			)
		);
	}

	/**
	 * Filter pre_update_option_sallyport_policy: core's page of all options, and plugins, change nothing here.
	 *
	 * @param mixed $new Unused.
	 * @param mixed $old What is stored.
	 */
	public static function keep( mixed $new, mixed $old ): mixed {
		return $old;
	}
}
