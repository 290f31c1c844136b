<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Invitation;
use Sallyport\WP\Enrolment\Scan;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;
use Sallyport\WP\Security\View;
use WP_Error;
use WP_User;

/** The views of EnrolPage. Each method prints one and ends the request. */
final class EnrolForm {
	/** Fields. */
	public const LINK      = 'link';
	public const PASSWORD  = 'sallyport_password';
	public const TOKEN     = 'sallyport_enrolment';
	public const CONFIRMED = 'sallyport_confirmed';
	public const AGAIN     = 'sallyport_mail_again';

	/** After the link: shows which account it is for, and asks for its password. */
	public function ask_password( WP_User $user, #[\SensitiveParameter] string $link, ?Refusal $wrong = null ): never {
		$errors = self::errors( $wrong );
		self::header( $errors );
		self::open();
		?>
			<p>
				<?php
				printf(
					/* translators: %s: user name. */
					esc_html__( 'You were given a link to set up a second factor for the account %s. From then on, signing in takes a code from an app on your phone in addition to your password. Enter your password to begin.', 'sallyport' ),
					'<strong><bdi>' . esc_html( $user->user_login ) . '</bdi></strong>'
				);
				?>
			</p>
			<p>
				<label for="sallyport_password"><?php esc_html_e( 'Password', 'sallyport' ); ?></label>
				<input type="password" name="<?php echo esc_attr( self::PASSWORD ); ?>" id="sallyport_password"
					class="input" size="20" autocomplete="current-password" spellcheck="false"
					<?php echo Wrong::described( $errors, null !== $wrong ); // phpcs:ignore WordPress.Security.EscapeOutput -- it escapes. ?>
					required autofocus />
			</p>
			<input type="text" name="username" value="<?php echo esc_attr( $user->user_login ); ?>" autocomplete="username" hidden readonly />
			<input type="hidden" name="<?php echo esc_attr( self::LINK ); ?>" value="<?php echo esc_attr( $link ); ?>" />
		<?php
		self::close( __( 'Continue', 'sallyport' ) );
	}

	/**
	 * A mailed link has to confirm the sign-in first.
	 *
	 * @param Refusal|null $wrong Also why the mail was not sent.
	 * @param bool         $again Whether the mail was sent again.
	 */
	public function wait( #[\SensitiveParameter] string $token, ?Refusal $wrong, bool $again = false ): never {
		$unsent = in_array( $wrong?->reason, array( Code::MailNotSent, Code::Throttled ), true );
		// If a repeated mail is throttled, the earlier link is still valid.
		$sent = ! $unsent || ( Code::Throttled === $wrong->reason && '' !== Sent::text( self::TOKEN ) );
		self::header(
			$unsent ? self::unsent( $wrong ) : self::errors( $wrong ),
			$again ? self::good( __( 'The email was sent again. Only the link in the latest one works.', 'sallyport' ) ) : ''
		);
		self::open();
		?>
			<p>
				<?php
				$sent
					? esc_html_e( 'Your account must have a second factor. To make sure that it is you who sets it up, we sent a link to your email address. Open it and confirm, then come back to this page and continue.', 'sallyport' )
					: esc_html_e( 'Your account must have a second factor. To make sure that it is you who sets it up, you first have to confirm it with a link sent by email.', 'sallyport' );
				?>
			</p>
			<input type="hidden" name="<?php echo esc_attr( self::TOKEN ); ?>" value="<?php echo esc_attr( $token ); ?>" />
			<input type="hidden" name="<?php echo esc_attr( $sent ? self::CONFIRMED : self::AGAIN ); ?>" value="1" />
		<?php
		$again = __( 'Send it again', 'sallyport' );
		$sent ? self::close( __( 'I have confirmed, continue', 'sallyport' ), $again ) : self::close( $again );
	}

	/** The mail was not sent: says who can help without one. */
	private static function unsent( Refusal $refusal ): WP_Error {
		$what = Code::Throttled === $refusal->reason
			? __( 'Too many emails have been sent to your address. The next one has to wait.', 'sallyport' )
			: __( 'The email could not be sent.', 'sallyport' );
		$help = __( 'An administrator of this site, or your host, can help without email: they can create a link for you to set up the second factor.', 'sallyport' );
		return Wrong::says( $refusal->reason->value, implode( ' ', array_filter( array( $what, $refusal->wait(), $help ) ) ) );
	}

