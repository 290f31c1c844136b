<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use WP_User;

/** The user and site that policy rules apply to. */
final class Subject {
	/**
	 * @param list<string>        $roles        On this site.
	 * @param array<string, bool> $capabilities Of the roles and of the user. Without those that filters add at run time: such a
	 *                                          filter may ask for the current user, who is just being determined.
	 * @param int                 $registered   Unix seconds; 0 if it cannot be read.
	 */
	public function __construct(
		public readonly int $user_id,
		public readonly array $roles,
		public readonly array $capabilities,
		public readonly bool $is_super_admin,
		public readonly int $blog_id,
		public readonly int $registered,
	) {}

	public static function of( WP_User $user ): self {
		return new self(
			$user->ID,
			array_values( array_filter( $user->roles, 'is_string' ) ),
			$user->allcaps,
			is_multisite() && is_super_admin( $user->ID ),
			get_current_blog_id(),
			max( 0, (int) strtotime( $user->user_registered . ' UTC' ) ),
		);
	}

	public function can( string $capability ): bool {
		return $this->is_super_admin || ! empty( $this->capabilities[ $capability ] );
	}

	public function is_administrator(): bool {
		return $this->can( 'manage_options' );
	}
}
