<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Challenge\Challenge;
use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Challenge\Sending;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Refusal;
use WP_Error;
use WP_REST_Request;
use WP_User;

/**
 * The second step of wp-login.php, without JavaScript. No cookie is made before it is done.
 *
 * The challenge in the form is what a nonce would be: unguessable, of one user, good for five minutes.
 */
final class SecondStep {
	public function __construct(
		private readonly Gate $gate,
		private readonly Challenges $challenges,
		private readonly Sending $sending,
		private readonly SecondStepForm $form,
		private readonly Presented $presented,
		private readonly TrustedDevices $devices,
	) {}

	/** Action wp_login: the secret of a trusted device, for the browser to bring to wp-login.php and nowhere else. */
	public function keep_device( WP_User $user ): void {
		$secret = $this->devices->given();
		if ( null === $secret || 0 === did_action( 'login_init' ) || headers_sent() ) {
			return;
		}
		setcookie(
			Presented::device_cookie( $user->ID ),
			$secret,
			array(
				'expires'  => time() + TrustedDevices::IDLE,
				'path'     => (string) wp_parse_url( site_url( 'wp-login.php', 'login' ), PHP_URL_PATH ),
				'domain'   => '',
				'secure'   => is_ssl(),
				'httponly' => true,
				'samesite' => 'Strict',
			)
		);
	}

	/** Shows the form after a right password, and ends the request. */
	public function begin( Challenge $challenge ): never {
		$this->form->show( $challenge, $this->gate->required( $challenge->user_id ), new WP_Error() );
	}

	/** Action login_form_sallyport: the form was sent. */
	public function complete(): never {
		if ( 'POST' !== ( $_SERVER['REQUEST_METHOD'] ?? '' ) ) {
			wp_safe_redirect( wp_login_url() );
			exit;
		}
		$challenge = null;
		$factors   = array();
		$by_mail   = EmailCode::NAME === SecondStepForm::posted( SecondStepForm::FACTOR );
		try {
			$request   = self::request();
			$challenge = $this->challenges->find( Fields::of( $request )->text( Answer::BRIDGED . 'challenge' ), time() );
			if ( Gate::INTERACTIVE !== $challenge->issuer ) {
				throw new Refusal( Code::ChallengeGone );
			}
			$factors = $this->gate->required( $challenge->user_id );
			if ( '' !== SecondStepForm::posted( SecondStepForm::OTHER ) ) {
				$this->form->show( $challenge, $factors, new WP_Error(), SecondStepForm::BY_OTHER );
			}
			if ( '' !== SecondStepForm::posted( SecondStepForm::SEND ) ) {
				$this->sending->for_challenge( $challenge, EmailCode::NAME, time() );
				$this->form->show( $challenge, $factors, new WP_Error(), SecondStepForm::BY_MAIL );
			}
			$this->gate->prove( $challenge, Answer::from( $request, Answer::BRIDGED, $this->presented ) );
		} catch ( Refusal $refusal ) {
			$over = in_array( $refusal->reason, array( Code::ChallengeGone, Code::Locked, Code::Unavailable ), true ) || 0 === ( $refusal->data['attempts_left'] ?? null );
			$by   = '' === SecondStepForm::posted( SecondStepForm::SEND ) ? SecondStepForm::BY_OTHER : SecondStepForm::PREFERRED;
			$this->form->show( $over ? null : $challenge, $factors, self::message( $refusal, $over ), $by_mail ? SecondStepForm::BY_MAIL : $by );
		}
		$this->sign_in( $challenge->user_id );
	}

	private function sign_in( int $user_id ): never {
		$user     = get_userdata( $user_id );
		$remember = ! empty( $_POST['rememberme'] ); // phpcs:ignore WordPress.Security.NonceVerification
		wp_set_auth_cookie( $user_id, $remember );
		/** This action is documented in wp-includes/user.php */
		do_action( 'wp_login', $user->user_login, $user );
		if ( SecondStepForm::is_interim() ) {
			$GLOBALS['interim_login'] = 'success'; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- what wp-login.php itself does.
			login_header( '', '<p class="message">' . esc_html__( 'You have logged in successfully.', 'sallyport' ) . '</p>' );
			echo '</div></body></html>';
			exit;
		}
		$wanted = SecondStepForm::posted( 'redirect_to' );
		/** This filter is documented in wp-login.php */
		wp_safe_redirect( apply_filters( 'login_redirect', '' === $wanted ? admin_url() : $wanted, $wanted, $user ) );
		exit;
	}

	/** @param bool $over Whether this sign-in has come to its end. */
	private static function message( Refusal $refusal, bool $over ): WP_Error {
		$text = in_array( $refusal->reason, array( Code::InvalidParam, Code::MissingParam ), true )
			? esc_html__( 'Please enter the code.', 'sallyport' )
			: esc_html( $refusal->reason->message() );
		if ( $over && Code::InvalidCode === $refusal->reason ) {
			$text .= ' ' . esc_html__( 'That was the last attempt of this sign-in.', 'sallyport' );
		}
		if ( isset( $refusal->data['retry_after'] ) ) {
			/* translators: %s: a time such as "15 minutes". */
			$text .= ' ' . esc_html( sprintf( __( 'Try again in %s.', 'sallyport' ), human_time_diff( time(), time() + (int) $refusal->data['retry_after'] ) ) );
		}
		/* translators: %s: what went wrong. */
		return new WP_Error( $refusal->reason->value, sprintf( __( '<strong>Error:</strong> %s', 'sallyport' ), $text ) );
	}

	/** The form as a request, so that its fields pass the same grammar as a client's. */
	private static function request(): WP_REST_Request {
		$request = new WP_REST_Request( 'POST' );
		$request->set_body_params( wp_unslash( $_POST ) ); // phpcs:ignore WordPress.Security.NonceVerification
		$request->set_query_params( wp_unslash( $_GET ) ); // phpcs:ignore WordPress.Security.NonceVerification
		return $request;
	}
}
