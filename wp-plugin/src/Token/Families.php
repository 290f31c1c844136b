<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FamilyRow;
use Sallyport\WP\Store\FamilyRows;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\Settings;
use WP_User;

/**
 * Token families: every login opens one, every Sallyport token belongs to one, and ending it voids all its tokens from the
 * next request on.
 */
final class Families {
	/** Issuer of the proofs that families hold, including those that step-up adds. */
	private const ISSUER = 'sallyport';

	/** Families per user where no device limit is set: a script that logs in every minute must not fill the user's meta. */
	private const MOST = 100;

	/**
	 * @param Closure(): Activity  $activity  Lazy: needed when a family begins or ends, while every Sallyport token is looked
	 *                                        up here.
	 * @param Closure(): Client    $client    Lazy, likewise.
	 * @param Closure(): Passwords $passwords Lazy, likewise.
	 */
	public function __construct(
		private readonly FamilyRows $rows,
		private readonly Settings $settings,
		private readonly Closure $activity,
		private readonly Closure $client,
		private readonly Closure $passwords,
	) {}

	/**
	 * Opens a family.
	 *
	 * @param Proof|null $proof     Null for a user without a factor.
	 * @param string     $first     How that user signed in: Proof::PASSWORD or ::SSO.
	 * @param int        $signed_in When, Unix seconds.
	 */
	public function open( int $user_id, ?Proof $proof, string $first, int $signed_in, int $now ): FamilyRow {
		$sid = bin2hex( random_bytes( 16 ) );
		$this->rows->add(
			array(
				'sid'          => $sid,
				'user_id'      => $user_id,
				'blog_id'      => get_current_blog_id(),
				'device'       => ( $this->client )()->device(),
				'ip'           => ( $this->client )()->address(),
				'amr'          => implode( ' ', $proof->amr ?? array( $first ) ),
				'proven_at'    => $proof->at ?? $signed_in,
				'epoch'        => $proof->epoch ?? '',
				'fingerprint'  => ( $this->passwords )()->digest( $user_id ),
				'created_at'   => $now,
				'last_used_at' => $now,
				'expires_at'   => $now + (int) $this->settings->get( 'family_ttl' ),
			)
		);
		$this->end_beyond_limit( $user_id, $now );
		$family = $this->rows->with_sid( $sid );
		if ( null === $family ) {
			$this->rows->drop_marks_without_a_row( $user_id );
			throw Refusal::token_invalid( 'revoked' );
		}
		return $family;
	}

	/**
	 * Whether the user still has the password of the login. A change of password ends all families, but only if the plugin sees
	 * it: not if it is made in the database, or while the plugin is inactive.
	 */
	public function is_of_this_password( FamilyRow $family ): bool {
		return '' === $family->fingerprint || ( $this->passwords )()->digest( $family->user_id ) === $family->fingerprint;
	}

	/**
	 * Notes that the same password was hashed again.
	 *
	 * @param WP_User $before The user before.
	 */
	public function rehashed( WP_User $before ): void {
		$this->rows->rehash( $before->ID, Passwords::digest_of( $before ), ( $this->passwords )()->digest( $before->ID ) );
	}

	/** Whether a family lives. Costs no query. */
	public function is_live( int $user_id, string $sid ): bool {
		return $this->rows->is_live( $user_id, $sid );
	}

	public function find( int $id ): ?FamilyRow {
		return $this->rows->find( $id );
	}

	public function with_sid( string $sid ): ?FamilyRow {
		return $this->rows->with_sid( $sid );
	}

	/** The proof of the family's login or of its last step-up; null for a user who had no factor. */
	public function proof( FamilyRow $family ): ?Proof {
		return '' === $family->epoch ? null : Proof::restored( $family->user_id, self::ISSUER, $family->amr, $family->proven_at, $family->epoch );
	}

	public function use( FamilyRow $family, int $now ): void {
		$this->rows->use( $family->id, ( $this->client )()->address(), $now );
	}

