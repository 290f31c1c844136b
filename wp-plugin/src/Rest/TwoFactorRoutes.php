<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Authenticators;
use Sallyport\WP\Enrolment\Enrolment;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Factor\Counted;
use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Continuation;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\Passwords;
use Sallyport\WP\Store\State;
use WP_REST_Request;
use WP_User;

/** Managing one's second factor: better-auth's two-factor contract (contract section 3). */
final class TwoFactorRoutes {
	/** better-auth's word for codes by mail. */
	public const MAILED = 'otp';

	/** Characters of a factor's label. */
	public const LABEL = 64;

	public function __construct(
		private readonly Gate $gate,
		private readonly Enrolment $enrolment,
		private readonly Authenticators $authenticators,
		private readonly Factors $known,
		private readonly Continuation $continuation,
		private readonly EmailCode $email,
		private readonly PasswordThrottle $throttle,
		private readonly Passwords $passwords,
		private readonly State $state,
		private readonly Policies $policies,
	) {}

	/** @return array<string, mixed> */
	public function show(): array {
		$user    = wp_get_current_user();
		$rows    = $this->enrolment->active( $user->ID );
		$factors = array_map( self::describe( ... ), $rows );
		// Backup codes, and what other plugins keep, have no rows.
		foreach ( array_diff( $this->known->enrolled( $user->ID ), array_column( $rows, 'type' ) ) as $name ) {
			$factor    = $this->known->get( $name );
			$factors[] = array(
				'id'        => $name,
				'type'      => $name,
				'label'     => '',
				'added'     => null,
				'last_used' => null,
			) + ( $factor instanceof Counted ? array( 'left' => (int) $factor->left( $user->ID ) ) : array() );
		}
		$enrolled = $this->state->is_enrolled( $user->ID );
		$deadline = $this->policies->deadline( $user->ID );
		return array(
			'enabled'  => $enrolled,
			'required' => $enrolled || null !== $deadline,
			'deadline' => $enrolled || null === $deadline ? null : gmdate( 'c', $deadline ),
			'factors'  => $factors,
		);
	}

	/** @return array<string, mixed> */
	public function enable( WP_REST_Request $request ): array {
		$user   = wp_get_current_user();
		$fields = Fields::of( $request );
		$method = $fields->optional( 'method' ) ?? Totp::NAME;
		if ( ! in_array( $method, array( Totp::NAME, self::MAILED ), true ) || ( self::MAILED === $method && '' === $user->user_email ) ) {
			throw new Refusal( Code::FactorUnavailable );
		}
		$name       = $fields->optional( 'issuer', 64 );
		$label      = $fields->label( 'label', self::LABEL ) ?? '';
		$parameters = array_filter(
			array(
				'algorithm' => $fields->one_of( 'algorithm', Totp::ALGORITHMS ),
				'digits'    => $fields->whole( 'digits', ...Totp::DIGITS ),
				'period'    => $fields->whole( 'period', ...Totp::PERIODS ),
			)
		);
		$this->policies->require_enrollable( $user->ID, self::MAILED === $method ? EmailCode::NAME : Totp::NAME );
		if ( self::MAILED === $method ) {
			$this->confirm( $user, $request );
			$this->email->give_address( $user->ID, $this->enrolment->begin( $user->ID, EmailCode::NAME, time() ) );
			return array( 'method' => self::MAILED );
		}
		$this->gate->require_step_up_to_add( $user->ID, time() );
		$this->require_password( $user, $request );
		return array( 'method' => Totp::NAME ) + $this->authenticators->begin( $user, $name, time(), $label, $parameters );
	}

	/** @return array<string, mixed> */
	public function totp_uri( WP_REST_Request $request ): array {
		$user = wp_get_current_user();
		$id   = Fields::of( $request )->whole( 'id', 1, PHP_INT_MAX );
		$this->confirm( $user, $request );
		return array( 'totpURI' => $this->authenticators->uri( $user, $this->authenticators->row( $user->ID, $id ) ) );
	}

