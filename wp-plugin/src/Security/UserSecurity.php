<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Administering;
use Sallyport\WP\Enrolment\Invitation;
use Sallyport\WP\Enrolment\Rescue;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Mode;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Gate\PolicyEditor;
use Sallyport\WP\Name;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\PolicyOption;
use Sallyport\WP\Template;
use WP_User;

/**
 * Another user's sign-in security, for an administrator: their factors and sign-ins without secrets, and what can be done
 * about them.
 */
final class UserSecurity {
	private ?Refusal $refusal = null;

	/** The secret of an enrolment link made in this request. */
	private string $link = '';

	public function __construct(
		private readonly Administering $administering,
		private readonly Rescue $rescue,
		private readonly PolicyEditor $policy,
		private readonly Policies $policies,
		private readonly Gate $gate,
		private readonly SignIns $sign_ins,
	) {}

	/** Whether the current user may see this user's page; for their own there is OwnSecurity. */
	public static function may_be_seen( int $user_id ): bool {
		try {
			return get_current_user_id() !== Administering::named( $user_id )->ID;
		} catch ( Refusal ) {
			return false;
		}
	}

	/** As OwnSecurity::act(); what there may be to show is a link. */
	public function act( int $user_id, string $url ): bool {
		Form::require_nonce( Form::nonce_of( $user_id ) );
		try {
			$done = $this->do( $user_id, Form::fields()->text( Form::DO ) );
			if ( '' === $this->link ) {
				Form::go( $url, array( Form::DONE => $done ) );
			}
			return true;
		} catch ( Refusal $refusal ) {
			if ( Code::StepUpRequired === $refusal->reason && $this->administering->has_proof( get_current_user_id() ) ) {
				Form::step_up( $url, Form::asked() );
			}
			$this->refusal = $refusal;
			return false;
		}
	}

	/** @return string What was done, a key of said(). */
	private function do( int $user_id, string $what ): string {
		$reason = trim( Form::fields()->optional( 'reason', Rescue::REASON ) ?? '' );
		switch ( $what ) {
			case 'reset':
				$user = $this->administering->weakened( $user_id );
				if ( '' === $reason ) {
					throw Refusal::missing( 'reason' );
				}
				$this->rescue->reset( $user->ID, $reason, Administering::caller(), time() );
				return 'reset';
			case 'unlock':
				$this->rescue->unlock( $this->administering->weakened( $user_id )->ID, $reason, Administering::caller() );
				return 'unlocked';
			case 'revoke':
				$this->rescue->revoke( Administering::named( $user_id )->ID, $reason, Administering::caller(), time() );
				return 'revoked';
			case 'link':
				$user = $this->administering->weakened( $user_id );
				$this->gate->require_ready();
				$this->link = $this->rescue->link( $user->ID, $reason, Administering::caller(), time() );
				return '';
			case 'require':
			case 'spare':
				$this->require( Administering::named( $user_id ), 'require' === $what );
				return $what;
			default:
				throw new Refusal( Code::InvalidParam );
		}
	}

	/** Whoever may change the policy may set a rule for one user. */
	private function require( WP_User $user, bool $required ): void {
		if ( ! self::may_require() ) {
			throw new Refusal( Code::Forbidden );
		}
		$this->gate->require_step_up( get_current_user_id(), time() );
		$this->policy->change_user(
			$user->ID,
			$required ? Mode::Required : null,
			get_current_user_id(),
			time(),
			$this->administering->has_proof( get_current_user_id() )
		);
	}

	private static function may_require(): bool {
		return current_user_can( 'manage_options' );
	}

	public function html( int $user_id, string $url ): string {
		$user = Administering::named( $user_id );
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
			'error'   => null === $this->refusal ? '' : Form::message( $this->refusal ),
			'asked'   => null === $this->refusal ? Form::said( Form::OPEN ) : Form::asked(),
			'done'    => null === $this->refusal ? self::said( Form::said( Form::DONE ) ) : '',
		);
		return Template::render( array( 'security/user' ), array( 'view' => new View( $shared + $shown ) ) );
	}

	/** @return array<string, mixed> */
	private function shown( WP_User $user ): array {
		$level  = $this->policy->show( PolicyOption::SITE );
		$locked = $this->rescue->locked_for( $user->ID, time() );
		return array(
			'factors'   => array_map(
				static fn ( array $factor ): array => array( 'label' => Name::printable( $factor['label'] ) ) + $factor,
				$this->rescue->factors( $user->ID )
			),
			'elsewhere' => $this->rescue->is_enrolled_elsewhere( $user->ID ),
			'problem'   => $this->rescue->problem( $user->ID )?->message(),
			'locked'    => $locked,
			'is_shut'   => $locked >= Refusal::SHUT,
			'deadline'  => $this->policies->deadline( $user->ID ),
			'by_name'   => Mode::Required->value === ( $level['users'][ $user->ID ] ?? null ),
			'may'       => self::may_require(),
			'devices'   => $this->sign_ins->devices( $user->ID ),
			'sign_ins'  => $this->sign_ins->of( $user->ID ),
			'proven'    => $this->administering->has_proof( get_current_user_id() ),
			'fresh'     => $this->administering->has_fresh_proof( get_current_user_id() ),
			'own'       => AdminPage::url(),
			'link'      => '' === $this->link ? '' : Invitation::url( $this->link ),
			'minutes'   => Rescue::LINK_TTL / MINUTE_IN_SECONDS,
			// A browser counts UTF-16 units, each of which takes at most three bytes in UTF-8.
			'longest'   => intdiv( Rescue::REASON, 3 ),
		);
	}

	private static function said( string $done ): string {
		return match ( $done ) {
			'reset'    => __( 'The second factor was reset. The user was notified by email.', 'sallyport' ),
			'unlocked' => __( 'The second step is unlocked.', 'sallyport' ),
			'revoked'  => __( 'The user was signed out everywhere.', 'sallyport' ),
			'require'  => __( 'This user must now have a second factor.', 'sallyport' ),
			'spare'    => __( 'The policy no longer has a rule of its own for this user.', 'sallyport' ),
			default    => '',
		};
	}
}
