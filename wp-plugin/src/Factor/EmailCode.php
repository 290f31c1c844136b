<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Digits;
use Sallyport\WP\Engine;
use Sallyport\WP\Limits;
use Sallyport\WP\Masked;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ChallengeRows;
use Sallyport\WP\Store\EmailCodeRows;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\FactorRows;
use Sallyport\WP\Store\ProvenEmails;
use WP_User;

/**
 * Codes by mail: 8 digits, valid for 10 minutes and 5 tries, good once, and only for the challenge they were sent for.
 *
 * The enrolment is for one address, which the first code went to. If the user's address changes, the factor is unusable
 * until the new one is proven. It is not strong (NIST SP 800-63B-4, 3.1.3.1): `amr` lacks `mfa`, and step-up rejects it.
 */
final class EmailCode implements Enrolled, Sends {
	public const NAME = 'email';

	/** Seconds a code lives; the code for a challenge never outlives the challenge. */
	public const TTL = 600;

	/** How often a code may be tried. */
	public const TRIES = 5;

	private const DIGITS = 8;

	public function __construct(
		private readonly FactorRows $rows,
		private readonly EmailCodeRows $codes,
		private readonly ChallengeRows $challenges,
		private readonly ProvenEmails $proven,
		private readonly Engine $engine,
		private readonly Limits $limits,
		private readonly EmailCodeMail $mail,
		private readonly Activity $activity,
	) {}

	public function name(): string {
		return self::NAME;
	}

	/** RFC 8176 has no word for a mail. */
	public function amr(): array {
		return array( 'email', 'pwd' );
	}

	public function is_enrolled( int $user_id ): bool {
		return null !== $this->active( $user_id );
	}

	public function recognises( #[\SensitiveParameter] string $code ): bool {
		return false;
	}

	public function verify( int $user_id, #[\SensitiveParameter] string $code, int $now, int $challenge ): Outcome {
		$row = $this->active( $user_id );
		return null === $row ? Outcome::Wrong : $this->try( $row, $code, $now, $challenge, ProvenEmails::user( $user_id ) );
	}

	public function prove( FactorRow $row, #[\SensitiveParameter] string $code, int $now ): ?int {
		$user = ProvenEmails::user( $row->user_id );
		if ( Outcome::Right !== $this->try( $row, $code, $now, self::SIGNED_IN, $user ) ) {
			return null;
		}
		$this->proven->prove( $user );
		return 0;
	}

	/**
	 * Mails a code. For a challenge it goes to a proven address; for a user who is signed in, to that of a pending enrolment if
	 * there is one.
	 */
	public function send( int $user_id, int $challenge, int $now ): int {
		$row  = $this->addressee( $user_id, $challenge ) ?? throw new Refusal( Code::FactorUnavailable );
		$user = ProvenEmails::user( $row->user_id );
		$this->limits->space( 'email_code', $row->id . ':' . $challenge, self::RESEND, $user_id, $now );
		$this->limits->count( 'email_code', $now );
		$this->limits->count_mail( 'email_code', $user, $now );
		$code    = $this->engine->otp_code( self::DIGITS );
		$expires = $challenge > 0 ? min( $now + self::TTL, $this->challenges->expires_at( $challenge ) ) : $now + self::TTL;
		$this->codes->put( $row->id, $challenge, $this->engine->mac( self::message( $row, $challenge, $user, $code ), 'email-code' ), $expires );
		$minutes = max( 1, intdiv( $expires - $now, MINUTE_IN_SECONDS ) );
		$sent    = $challenge > 0 ? $this->mail->sign_in( $user, $code, $minutes ) : $this->mail->confirmation( $user, $code, $minutes );
		$this->activity->record( Event::CodeSent, $user_id, '', $sent ? 'ok' : Code::MailNotSent->value, array( 'factor' => self::NAME ) );
		return $sent ? $expires - $now : throw new Refusal( Code::MailNotSent );
	}

	/** The masked address, for somebody who knows only the password. */
	public function hint( int $user_id ): string {
		return Masked::email( ProvenEmails::address( $user_id ) );
	}

	/**
	 * Tells apart why no code can be right at the moment.
	 *
	 * @throws Refusal OTP_HAS_EXPIRED, TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE.
	 */
	public function require_live_code( int $user_id, int $challenge, int $now ): void {
		$row  = $this->addressee( $user_id, $challenge );
		$code = null === $row ? null : $this->codes->find( $row->id, $challenge, $now );
		if ( null !== $row && ( null === $code || $code['is_used'] ) ) {
			throw new Refusal( Code::CodeExpired );
		}
		if ( null !== $code && $code['tries'] >= self::TRIES ) {
			throw new Refusal( Code::TooManyAttempts );
		}
	}

	/** Whether an enrolment of the user's present address waits for its first code. */
	public function is_pending( int $user_id ): bool {
		return null !== $this->pending( $user_id );
	}

	/** Binds a row to its user's present address. */
	public function give_address( FactorRow $row ): void {
		$this->rows->set_secret(
			$row,
			$this->engine->seal( ProvenEmails::address( $row->user_id ), self::NAME, FactorRow::owner( $row->user_id, $row->id ) )
		);
	}

	private function try( FactorRow $row, #[\SensitiveParameter] string $typed, int $now, int $challenge, WP_User $user ): Outcome {
		$code = Digits::typed( $typed, self::DIGITS, self::DIGITS );
		if ( null === $code ) {
			return Outcome::Wrong;
		}
		$counted = $this->codes->count( $row->id, $challenge, self::TRIES, $now );
		$mac     = $this->codes->find( $row->id, $challenge, $now )['mac'] ?? null;
		if ( null === $mac || ! $this->engine->mac_verify( self::message( $row, $challenge, $user, $code ), $mac, 'email-code' ) ) {
			return Outcome::Wrong;
		}
		// A right code after the last try is no guess, but too late: nothing spends it any more.
		return $counted && $this->codes->spend( $row->id, $challenge, $mac, $now ) ? Outcome::Right : Outcome::Spent;
	}

	/** A code is bound to the address, too: a change of address voids it. */
	private static function message( FactorRow $row, int $challenge, WP_User $user, #[\SensitiveParameter] string $code ): string {
		return implode( "\n", array( $row->user_id, $row->id, $challenge, $user->user_email, $code ) );
	}

	/** The row that a code is sent for. */
	private function addressee( int $user_id, int $challenge ): ?FactorRow {
		return ( $challenge > 0 ? null : $this->pending( $user_id ) ) ?? $this->active( $user_id );
	}

	/** The active row, if its address is still the user's. */
	private function active( int $user_id ): ?FactorRow {
		return $this->first( $this->rows->active( $user_id, self::NAME ) );
	}

	private function pending( int $user_id ): ?FactorRow {
		return $this->first( $this->rows->pending( $user_id, self::NAME ) );
	}

	/** @param list<FactorRow> $rows */
	private function first( array $rows ): ?FactorRow {
		foreach ( $rows as $row ) {
			if ( $this->is_of_present_address( $row ) ) {
				return $row;
			}
		}
		return null;
	}

	private function is_of_present_address( FactorRow $row ): bool {
		$address = ProvenEmails::address( $row->user_id );
		return '' !== $row->secret
			&& '' !== $address
			&& $address === $this->engine->unseal( $row->secret, self::NAME, FactorRow::owner( $row->user_id, $row->id ) );
	}
}