	/** @return array<string, mixed> */
	public function rename( WP_REST_Request $request ): array {
		$label = Fields::of( $request )->label( 'label', self::LABEL ) ?? throw new Refusal( Code::MissingParam, array( 'params' => array( 'label' ) ) );
		return self::describe( $this->enrolment->rename( get_current_user_id(), (int) $request['id'], $label ) );
	}

	/** Removes one factor; the caller stays signed in. @return array{deleted: true} */
	public function remove( WP_REST_Request $request ): array {
		$user_id = get_current_user_id();
		$now     = time();
		$this->gate->require_step_up( $user_id, $now );
		$this->gate->require_removable( $user_id, $this->without( $user_id, $request['id'] ) );
		$this->continuation->over(
			$user_id,
			fn (): string => BackupCode::NAME === $request['id']
				? $this->enrolment->remove_codes( $user_id, $now )
				: $this->enrolment->remove( $user_id, (int) $request['id'], $now )
		);
		return array( 'deleted' => true );
	}

	/** @return list<string> The names of the factors a user has but for this one. */
	private function without( int $user_id, string $id ): array {
		$types = array( 'backup' => BackupCode::NAME === $id ? array( BackupCode::NAME ) : array() );
		foreach ( $this->enrolment->active( $user_id ) as $row ) {
			$types[ (string) $row->id === $id ? 'gone' : 'left' ][] = $row->type;
		}
		$gone = array( ...$types['backup'], ...array_diff( $types['gone'] ?? array(), $types['left'] ?? array() ) );
		return array_values( array_diff( $this->known->enrolled( $user_id ), $gone ) );
	}

	/** @return array<string, mixed> */
	public function generate_backup_codes( WP_REST_Request $request ): array {
		$user = wp_get_current_user();
		if ( array() === $this->gate->required( $user->ID ) ) {
			throw new Refusal( Code::TwoFactorNotEnabled );
		}
		$this->confirm( $user, $request );
		return array(
			'status'      => true,
			'backupCodes' => $this->enrolment->regenerate_codes( $user->ID, time() ),
		);
	}

	/** @return array<string, mixed> */
	public function disable( WP_REST_Request $request ): array {
		$user = wp_get_current_user();
		$this->confirm( $user, $request );
		if ( $this->state->is_enrolled( $user->ID ) ) {
			$this->gate->require_removable( $user->ID );
			$this->enrolment->disable( $user->ID, time() );
		} elseif ( ! $this->enrolment->cancel( $user->ID ) ) {
			throw new Refusal( Code::TwoFactorNotEnabled );
		}
		return array( 'status' => true );
	}

	/**
	 * What reveals or weakens a factor needs the password, and for a user who has one a fresh proof: a password
	 * alone must not read the secret.
	 *
	 * @throws Refusal sallyport_step_up_required, INVALID_PASSWORD, sallyport_throttled.
	 */
	private function confirm( WP_User $user, WP_REST_Request $request ): void {
		$this->gate->require_step_up( $user->ID, time() );
		$this->require_password( $user, $request );
	}

	/** @throws Refusal INVALID_PASSWORD, sallyport_throttled. */
	private function require_password( WP_User $user, WP_REST_Request $request ): void {
		$password = Fields::of( $request )->password( 'password' );
		if ( ! $this->throttle->attempt( $user->user_login, Answer::device( $request ), time(), fn (): bool => $this->passwords->is_right( $user->ID, $password ) ) ) {
			throw new Refusal( Code::BadPassword );
		}
	}

	/** @return array<string, mixed> */
	private static function describe( FactorRow $row ): array {
		return array(
			'id'        => $row->id,
			'type'      => $row->type,
			'label'     => $row->label,
			'added'     => gmdate( 'c', $row->created_at ),
			'last_used' => gmdate( 'c', $row->last_used_at ),
		) + ( Totp::NAME === $row->type ? array( 'drift' => $row->drift ) : array() );
	}
}
