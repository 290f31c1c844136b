<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Authenticators;
use Sallyport\WP\Enrolment\Enrolment;
use Sallyport\WP\Enrolment\OwnFactors;
use Sallyport\WP\Factor\Counted;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\State;
use WP_REST_Request;

/** Managing one's second factor, by better-auth's contract. */
final class TwoFactorRoutes {
	/** better-auth's name for e-mail codes. */
	public const MAILED = 'otp';

	public function __construct(
		private readonly OwnFactors $own,
		private readonly Enrolment $enrolment,
		private readonly Authenticators $authenticators,
		private readonly Factors $known,
		private readonly State $state,
		private readonly Policies $policies,
	) {}

	/** @return array<string, mixed> */
	public function show(): array {
		$user    = wp_get_current_user();
		$rows    = $this->enrolment->active( $user->ID );
		$factors = array_map( self::describe( ... ), $rows );
		// Backup codes, and factors that other plugins keep, have no rows.
		foreach ( array_diff( $this->known->enrolled( $user->ID ), array_column( $rows, 'type' ) ) as $name ) {
			$factor    = $this->known->get( $name );
			$used      = $factor instanceof Counted ? $factor->last_used( $user->ID ) : null;
			$factors[] = array(
				'id'        => $name,
				'type'      => $name,
				'label'     => '',
				'added'     => null,
				'last_used' => null === $used ? null : gmdate( 'c', $used ),
			) + ( $factor instanceof Counted ? array( 'left' => (int) $factor->left( $user->ID ) ) : array() );
		}
		$enrolled = $this->state->is_enrolled( $user->ID );
		$deadline = $this->policies->deadline( $user->ID );
		return array(
			'enabled'  => $enrolled,
			'required' => null !== $deadline,
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
		$label      = $fields->label( 'label', OwnFactors::LABEL ) ?? '';
		$parameters = array_filter(
			array(
				'algorithm' => $fields->one_of( 'algorithm', Totp::ALGORITHMS ),
				'digits'    => $fields->whole( 'digits', ...Totp::DIGITS ),
				'period'    => $fields->whole( 'period', ...Totp::PERIODS ),
			)
		);
		if ( self::MAILED === $method ) {
			$this->own->begin_mail( $user, ...self::confirmation( $request ) );
			return array( 'method' => self::MAILED );
		}
		$this->own->require_addable( $user, ...self::confirmation( $request ) );
		return array( 'method' => Totp::NAME ) + $this->authenticators->begin( $user, $name, time(), $label, $parameters );
	}

	/** @return array<string, mixed> */
	public function totp_uri( WP_REST_Request $request ): array {
		$user = wp_get_current_user();
		$id   = Fields::of( $request )->whole( 'id', 1, PHP_INT_MAX );
		$this->own->confirm( $user, ...self::confirmation( $request ) );
		return array( 'totpURI' => $this->authenticators->uri( $user, $this->authenticators->row( $user->ID, $id ) ) );
	}

	/** @return array<string, mixed> */
	public function rename( WP_REST_Request $request ): array {
		$label = Fields::of( $request )->label( 'label', OwnFactors::LABEL ) ?? throw Refusal::missing( 'label' );
		return self::describe( $this->own->rename( get_current_user_id(), (int) self::id( $request ), $label ) );
	}

	/** @return array{deleted: true} */
	public function remove( WP_REST_Request $request ): array {
		$this->own->remove( get_current_user_id(), self::id( $request ) );
		return array( 'deleted' => true );
	}

	/** The id in the path: a parameter of the same name could also come from body or query. */
	private static function id( WP_REST_Request $request ): string {
		return $request->get_url_params()['id'];
	}

	/** @return array<string, mixed> */
	public function generate_backup_codes( WP_REST_Request $request ): array {
		return array(
			'status'      => true,
			'backupCodes' => $this->own->regenerate_codes( wp_get_current_user(), ...self::confirmation( $request ) ),
		);
	}

	/** @return array<string, mixed> */
	public function disable( WP_REST_Request $request ): array {
		$this->own->disable( wp_get_current_user(), ...self::confirmation( $request ) );
		return array( 'status' => true );
	}

	/** @return array{0: Closure(): string, 1: string|null} The password, and the secret of the device it comes from. */
	private static function confirmation( WP_REST_Request $request ): array {
		return array( static fn (): string => Fields::of( $request )->password( 'password' ), Answer::device( $request ) );
	}

	/** @return array<string, mixed> */
	private static function describe( FactorRow $row ): array {
		return array(
			'id'        => $row->id,
			'type'      => $row->type,
			'label'     => $row->label,
			'added'     => gmdate( 'c', $row->created_at ),
			'last_used' => 0 === $row->last_used_at ? null : gmdate( 'c', $row->last_used_at ),
		) + ( Totp::NAME === $row->type ? array( 'drift' => $row->drift ) : array() );
	}
}
