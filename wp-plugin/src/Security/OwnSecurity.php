<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use Sallyport\WP\Challenge\Sending;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Authenticators;
use Sallyport\WP\Enrolment\Enrolment;
use Sallyport\WP\Enrolment\Invitation;
use Sallyport\WP\Enrolment\OwnFactors;
use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Gate\Enrolling;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Name;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\State;
use Sallyport\WP\Template;
use WP_User;

/**
 * Sign-in security for users themselves: setting up in three steps, then managing what they have. The same in wp-admin and on
 * the front end, without JavaScript. Actions use the same services as the routes.
 */
final class OwnSecurity {
	/** Below this number, few backup codes are left. */
	private const FEW = 4;

	private ?Refusal $refusal = null;

	/** @var list<string> Backup codes made in this request: shown in its answer, and never again. */
	private array $codes = array();

	public function __construct(
		private readonly OwnFactors $own,
		private readonly Enrolment $enrolment,
		private readonly Authenticators $authenticators,
		private readonly Factors $known,
		private readonly Sending $sending,
		private readonly SignIns $sign_ins,
		private readonly History $history,
		private readonly Policies $policies,
		private readonly Enrolling $enrolling,
		private readonly State $state,
	) {}

	/**
	 * Performs the form's action and redirects; stays if there is something to show: codes, or an error.
	 *
	 * @return bool False for an error.
	 */
	public function act( string $url ): bool {
		$user = wp_get_current_user();
		Form::require_nonce( Form::nonce_of( $user->ID ) );
		try {
			$done = $this->do( $user, $url, Form::fields()->text( Form::DO ) );
			if ( array() === $this->codes ) {
				Form::go( $url, array_filter( array( Form::DONE => $done ) ) );
			}
			return true;
		} catch ( Refusal $refusal ) {
			if ( Code::StepUpRequired === $refusal->reason ) {
				Form::step_up( $url, Form::asked() );
			}
			$this->refusal = $refusal;
			return false;
		}
	}

	/** @return string What was done, a key of said(); empty if the page itself shows it. */
	private function do( WP_User $user, string $url, string $what ): string {
		$fields = Form::fields();
		if ( in_array( $what, array( 'begin', 'begin-mail', 'finish' ), true ) && $this->enrolling->is_awaited( $user->ID, time() ) ) {
			Form::leave( Invitation::url_of_signed_in( $url ) );
		}
		switch ( $what ) {
			case 'begin':
				$label = $fields->label( 'label', OwnFactors::LABEL ) ?? throw Refusal::missing( 'label' );
				$this->own->begin_app( $user, $label, Form::password(), null );
				return '';
			case 'begin-mail':
				$this->own->begin_mail( $user, Form::password(), null );
				$this->sending->to_signed_in( $user->ID, time() );
				return 'sent';
			case 'send':
				$this->own->require_enrollable( $user->ID, EmailCode::NAME );
				$this->sending->to_signed_in( $user->ID, time() );
				return 'sent';
			case 'finish':
				$type = $this->pending( $user->ID );
				if ( null === $type ) {
					// Submitted twice, or from an old tab: an error about a missing enrolment would stand above the app
					// that is set up.
					return '';
				}
				$this->codes = $this->own->finish( $user, $type, $fields->text( 'sallyport_code' ) );
				return 'added';
			case 'cancel':
				$this->enrolment->cancel( $user->ID );
				return '';
			case 'rename':
				$this->own->rename(
					$user->ID,
					(int) $fields->whole( 'id', 1, PHP_INT_MAX ),
					$fields->label( 'label', OwnFactors::LABEL ) ?? throw Refusal::missing( 'label' )
				);
				return 'renamed';
			case 'remove':
				$this->own->remove( $user->ID, $fields->text( 'id' ) );
				return 'removed';
			case 'codes':
				$this->codes = $this->own->regenerate_codes( $user, Form::password(), null );
				return '';
			case 'off':
				$this->own->disable( $user, Form::password(), null );
				return 'off';
			case 'forget':
				$this->sign_ins->forget( $user->ID, (int) $fields->whole( 'id', 1, PHP_INT_MAX ) );
				return 'forgotten';
			case 'end':
				$this->sign_ins->end( $user->ID, $fields->text( 'kind' ), $fields->text( 'id' ) );
				return 'ended';
			case 'end-others':
				$this->sign_ins->end_others( $user->ID );
				return 'ended';
			default:
				throw new Refusal( Code::InvalidParam );
		}
	}

