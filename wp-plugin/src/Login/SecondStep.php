<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Challenge\Attempts;
use Sallyport\WP\Challenge\Challenge;
use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Challenge\Sending;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\OwnPage;
use Sallyport\WP\Refusal;
use WP_Error;
use WP_User;

/**
 * The second step on wp-login.php, without JavaScript. No cookie is set before it is completed.
 *
 * The challenge in the form takes the place of a nonce: it is unguessable, belongs to one user and lives for five minutes.
 */
final class SecondStep {
	/** Action of wp-login.php. */
	public const ACTION = 'sallyport';

	public function __construct(
		private readonly Gate $gate,
		private readonly Challenges $challenges,
		private readonly Attempts $attempts,
		private readonly Sending $sending,
		private readonly SecondStepForm $form,
		private readonly Presented $presented,
		private readonly TrustedDevices $devices,
	) {}

	/** Action wp_login: sets the cookie with the secret of a trusted device, which the browser sends to wp-login.php only. */
	public function keep_device( WP_User $user ): void {
		$secret = $this->devices->given();
		if ( null === $secret || ! OwnPage::is_login() || headers_sent() ) {
			return;
		}
		PageCookie::set( Presented::device_cookie( $user->ID ), $secret, time() + TrustedDevices::IDLE );
	}

	/** Shows the form after a right password, or redirects to it, and ends the request. */
	public function begin( Challenge $challenge ): never {
		if ( Handover::is_due() ) {
			Handover::to( self::ACTION, $challenge->token, Challenge::TTL );
		}
		$this->form->show( $challenge, $this->gate->required( $challenge->user_id ), new WP_Error() );
	}

	/**
	 * Leads a browser here that another plugin has signed in, on that plugin's assertion instead of a password.
	 *
	 * @param string $back Where that plugin redirects to.
	 * @return string The URL to redirect to instead. Its page says so if the second step is locked.
	 */
	public function lead( int $user_id, string $back ): string {
		$challenge = $this->challenges->open( $user_id, Gate::INTERACTIVE, time(), first: Proof::SSO );
		return Handover::begin( self::ACTION, $challenge->token, Challenge::TTL, $back );
	}

	/** Action login_form_sallyport: the form was submitted, or the user was redirected here. */
	public function complete(): never {
		if ( ! Sent::is_form() ) {
			$this->take_over();
		}
		$challenge = null;
		$factors   = array();
		$by_mail   = EmailCode::NAME === Sent::text( SecondStepForm::FACTOR );
		try {
			$request   = Sent::request();
			$challenge = $this->find( Fields::of( $request )->text( Answer::BRIDGED . 'challenge' ) );
			$factors = $this->gate->required( $challenge->user_id );
			if ( '' !== Sent::text( SecondStepForm::OTHER ) ) {
				$this->form->show( $challenge, $factors, new WP_Error(), SecondStepForm::BY_OTHER );
			}
			if ( '' !== Sent::text( SecondStepForm::SEND ) ) {
				$this->sending->for_challenge( $challenge, EmailCode::NAME, time() );
				$this->form->show( $challenge, $factors, new WP_Error(), SecondStepForm::BY_MAIL );
			}
			$this->prove( $challenge, Answer::from( $request, Answer::BRIDGED, $this->presented ) );
		} catch ( Refusal $refusal ) {
			if ( Code::EnrolmentRequired === $refusal->reason ) {
				/** This action is documented in src/Gate/OtherDoors.php */
				do_action( 'sallyport_enrolment_step', $challenge->user_id, $challenge->first ); // The code was right, but its factor no longer counts.
			}
			$over = in_array( $refusal->reason, array( Code::ChallengeGone, Code::Locked, Code::Unavailable ), true )
				|| 0 === ( $refusal->data['attempts_left'] ?? null );
			$by   = '' === Sent::text( SecondStepForm::SEND ) ? SecondStepForm::BY_OTHER : SecondStepForm::PREFERRED;
			$this->form->show(
				$over ? null : $challenge,
				$factors,
				Wrong::error( $refusal, self::left( $refusal ) ),
				$by_mail ? SecondStepForm::BY_MAIL : $by
			);
		}
		$this->sign_in( $challenge->user_id );
	}

	/** Continues a login that began at a form on a page; a trusted device counts only here. */
	private function take_over(): never {
		try {
			$challenge = $this->find( Handover::secret() );
			$user_id   = $challenge->user_id;
			$this->attempts->require_unlocked( $user_id, time() );
			$device    = Proof::PASSWORD === $challenge->first ? $this->presented->device( $user_id ) : null; // It stands beside a password.
			if ( null === $this->gate->vouched( $user_id, Gate::INTERACTIVE, $device ) ) {
				$this->begin( $challenge );
			}
			$this->challenges->consume( $challenge, time() ) || throw new Refusal( Code::ChallengeGone );
		} catch ( Refusal $refusal ) {
			Code::ChallengeGone === $refusal->reason || $this->form->show( null, array(), Wrong::error( $refusal ) );
			OwnPage::go( wp_login_url( Sent::of_link( 'redirect_to' ) ) );
		}
		$this->sign_in( $user_id );
	}

	/** @throws Refusal sallyport_challenge_gone, also if the challenge belongs to another door. */
	private function find( #[\SensitiveParameter] string $token ): Challenge {
		$challenge = $this->challenges->find( $token, time() );
		return Gate::INTERACTIVE === $challenge->issuer ? $challenge : throw new Refusal( Code::ChallengeGone );
	}

	/**
	 * @throws Refusal As Gate::prove(), with two changes for people: a wrong code that locked the account is reported as a lock,
	 *                 and no more tries are promised than are left before a lock.
	 */
	private function prove( Challenge $challenge, Answer $answer ): void {
		try {
			$this->gate->prove( $challenge, $answer );
		} catch ( Refusal $refusal ) {
			if ( Code::InvalidCode !== $refusal->reason ) {
				throw $refusal;
			}
			[ 'wait' => $wait, 'left' => $left ] = $this->attempts->outlook( $challenge->user_id, time() );
			throw $wait > 0
				? new Refusal( Code::Locked, array( 'retry_after' => $wait ) )
				: new Refusal( Code::InvalidCode, array( 'attempts_left' => min( $refusal->data['attempts_left'], $left ) ) );
		}
	}

	private static function left( Refusal $refusal ): string {
		$left = $refusal->data['attempts_left'] ?? null;
		return match ( $left ) {
			null    => '',
			0       => __( 'That was the last attempt for this sign-in. Please start again.', 'sallyport' ),
			/* translators: %d: number of codes that may still be tried. */
			default => sprintf( _n( '%d attempt left.', '%d attempts left.', $left, 'sallyport' ), $left ),
		};
	}

	private function sign_in( int $user_id ): never {
		$user = get_userdata( $user_id );
		Sent::sign_in( $user );
		if ( Sent::is_interim() ) {
			$GLOBALS['interim_login'] = 'success'; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- what wp-login.php itself does.
			login_header( '', '<p class="message">' . esc_html__( 'You have logged in successfully.', 'sallyport' ) . '</p>' );
			echo '</div></body></html>';
			exit;
		}
		wp_redirect( Sent::target( $user ) ); // phpcs:ignore WordPress.Security.SafeRedirect -- of this site, or the user's own of this network.
		exit;
	}
}
