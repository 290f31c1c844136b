<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Blog;

/**
 * A SharedOption of the whole network, of which every blog keeps a copy. On a single site there is none.
 *
 * Core's table for network options has no unique key on the name, so the INSERT itself checks that there is no row yet.
 */
final class NetworkOption extends SharedOption {
	protected const ADDS = true;

	/**
	 * Makes sure that every blog that is set up has its copy: copying may have failed before.
	 *
	 * @param Closure(): void $copy Called on each of them.
	 * @return int 0: there is nothing left for another run.
	 */
	public function spread( Closure $copy ): int {
		foreach ( Blog::each( is_multisite() ? Blog::all() : array() ) as $blog_id ) {
			Blog::on( $blog_id, $copy );
		}
		return 0;
	}

	public function read_row(): mixed {
		return is_multisite() ? parent::read_row() : null;
	}

	/** Read only if a blog has no copy yet, and on a page or two. Not cached, because the cache would be each blog's own. */
	protected function kept(): mixed {
		return $this->read_row();
	}

	protected function stored(): mixed {
		return is_multisite() ? get_network_option( Blog::network(), $this->name, null ) : null;
	}

	protected function row(): ?string {
		return ( $this->database )()->row(
			'SELECT meta_value FROM {sitemeta} WHERE site_id = %d AND meta_key = %s',
			array( Blog::network(), $this->name )
		)['meta_value']
			?? null;
	}

	protected function add( string $value ): int {
		$place = array( Blog::network(), $this->name );
		return ( $this->database )()->execute(
			'INSERT INTO {sitemeta} (site_id, meta_key, meta_value) SELECT %d, %s, %s FROM DUAL WHERE NOT EXISTS (SELECT meta_id FROM {sitemeta} WHERE site_id = %d AND meta_key = %s)',
			array( ...$place, $value, ...$place )
		);
	}

	protected function replace( string $value, string $row ): int {
		return ( $this->database )()->execute(
			'UPDATE {sitemeta} SET meta_value = %s WHERE site_id = %d AND meta_key = %s AND meta_value = %s',
			array( $value, Blog::network(), $this->name, $row )
		);
	}

	protected function forget(): void {
		foreach ( array( $this->name, 'notoptions' ) as $key ) {
			wp_cache_delete( Blog::network() . ':' . $key, 'site-options' );
		}
	}
}