	/** The secret, and the field for its first code. */
	public function scan( #[\SensitiveParameter] string $token, Scan $scan, ?Refusal $wrong ): never {
		$errors = null === $wrong ? new WP_Error() : Wrong::says( $wrong->reason->value, Form::message( $wrong ) );
		self::header( $errors );
		self::open();
		?>
			<p><?php esc_html_e( 'Your account needs a second factor. From now on, signing in takes a code from an authenticator app on your phone in addition to your password. If you have no such app yet, install one first, such as Google Authenticator, Microsoft Authenticator or 2FAS.', 'sallyport' ); ?></p>
			<?php
			echo ( new View( array( 'scan' => $scan ) ) )->part( 'scan' ); // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
			?>
			<?php echo CodeField::html( $errors, digits: true, focused: null !== $wrong ); // phpcs:ignore WordPress.Security.EscapeOutput -- it escapes. ?>
			<p id="<?php echo esc_attr( CodeField::HELP ); ?>">
				<?php esc_html_e( 'Enter the code your app shows now. It changes every 30 seconds.', 'sallyport' ); ?>
			</p>
			<input type="hidden" name="<?php echo esc_attr( self::TOKEN ); ?>" value="<?php echo esc_attr( $token ); ?>" />
		<?php
		self::close( __( 'Verify and turn on', 'sallyport' ) );
	}

	/**
	 * The factor is set up: shows the backup codes, once.
	 *
	 * @param list<string> $codes Empty for a user who has some.
	 * @param string       $url   Where to continue, on this site.
	 */
	public function saved( WP_User $user, array $codes, string $url ): never {
		self::header(
			new WP_Error(),
			array() === $codes ? self::good( __( 'Your second factor is on. From now on you will be asked for a code when you sign in.', 'sallyport' ) ) : ''
		);
		$view = new View(
			array(
				'user'  => $user,
				'url'   => $url,
				'codes' => $codes,
				'first' => true,
				'step'  => 3,
			)
		);
		// phpcs:disable WordPress.Security.EscapeOutput -- the templates escape.
		if ( array() === $codes ) {
			printf( '<p id="nav"><a href="%s">%s</a></p>', esc_url( $url ), esc_html__( 'Continue', 'sallyport' ) );
		} else {
			echo '<div class="sallyport">', $view->part( 'codes' ), $view->part( 'lost' ), '</div>';
		}
		login_footer();
		exit;
	}

	/** There is nothing to do here any more. */
	public function over( Refusal $refusal ): never {
		$error = match ( $refusal->reason ) {
			Code::LinkGone     => Wrong::link( __( 'Ask the person who gave it to you for a new one.', 'sallyport' ) ),
			Code::TokenInvalid => Wrong::says(
				$refusal->reason->value,
				__( 'This page has expired. If you have already set up your second factor, sign in with it; otherwise start again.', 'sallyport' )
			),
			default            => Wrong::error( $refusal ),
		};
		KeyedPage::header( __( 'Second factor', 'sallyport' ), '', $error );
		printf(
			'<p id="nav"><a href="%s">%s</a></p>',
			esc_url( wp_login_url( Sent::text( 'redirect_to' ) ) ),
			esc_html__( 'Log in', 'sallyport' )
		);
		login_footer();
		exit;
	}

	private static function header( WP_Error $errors, string $message = '' ): void {
		KeyedPage::header( __( 'Set up your second factor', 'sallyport' ), $message, $errors );
	}

	private static function good( string $news ): string {
		return '<p class="message" role="status">' . esc_html( $news ) . '</p>';
	}

	private static function errors( ?Refusal $wrong ): WP_Error {
		return null === $wrong ? new WP_Error() : Wrong::error( $wrong );
	}

	private static function open(): void {
		printf(
			'<form name="sallyport" id="loginform" class="sallyport" action="%s" method="post">',
			esc_url( site_url( 'wp-login.php?action=' . Invitation::ACTION, 'login_post' ) )
		);
	}

	/** @param string $again A second button, which has the mail sent again. */
	private static function close( string $button, string $again = '' ): never {
		Sent::carry();
		$more = '' === $again ? '' : Button::html( self::AGAIN, $again );
		printf( '<p class="submit"><input type="submit" name="wp-submit" id="wp-submit" class="button button-primary button-large" value="%s" /></p>%s</form>', esc_attr( $button ), $more ); // phpcs:ignore WordPress.Security.EscapeOutput -- Button escapes.
		login_footer();
		exit;
	}
}
