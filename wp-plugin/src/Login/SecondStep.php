<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Challenge\Challenge;
use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Refusal;
use WP_Error;
use WP_REST_Request;

/**
 * The second step of wp-login.php: one field, no JavaScript. No cookie is made before it is done.
 *
 * The challenge in the form is what a nonce would be: unguessable, of one user, good for five minutes.
 */
final class SecondStep {
	public function __construct(
		private readonly Gate $gate,
		private readonly Challenges $challenges,
		private readonly Presented $presented,
	) {}

	/** Shows the form after a right password, and ends the request. */
	public function begin( Challenge $challenge ): never {
		$this->form( $challenge, new WP_Error() );
	}

	/** Action login_form_sallyport: the form was sent. */
	public function complete(): never {
		if ( 'POST' !== ( $_SERVER['REQUEST_METHOD'] ?? '' ) ) {
			wp_safe_redirect( wp_login_url() );
			exit;
		}
		$challenge = null;
		try {
			$request   = self::request();
			$challenge = $this->challenges->find( Fields::of( $request )->text( Answer::BRIDGED . 'challenge' ), time() );
			if ( Gate::INTERACTIVE !== $challenge->issuer ) {
				throw new Refusal( Code::ChallengeGone );
			}
			$this->gate->prove( $challenge, Answer::from( $request, Answer::BRIDGED, $this->presented ) );
		} catch ( Refusal $refusal ) {
			$over = in_array( $refusal->reason, array( Code::ChallengeGone, Code::Locked, Code::Unavailable ), true ) || 0 === ( $refusal->data['attempts_left'] ?? null );
			$this->form( $over ? null : $challenge, self::message( $refusal, $over ) );
		}
		$this->sign_in( $challenge->user_id );
	}

	private function sign_in( int $user_id ): never {
		$user     = get_userdata( $user_id );
		$remember = ! empty( $_POST['rememberme'] ); // phpcs:ignore WordPress.Security.NonceVerification
		wp_set_auth_cookie( $user_id, $remember );
		/** This action is documented in wp-includes/user.php */
		do_action( 'wp_login', $user->user_login, $user );
		if ( self::is_interim() ) {
			$GLOBALS['interim_login'] = 'success'; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- what wp-login.php itself does.
			login_header( '', '<p class="message">' . esc_html__( 'You have logged in successfully.', 'sallyport' ) . '</p>' );
			echo '</div></body></html>';
			exit;
		}
		$wanted = self::posted( 'redirect_to' );
		/** This filter is documented in wp-login.php */
		wp_safe_redirect( apply_filters( 'login_redirect', '' === $wanted ? admin_url() : $wanted, $wanted, $user ) );
		exit;
	}

	/** @param Challenge|null $challenge Null when there is nothing left to answer. */
	private function form( ?Challenge $challenge, WP_Error $errors ): never {
		login_header( __( 'Second factor', 'sallyport' ), '', $errors );
		if ( null === $challenge ) {
			printf( '<p id="nav"><a href="%s">%s</a></p>', esc_url( wp_login_url( self::posted( 'redirect_to' ) ) ), esc_html__( 'Start again', 'sallyport' ) );
			login_footer();
			exit;
		}
		?>
		<form name="sallyport" id="loginform" action="<?php echo esc_url( site_url( 'wp-login.php?action=sallyport', 'login_post' ) ); ?>" method="post">
			<p id="sallyport-help" style="margin-bottom: 16px"><?php esc_html_e( 'Enter the code from your authenticator app, or one of your backup codes.', 'sallyport' ); ?></p>
			<p>
				<label for="sallyport_code"><?php esc_html_e( 'Code', 'sallyport' ); ?></label>
				<input type="text" name="sallyport_code" id="sallyport_code" class="input" size="20" maxlength="64" autocomplete="one-time-code" autocapitalize="off" spellcheck="false" aria-describedby="<?php echo $errors->has_errors() ? 'login_error ' : ''; ?>sallyport-help" required autofocus />
			</p>
			<input type="hidden" name="sallyport_challenge" value="<?php echo esc_attr( $challenge->token ); ?>" />
			<input type="hidden" name="redirect_to" value="<?php echo esc_attr( self::posted( 'redirect_to' ) ); ?>" />
			<?php if ( '' !== self::posted( 'rememberme' ) ) : ?>
				<input type="hidden" name="rememberme" value="forever" />
			<?php endif; ?>
			<?php if ( self::is_interim() ) : ?>
				<input type="hidden" name="interim-login" value="1" />
			<?php endif; ?>
			<p class="submit">
				<input type="submit" name="wp-submit" id="wp-submit" class="button button-primary button-large" value="<?php esc_attr_e( 'Verify', 'sallyport' ); ?>" />
			</p>
		</form>
		<?php
		login_footer( 'sallyport_code' );
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

	/** As it was sent: what uses it escapes or validates it, and sanitising would eat the %xx of an address. */
	private static function posted( string $name ): string {
		$value = $_POST[ $name ] ?? ''; // phpcs:ignore WordPress.Security
		return is_string( $value ) ? wp_unslash( $value ) : '';
	}

	private static function is_interim(): bool {
		return '' !== self::posted( 'interim-login' );
	}
}