	/** The page for the current user. */
	public function html( string $url ): string {
		$user = wp_get_current_user();
		try {
			$shown = $this->shown( $user );
		} catch ( Refusal $refusal ) {
			$this->refusal = $refusal;
			$shown         = array( 'part' => 'error' );
		}
		$shared = array(
			'user'    => $user,
			'url'     => $url,
			'refusal' => $this->refusal,
			'error'   => null === $this->refusal ? '' : Form::message( $this->refusal, 'mail' !== $shown['part'] ),
			'asked'   => null === $this->refusal ? Form::said( Form::OPEN ) : Form::asked(),
			'done'    => null === $this->refusal ? self::said( Form::said( Form::DONE ) ) : '',
		);
		return Template::render( array( 'security/own' ), array( 'view' => new View( $shared + $shown ) ) );
	}

	/** @return array<string, mixed> The data of the page's parts. */
	private function shown( WP_User $user ): array {
		if ( array() !== $this->codes ) {
			return array(
				'part'  => 'codes',
				'step'  => 3,
				'codes' => $this->codes,
				'first' => 'finish' === Form::action(),
			);
		}
		$pending = $this->pending( $user->ID );
		if ( null !== $pending ) {
			return array(
				'part' => EmailCode::NAME === $pending ? 'mail' : 'wizard',
				'step' => null !== $this->refusal || 'code' === Form::said( Form::STEP ) ? 2 : 1,
				'scan' => Totp::NAME === $pending ? $this->authenticators->scan( $user, $this->enrolment->pending( $user->ID, Totp::NAME )[0] ) : null,
			);
		}
		$factors = $this->factors( $user->ID );
		$names   = $this->known->enrolled( $user->ID );
		return array(
			'part'     => array() === $factors && ! $this->state->is_enrolled( $user->ID ) ? 'none' : 'list',
			'deadline' => $this->policies->deadline( $user->ID ),
			'app'      => $this->may_enrol( $user->ID, Totp::NAME ),
			'mail'     => '' !== $user->user_email && ! in_array( EmailCode::NAME, $names, true ) && $this->may_enrol( $user->ID, EmailCode::NAME ),
			'factors'  => $factors,
			'others'   => array_values( array_diff( $names, array_column( $factors, 'type' ), Factors::STAND_INS ) ),
			'left'     => $this->known->codes_left( $user->ID ),
			'few'      => self::FEW,
			'sign_ins' => $this->sign_ins->of( $user->ID ),
			'devices'  => $this->sign_ins->devices( $user->ID ),
			'history'  => $this->history->of( $user->ID ),
		);
	}

	/** The type of the enrolment begun in this session. */
	private function pending( int $user_id ): ?string {
		return $this->enrolment->pending( $user_id )[0]->type ?? null;
	}

	/** @return list<array{id: int, type: string, label: string, added: int, used: int}> */
	private function factors( int $user_id ): array {
		return array_map(
			static fn ( FactorRow $row ): array => array(
				'id'    => $row->id,
				'type'  => $row->type,
				'label' => Name::printable( $row->label ),
				'added' => $row->created_at,
				'used'  => $row->last_used_at,
			),
			$this->enrolment->active( $user_id )
		);
	}

	private function may_enrol( int $user_id, string $factor ): bool {
		try {
			$this->policies->require_enrollable( $user_id, $factor );
			return true;
		} catch ( Refusal ) {
			return false;
		}
	}

	private static function said( string $done ): string {
		return match ( $done ) {
			'sent'      => __( 'A code was sent to you.', 'sallyport' ),
			'added'     => __( 'Your second factor is set up. You were signed out everywhere else.', 'sallyport' ),
			'renamed'   => __( 'The name was changed.', 'sallyport' ),
			'removed'   => __( 'The second factor was removed. You were signed out everywhere else.', 'sallyport' ),
			'off'       => __( 'Your second factors were removed. Your password alone is now enough to sign in.', 'sallyport' ),
			'forgotten' => __( 'The device was forgotten.', 'sallyport' ),
			'ended'     => __( 'Signed out on that device.', 'sallyport' ),
			'saved'     => __( 'All done. Keep your backup codes somewhere other than your phone.', 'sallyport' ),
			default     => '',
		};
	}
}
