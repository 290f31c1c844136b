<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Challenge\EnrolmentToken;
use Sallyport\WP\Gate\Enrolling;
use Sallyport\WP\Refusal;
use WP_Error;

/**
 * The page of the mailed link that confirms an enrolment by password alone: one button, no JavaScript. Opening the page
 * confirms nothing, since mail scanners open it, too.
 *
 * It asks about somebody else's sign-in, so it signs nobody in. The key in the form takes the place of a nonce: it is
 * unguessable, belongs to one user and token, and is good once.
 */
final class EnrolmentConfirmation {
	public function __construct( private readonly Enrolling $enrolling ) {}

	/** Action login_form_sallyport-confirm. */
	public function answer(): never {
		$id  = absint( Sent::of_link( 'enrolment' ) );
		$key = Sent::of_link( 'link' );
		try {
			if ( Sent::is_form() ) {
				$this->enrolling->confirm( $id, $key, time() ) ? $this->done() : $this->gone();
			}
			$token = $this->enrolling->waiting( $id, $key, time() );
		} catch ( Refusal $refusal ) {
			$this->page( Wrong::error( $refusal ) );
		}
		null === $token ? $this->gone() : $this->ask( $token, $key );
	}

	private function ask( EnrolmentToken $token, #[\SensitiveParameter] string $key ): never {
		self::header( new WP_Error() );
		$user = get_userdata( $token->user_id );
		?>
		<form name="sallyport" id="loginform"
			action="<?php echo esc_url( site_url( 'wp-login.php?action=' . Enrolling::ACTION, 'login_post' ) ); ?>"
			method="post">
			<p style="margin-bottom: 16px">
				<?php
				printf(
					/* translators: 1: user name, 2: date and time. */
					esc_html__( 'Someone signed in to the account %1$s with its password at %2$s, and wants to set up a second factor.', 'sallyport' ),
					'<strong><bdi>' . esc_html( $user ? $user->user_login : '' ) . '</bdi></strong>',
					esc_html( (string) wp_date( 'Y-m-d H:i T', $token->opened_at ) )
				);
				?>
			</p>
			<p style="margin-bottom: 16px"><?php esc_html_e( 'Confirm it only if that was you, just now. If it was not, close this page and change your password.', 'sallyport' ); ?></p>
			<input type="hidden" name="enrolment" value="<?php echo esc_attr( (string) $token->id ); ?>" />
			<input type="hidden" name="link" value="<?php echo esc_attr( $key ); ?>" />
			<p class="submit">
				<input type="submit" name="wp-submit" id="wp-submit" class="button button-primary button-large"
					value="<?php esc_attr_e( 'Yes, it was me', 'sallyport' ); ?>" />
			</p>
		</form>
		<?php
		login_footer();
		exit;
	}

	private function done(): never {
		self::header(
			new WP_Error(),
			'<p class="message" role="status">' . esc_html__( 'Confirmed. Now go back to the page where you signed in, and continue there.', 'sallyport' ) . '</p>'
		);
		login_footer();
		exit;
	}

	private function gone(): never {
		$this->page( Wrong::link( __( 'Sign in again to get a new one.', 'sallyport' ) ) );
	}

	private function page( WP_Error $errors ): never {
		self::header( $errors );
		login_footer();
		exit;
	}

	private static function header( WP_Error $errors, string $message = '' ): void {
		KeyedPage::header( __( 'Second factor', 'sallyport' ), $message, $errors );
	}
}