	/** Records the known device that the family was opened on. */
	public function bind( FamilyRow $family, int $device_id ): void {
		$this->rows->bind( $family->id, $device_id );
	}

	/** Records a step-up: tokens refreshed from now on carry its proof. */
	public function prove( string $sid, Proof $proof ): void {
		$this->rows->prove( $sid, $proof->amr, $proof->at, $proof->epoch );
	}

	/** Records a step-up for the access tokens the family already has, too: they count by its proof from now on. */
	public function prove_in_place( FamilyRow $family, Proof $proof ): void {
		$this->rows->prove_in_place( $family, $proof->amr, $proof->at, $proof->epoch );
	}

	/** The newest proof recorded by prove_in_place(). Costs no query. */
	public function proof_in_place( int $user_id, string $sid ): ?Proof {
		$newest = null;
		foreach ( $this->rows->proofs( $user_id ) as $proof ) {
			if ( $proof['sid'] === $sid && $proof['at'] >= ( $newest->at ?? 0 ) ) {
				$newest = Proof::restored( $user_id, self::ISSUER, $proof['amr'], $proof['at'], $proof['epoch'] );
			}
		}
		return $newest;
	}

	/** @return list<FamilyRow> The user's families on this blog, the oldest first. */
	public function of( int $user_id ): array {
		return array_values(
			array_filter( $this->rows->of( $user_id ), static fn ( FamilyRow $family ): bool => get_current_blog_id() === $family->blog_id )
		);
	}

	/** Voids the family's present access tokens, once only; null if another request did, or the family has ended. */
	public function renew( FamilyRow $family ): ?FamilyRow {
		$sid = bin2hex( random_bytes( 16 ) );
		return $this->rows->rename( $family, $sid ) ? $this->rows->with_sid( $sid ) : null;
	}

	public function end( FamilyRow $family, Event $event = Event::TokenRevoked ): void {
		$this->rows->end( $family );
		( $this->activity )()->record( $event, $family->user_id, self::ISSUER, device: $family->device );
	}

	/**
	 * Ends one of this user's families on this blog.
	 *
	 * @throws Refusal sallyport_no_such_token.
	 */
	public function revoke( int $id, int $user_id ): void {
		$family = $this->find( $id );
		if ( null === $family || $user_id !== $family->user_id || get_current_blog_id() !== $family->blog_id ) {
			throw new Refusal( Code::NoSuchToken );
		}
		$this->end( $family );
	}

	/**
	 * Ends all the user's families, on every blog of the network.
	 *
	 * @param string $except The sid of one that continues.
	 */
	public function end_all( int $user_id, string $except = '' ): void {
		foreach ( $this->rows->of( $user_id ) as $family ) {
			if ( $family->sid !== $except ) {
				$this->end( $family );
			}
		}
	}

	/** Ends every family of the user on this blog. */
	public function end_here( int $user_id ): void {
		foreach ( $this->of( $user_id ) as $family ) {
			$this->end( $family );
		}
	}

	/**
	 * Ends expired families: their meta and their rows.
	 *
	 * @return int How many, at most $limit.
	 */
	public function end_expired( int $now, int $limit ): int {
		$expired = $this->rows->expired( $now, $limit );
		foreach ( $expired as $family ) {
			$this->rows->end( $family );
		}
		return count( $expired );
	}

	/** Ends the oldest families beyond the device limit. */
	private function end_beyond_limit( int $user_id, int $now ): void {
		$families = $this->of( $user_id );
		foreach ( $families as $i => $family ) {
			if ( $family->expires_at <= $now ) {
				$this->rows->end( $family );
				unset( $families[ $i ] );
			}
		}
		$limit = (int) $this->settings->get( 'device_limit' );
		foreach ( array_slice( $families, 0, -( 0 === $limit ? self::MOST : $limit ) ) as $family ) {
			$this->end( $family, Event::DeviceLimitReached );
		}
	}
}
