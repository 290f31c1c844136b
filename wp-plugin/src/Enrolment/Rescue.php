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
 * What an administrator or the host does for a user who cannot help themselves (docs/recovery.md). Whoever calls it has
 * asked whether they may.
 *
 * It needs neither the extension nor the master key, except for a link: what cannot be read must still be there to be reset.
 */
final class Rescue {
	/** The purpose of an enrolment link, and the seconds it is good for (NIST SP 800-63B-4 section 4.1.2.2: 10 minutes). */
	public const LINK     = 'enrol';
	public const LINK_TTL = 600;

	/** Bytes of a reason. */
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
	 * Removes every factor of the user, and with them whatever was issued to them: the password alone is left.
	 *
	 * @param string $by Who did it: a log-in, or `wp-cli`.
	 */
	public function reset( int $user_id, string $reason, string $by, int $now ): void {
		$this->enrolment->reset( $user_id, $now, self::detail( $by, $reason ) );
		$this->attempts->clear( $user_id );
		$this->end( $user_id );
	}

	/** Ends a lock of the second step, of any length: the count of wrong codes begins anew. */
	public function unlock( int $user_id, string $reason, string $by ): void {
		$this->attempts->clear( $user_id );
		$this->activity->record( Event::SecondStepUnlocked, $user_id, detail: self::detail( $by, $reason ) );
	}

	/**
	 * Signs the user out everywhere, on every site of a network, and trusts none of their devices and application passwords any
	 * more; the factors stay. What other plugins issued counted by a proof, and proofs end with the epoch.
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
	 * A one-time link for a user without a factor: with the password it opens the enrolment of one. It is handed over by
	 * whoever asked for it, and never mailed.
	 *
	 * @return string Its secret.
	 * @throws Refusal sallyport_already_enrolled: the link would go around the factor there is.
	 */
	public function link( int $user_id, string $reason, string $by, int $now ): string {
		if ( $this->state->is_enrolled( $user_id ) || array() !== $this->enrolment->active( $user_id ) ) {
			throw new Refusal( Code::AlreadyEnrolled );
		}
		$secret = $this->links->open( self::LINK, $user_id, self::LINK_TTL, $now );
		$this->activity->record( Event::EnrolmentLinkMade, $user_id, detail: self::detail( $by, $reason ) );
		return $secret;
	}

	/** @return list<array{id: int|string, type: string, label: string, status: string, added: string|null, last_used: string|null, left: int|null}> What the user has, live and pending, without secrets. */
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

	/** What is wrong with what is stored of the user: marked, and no factor is there. */
	public function problem( int $user_id ): ?Problem {
		return $this->state->is_marked( $user_id ) && array() === $this->enrolment->active( $user_id ) ? Problem::FactorsGone : null;
	}

	/** Whether another plugin asks this user for a second factor of its own, which a reset here does not touch. */
	public function is_enrolled_elsewhere( int $user_id ): bool {
		return $this->state->is_enrolled( $user_id ) && ! $this->state->is_marked( $user_id );
	}

	/** Seconds the second step is locked for, 0 if it is not. */
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

	/** Whose an enrolment link is, with nothing spent. @throws Refusal sallyport_link_gone. */
	public function invited( #[\SensitiveParameter] string $link, int $now ): WP_User {
		$user = get_userdata( $this->links->holder( $link, self::LINK, $now ) ?? 0 );
		return $user ? $user : throw new Refusal( Code::LinkGone );
	}

	/** Spends an enrolment link, once only. @throws Refusal sallyport_link_gone. */
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
