<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

use Sallyport\WP\Engine;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Issuer\Issuers;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FactorRows;
use Sallyport\WP\Store\State;

/** Creates the throw-away user of a probe, enrols and removes them. */
final class Visitors {
	public function __construct(
		private readonly FactorRows $factors,
		private readonly Totp $totp,
		private readonly State $state,
		private readonly Engine $engine,
		private readonly Issuers $issuers,
	) {}

	/**
	 * A subscriber of this site without a second factor. Nobody is mailed.
	 *
	 * @throws Refusal sallyport_unavailable, if nobody could be enrolled, or the user cannot be created.
	 */
	public function make(): Visitor {
		$this->engine->require();
		$login    = Visitor::LOGIN . bin2hex( random_bytes( 8 ) );
		$password = bin2hex( random_bytes( 24 ) );
		$email    = Visitor::address();
		$id       = wp_insert_user(
			array(
				'user_login'    => $login,
				'user_pass'     => $password,
				'user_email'    => $email,
				'user_nicename' => bin2hex( random_bytes( 8 ) ),
				'role'          => 'subscriber',
			)
		);
		if ( ! is_int( $id ) ) {
			throw Refusal::unavailable( Problem::Database );
		}
		return new Visitor( $id, $login, $password, $email );
	}

	/** From now on only a code lets them in. Nobody has the secret. */
	public function enrol( Visitor $visitor, int $now ): void {
		$row = $this->factors->add_pending( $visitor->id, Totp::NAME, $now );
		$this->totp->give_secret( $row );
		$this->factors->activate( $row->id, -1, $now );
		$this->state->raise( $visitor->id, true, $now );
	}

	public function remove( int $user_id ): void {
		$this->issuers->forget( $user_id );
		require_once ABSPATH . 'wp-admin/includes/user.php';
		is_multisite() && require_once ABSPATH . 'wp-admin/includes/ms.php';
		Visitor::leaves( $user_id, static fn () => is_multisite() ? wpmu_delete_user( $user_id ) : wp_delete_user( $user_id ) );
	}

	/**
	 * Removes visitors left by probes that died.
	 *
	 * @return int How many, at most $limit.
	 */
	public function remove_left( int $now, int $limit ): int {
		$left = get_users(
			array(
				'blog_id'        => 0,
				'search'         => Visitor::LOGIN . '*',
				'search_columns' => array( 'user_login' ),
				'number'         => $limit,
				'orderby'        => 'ID',
				'date_query'     => array( array( 'before' => gmdate( 'Y-m-d H:i:s', $now - Visitor::LEFT ) ) ),
			)
		);
		$left = array_filter( $left, Visitor::has_been( ... ) );
		foreach ( $left as $user ) {
			$this->remove( $user->ID );
		}
		return count( $left );
	}
}
