<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Sallyport\WP\Accounts\ResetCodes;
use Sallyport\WP\Challenge\Attempts;
use Sallyport\WP\Gate\PolicyEditor;
use Sallyport\WP\Store\Absence;
use Sallyport\WP\Store\BlogRows;
use Sallyport\WP\Store\Meta;
use Sallyport\WP\Store\UserRows;
use Sallyport\WP\Token\Families;

/**
 * Removes what is left of deleted users and sites: when they are deleted, when another one gets their id, and in the daily
 * job. A database may give an id again: after a restart, after a backup was restored, or as an import says.
 */
final class Leftovers {
	/** @param Closure(): PolicyEditor $policy Lazy: needed for the few rules about one user or site. */
	public function __construct(
		private readonly UserRows $rows,
		private readonly BlogRows $blogs,
		private readonly Meta $meta,
		private readonly Families $families,
		private readonly Attempts $attempts,
		private readonly ResetCodes $reset_codes,
		private readonly Closure $policy,
	) {}

	/** Action wpmu_delete_user, while the user still belongs to sites. */
	public function before_deletion( int $user_id ): void {
		foreach ( Blog::of( $user_id ) as $blog_id ) {
			Blog::on( $blog_id, fn () => $this->end( fn () => $this->drop_rules( 'users', $user_id ) ) );
		}
	}

	/** Action deleted_user. On a network core also fires it for a user who is only removed from one site. */
	public function user_deleted( int $user_id ): void {
		if ( ! get_userdata( $user_id ) ) {
			$this->end( fn () => $this->forget( $user_id ) );
			$this->end( fn () => $this->drop_rules( 'users', $user_id ) );
		}
	}

	/**
	 * Filter insert_user_meta, first, for a new user: nothing has been stored for them yet, so whatever is there is another
	 * user's.
	 */
	public function user_created( mixed $meta, int $user_id ): mixed {
		$this->end( fn () => $this->rows->delete_inheritable( $user_id ) );
		$this->end( fn () => $this->meta->forget( $user_id ) );
		$this->end( fn () => $this->clear( $user_id ) );
		$this->end( fn () => $this->drop_rules( 'users', $user_id ) );
		return $meta;
	}

	/**
	 * Action wp_uninitialize_site, after core, which has removed its members' roles there. That has ended what was issued
	 * to them. Also action wp_insert_site, for a new site.
	 */
	public function site_changed_hands( int $blog_id ): void {
		$this->end( fn () => $this->blogs->delete_all( $blog_id ) );
		$this->end( fn () => $this->drop_rules( 'sites', $blog_id ) );
	}

	/**
	 * Removes what is left of users who were deleted while the plugin was inactive or the store failed.
	 *
	 * @return int How many, at most $limit.
	 * @throws Refusal If the store fails.
	 */
	public function forget_users( int $now, int $limit ): int {
		$gone = ( new Absence( 'sallyport_missing_users' ) )->gone( $this->rows->of_nobody( ... ), $now, $limit );
		array_map( $this->forget( ... ), $gone );
		return count( $gone );
	}

	/**
	 * The same for deleted sites of a network.
	 *
	 * @return int How many, at most $limit.
	 * @throws Refusal If the store fails.
	 */
	public function forget_sites( int $now, int $limit ): int {
		$gone = ( new Absence( 'sallyport_missing_sites' ) )->gone( $this->blogs->of_none( ... ), $now, $limit );
		array_map( $this->blogs->delete_all( ... ), $gone );
		return count( $gone );
	}

	private function forget( int $user_id ): void {
		$this->families->end_all( $user_id );
		$this->meta->forget( $user_id );
		$this->clear( $user_id );
		$this->rows->delete_all( $user_id );
	}

	/** Resets the counts of wrong codes. */
	private function clear( int $user_id ): void {
		$this->attempts->clear( $user_id );
		$this->reset_codes->clear( $user_id );
	}

	private function drop_rules( string $field, int $id ): void {
		( $this->policy )()->drop_rules( $field, $id, time() );
	}

	/**
	 * What WordPress has done cannot be undone, so a failing store must not break it. Database has logged it.
	 *
	 * @param callable(): void $end
	 */
	private function end( callable $end ): void {
		try {
			$end();
		} catch ( Refusal ) {
			return;
		}
	}
}
