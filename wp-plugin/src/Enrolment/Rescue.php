<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Attempts;
use Sallyport\WP\Challenge\Links;
use Sallyport\WP\Code;
use Sallyport\WP\Device\Devices;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\AppPasswords;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\State;
use Sallyport\WP\Token\Families;
use WP_Session_Tokens;
use WP_User;

/**
 * What an administrator or the host does for a user who cannot help themselves (docs/recovery.md). The caller must have
 * checked permission.
 *
 * Except for links it needs neither the extension nor the master key: data that can no longer be read must still be
 * resettable.
 */
final class Rescue {
	/** Purpose of an enrolment link, and seconds it lives (NIST SP 800-63B-4 section 4.1.2.2: 10 minutes). */
	public const LINK     = 'enrol';
	public const LINK_TTL = 600;

	/** Longest reason, in bytes. */
	public const REASON = 500;

	public function __construct(
		private readonly Enrolment $enrolment,
		private readonly Attempts $attempts,
		private readonly Links $links,
		private readonly Families $families,
		private readonly Devices $devices,
		private readonly AppPasswords $app_passwords,
		private readonly State $state,
		private readonly Activity $activity,
	) {}

	/**
	 * Removes all the user's factors, and ends whatever was issued to them: only the password is left.
	 *
	 * @param string $by Who did it: a login name, or `wp-cli`.
	 */
	public function reset( int $user_id, string $reason, string $by, int $now ): void {
		$this->enrolment->reset( $user_id, $now, self::detail( $by, $reason ) );
		$this->attempts->clear( $user_id );
		$this->end( $user_id );
	}

	/** Ends a lock of the second step, however long: the count of wrong codes starts again. */
	public function unlock( int $user_id, string $reason, string $by ): void {
		$this->attempts->clear( $user_id );
		$this->activity->record( Event::SecondStepUnlocked, $user_id, detail: self::detail( $by, $reason ) );
	}

	/**
	 * Signs the user out everywhere, on every site of a network, and distrusts all their devices and application passwords. The
	 * factors stay. Tokens of other plugins count by a proof, and proofs end with the epoch.
	 */
	public function revoke( int $user_id, string $reason, string $by, int $now ): void {
		$this->devices->forget_trusted( $user_id );
		$this->end( $user_id );
		if ( null !== $this->state->read( $user_id ) ) {
			$this->state->renew( $user_id, $now );
		}
		$this->app_passwords->forget( $user_id );
		$this->activity->record( Event::SignInsRevoked, $user_id, detail: self::detail( $by, $reason ) );
	}

	/**
	 * A one-time link for a user without a factor: together with the password it opens the enrolment of one. The caller hands
	 * it over; it is never mailed.
	 *
	 * @return string Its secret.
	 * @throws Refusal sallyport_already_enrolled: the link would bypass the existing factor.
	 */
	public function link( int $user_id, string $reason, string $by, int $now ): string {
		if ( $this->state->is_enrolled( $user_id ) || array() !== $this->enrolment->active( $user_id ) ) {
			throw new Refusal( Code::AlreadyEnrolled );
		}
		$secret = $this->links->open( self::LINK, $user_id, self::LINK_TTL, $now );
		$this->activity->record( Event::EnrolmentLinkMade, $user_id, detail: self::detail( $by, $reason ) );
		return $secret;
	}

	/** @return list<array{id: int|string, type: string, label: string, status: string, added: string|null, last_used: string|null, left: int|null}> The user's factors, active and pending, without secrets. */
	public function factors( int $user_id ): array {
		$factors = array(
			...array_map( static fn ( FactorRow $row ): array => self::described( $row, 'active' ), $this->enrolment->active( $user_id ) ),
			...array_map( static fn ( FactorRow $row ): array => self::described( $row, 'pending' ), $this->enrolment->begun( $user_id ) ),
		);
		$left = $this->enrolment->backup_codes_left( $user_id );
		return 0 === $left ? $factors : array(
			...$factors,
			array(
				'id'        => BackupCode::NAME,
				'type'      => BackupCode::NAME,
				'label'     => '',
				'status'    => 'active',
				'added'     => null,
				'last_used' => null,
				'left'      => $left,
			),
		);
	}

	/** The problem with the user's stored data, if any: a mark, but no factor. */
	public function problem( int $user_id ): ?Problem {
		return $this->state->is_marked( $user_id ) && array() === $this->enrolment->active( $user_id ) ? Problem::FactorsGone : null;
	}

	/** Whether another plugin demands a second factor of its own, which a reset here does not touch. */
	public function is_enrolled_elsewhere( int $user_id ): bool {
		return $this->state->is_enrolled( $user_id ) && ! $this->state->is_marked( $user_id );
	}

	/** Seconds the second step stays locked, 0 if it is not. */
	public function locked_for( int $user_id, int $now ): int {
		return $this->attempts->locked_for( $user_id, $now );
	}

	/** @return array<string, int|string|null> */
	private static function described( FactorRow $row, string $status ): array {
		return array(
			'id'        => $row->id,
			'type'      => $row->type,
			'label'     => $row->label,
			'status'    => $status,
			'added'     => gmdate( 'c', $row->created_at ),
			'last_used' => 0 === $row->last_used_at ? null : gmdate( 'c', $row->last_used_at ),
			'left'      => null,
		);
	}

	/**
	 * The user an enrolment link is for, with nothing spent.
	 *
	 * @throws Refusal sallyport_link_gone.
	 */
	public function invited( #[\SensitiveParameter] string $link, int $now ): WP_User {
		$user = get_userdata( $this->links->holder( $link, self::LINK, $now ) ?? 0 );
		return $user ? $user : throw new Refusal( Code::LinkGone );
	}

	/**
	 * Spends an enrolment link, once only.
	 *
	 * @throws Refusal sallyport_link_gone.
	 */
	public function accept( #[\SensitiveParameter] string $link, int $now ): int {
		$user_id = $this->links->spend( $link, self::LINK, $now ) ?? throw new Refusal( Code::LinkGone );
		$this->activity->record( Event::EnrolmentLinkUsed, $user_id );
		return $user_id;
	}

	private function end( int $user_id ): void {
		$this->families->end_all( $user_id );
		$this->links->close( $user_id );
		WP_Session_Tokens::get_instance( $user_id )->destroy_all();
	}

	/** @return array<string, string> */
	private static function detail( string $by, string $reason ): array {
		return array( 'by' => $by ) + ( '' === $reason ? array() : array( 'reason' => $reason ) );
	}
}
