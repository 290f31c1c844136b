<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Challenge\Attempts;
use Sallyport\WP\Challenge\MailedUnlock;
use Sallyport\WP\Code;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Refusal;

/** The page behind a mailed unlock link. It has a button, which no mail scanner presses, and needs no JavaScript. */
final class UnlockPage {
	public function __construct(
		private readonly MailedUnlock $unlock,
		private readonly Gate $gate,
	) {}

	/** Action login_form_sallyport-unlock. */
	public function show(): never {
		$sent = Sent::is_form();
		$link = Sent::of_link( 'link' ); // Takes the place of a nonce.
		try {
			$this->gate->require_ready();
			if ( $sent ? $this->unlock->open( $link, time() ) : $this->unlock->is_good( $link, time() ) ) {
				$sent ? $this->done() : $this->form( $link );
			}
			throw new Refusal( Code::LinkGone );
		} catch ( Refusal $refusal ) {
			$this->over( $refusal );
		}
	}

	private function form( #[\SensitiveParameter] string $link ): never {
		KeyedPage::header( __( 'Try a backup code', 'sallyport' ) );
		?>
		<form name="sallyport" id="loginform"
			action="<?php echo esc_url( site_url( 'wp-login.php?action=' . MailedUnlock::ACTION, 'login_post' ) ); ?>"
			method="post">
			<p style="margin-bottom: 16px"><?php esc_html_e( 'Your second step is locked. If you have a backup code, continue: you can then sign in with your password and the backup code.', 'sallyport' ); ?></p>
			<input type="hidden" name="link" value="<?php echo esc_attr( $link ); ?>" />
			<p class="submit">
				<input type="submit" name="wp-submit" id="wp-submit" class="button button-primary button-large"
					value="<?php esc_attr_e( 'Continue', 'sallyport' ); ?>" />
			</p>
		</form>
		<?php
		login_footer( 'wp-submit' );
		exit;
	}

	private function done(): never {
		$text = sprintf(
			/* translators: 1: number of codes, 2: number of minutes. */
			__( 'You can try up to %1$d backup codes within the next %2$d minutes. Sign in with your password first.', 'sallyport' ),
			Attempts::SERIES,
			Attempts::SERIES_TTL / MINUTE_IN_SECONDS
		);
		KeyedPage::header( __( 'Try a backup code', 'sallyport' ), '<p class="message" role="status">' . esc_html( $text ) . '</p>' );
		self::to_login();
	}

	private function over( Refusal $refusal ): never {
		KeyedPage::header(
			__( 'Try a backup code', 'sallyport' ),
			'',
			Code::LinkGone === $refusal->reason
				? Wrong::link( __( 'Sign in with your password and a backup code. If the second step is still locked, you will be told how to continue.', 'sallyport' ) )
				: Wrong::error( $refusal )
		);
		self::to_login();
	}

	private static function to_login(): never {
		printf( '<p id="nav"><a href="%s">%s</a></p>', esc_url( wp_login_url() ), esc_html__( 'Log in', 'sallyport' ) );
		login_footer();
		exit;
	}
}
