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
 * Token families: every log-in opens one, every token of ours belongs to one, and ending it voids them all on
 * the next request.
 */
final class Families {
	/** Whose proofs families hold: what step-up adds is ours, too. */
	private const ISSUER = 'sallyport';

	/** Without a device limit, what one user's meta holds at most: a script that logs in every minute must not grow it without end. */
	private const MOST = 100;

	/**
	 * @param Closure(): Activity $activity Made when a family begins or ends: every token of ours is looked up here.
	 * @param Closure(): Client   $client   Likewise.
	 * @param Closure(): Passwords $passwords Likewise.
	 */
	public function __construct(
		private readonly FamilyRows $rows,
		private readonly Settings $settings,
		private readonly Closure $activity,
		private readonly Closure $client,
		private readonly Closure $passwords,
	) {}

	/**
	 * @param Proof|null $proof     Null for a user without a factor.
	 * @param string     $first     How that user signed in: Proof::PASSWORD or ::SSO.
	 * @param int        $signed_in When.
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
	 * Whether its user's password is the one of the log-in. A change ends all families, where it is seen: not one that is made
	 * in the database, or while the plugin is turned off.
	 */
	public function is_of_this_password( FamilyRow $family ): bool {
		return '' === $family->fingerprint || ( $this->passwords )()->digest( $family->user_id ) === $family->fingerprint;
	}

	/** The same password was hashed again. @param WP_User $before Its user as it was. */
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

	/** The proof a family's log-in was made under, or its last step-up; null for a user who had no factor. */
	public function proof( FamilyRow $family ): ?Proof {
		return '' === $family->epoch ? null : Proof::restored( $family->user_id, self::ISSUER, $family->amr, $family->proven_at, $family->epoch );
	}

	public function use( FamilyRow $family, int $now ): void {
		$this->rows->use( $family->id, ( $this->client )()->address(), $now );
	}

	/** Puts the known device on record that the family was opened on. */
	public function bind( FamilyRow $family, int $device_id ): void {
		$this->rows->bind( $family->id, $device_id );
	}

	/** Puts a step-up on record: what the family's refresh tokens yield from here on carries it. */
	public function prove( string $sid, Proof $proof ): void {
		$this->rows->prove( $sid, $proof->amr, $proof->at, $proof->epoch );
	}

	/** The same, for the access tokens it has already: they count by this proof from here on. */
	public function prove_in_place( FamilyRow $family, Proof $proof ): void {
		$this->rows->prove_in_place( $family, $proof->amr, $proof->at, $proof->epoch );
	}

	/** The newest proof that prove_in_place() put on record. Costs no query. */
	public function proof_in_place( int $user_id, string $sid ): ?Proof {
		$newest = null;
		foreach ( $this->rows->proofs( $user_id ) as $proof ) {
			if ( $proof['sid'] === $sid && $proof['at'] >= ( $newest->at ?? 0 ) ) {
				$newest = Proof::restored( $user_id, self::ISSUER, $proof['amr'], $proof['at'], $proof['epoch'] );
			}
		}
		return $newest;
	}

	/** @return list<FamilyRow> The user's on this blog, the oldest first. */
	public function of( int $user_id ): array {
		return array_values( array_filter( $this->rows->of( $user_id ), static fn ( FamilyRow $family ): bool => get_current_blog_id() === $family->blog_id ) );
	}

	/** Once only: voids the access tokens the family has; null if another request did, or the family ended. */
	public function renew( FamilyRow $family ): ?FamilyRow {
		$sid = bin2hex( random_bytes( 16 ) );
		return $this->rows->rename( $family, $sid ) ? $this->rows->with_sid( $sid ) : null;
	}

	public function end( FamilyRow $family, Event $event = Event::TokenRevoked ): void {
		$this->rows->end( $family );
		( $this->activity )()->record( $event, $family->user_id, self::ISSUER, device: $family->device );
	}

	/**
	 * Ends one of this user's on this blog.
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
	 * Ends every family of the user, on every blog of the network.
	 *
	 * @param string $except The sid of one that goes on.
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
	 * Ends what is past its time, mark and row.
	 *
	 * @return int How many, $limit at most.
	 */
	public function end_expired( int $now, int $limit ): int {
		$expired = $this->rows->expired( $now, $limit );
		foreach ( $expired as $family ) {
			$this->rows->end( $family );
		}
		return count( $expired );
	}

	/** Beyond the device limit the oldest ends. */
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
