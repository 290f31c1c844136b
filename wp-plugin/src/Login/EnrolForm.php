<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Invitation;
use Sallyport\WP\Enrolment\Scan;
use Sallyport\WP\Refusal;
use WP_Error;
use WP_User;

/** What the page of EnrolPage looks like. Each method shows it and ends the request. */
final class EnrolForm {
	/** Fields. */
	public const LINK      = 'link';
	public const PASSWORD  = 'sallyport_password';
	public const TOKEN     = 'sallyport_enrolment';
	public const CONFIRMED = 'sallyport_confirmed';

	/** The link was followed: whose it is, and for whom the password is asked. */
	public function ask_password( WP_User $user, #[\SensitiveParameter] string $link, ?Refusal $wrong = null ): never {
		self::header( $wrong );
		self::open();
		?>
			<p class="sallyport-text">
				<?php
				/* translators: %s: user name. */
				printf( esc_html__( 'You were given a link to set up a second factor for the account %s: a code that an app on your phone shows, besides your password. Enter that password to begin.', 'sallyport' ), '<strong><bdi>' . esc_html( $user->user_login ) . '</bdi></strong>' );
				?>
			</p>
			<p>
				<label for="sallyport_password"><?php esc_html_e( 'Password', 'sallyport' ); ?></label>
				<input type="password" name="<?php echo esc_attr( self::PASSWORD ); ?>" id="sallyport_password" class="input" size="20" autocomplete="current-password" spellcheck="false"<?php echo self::described( $wrong ); // phpcs:ignore WordPress.Security.EscapeOutput ?> required autofocus />
			</p>
			<input type="text" name="username" value="<?php echo esc_attr( $user->user_login ); ?>" autocomplete="username" hidden readonly />
			<input type="hidden" name="<?php echo esc_attr( self::LINK ); ?>" value="<?php echo esc_attr( $link ); ?>" />
		<?php
		self::close( __( 'Go on', 'sallyport' ) );
	}

	/** A link in a mail has to confirm the sign-in first. */
	public function wait( #[\SensitiveParameter] string $token, ?Refusal $wrong ): never {
		self::header( $wrong );
		self::open();
		?>
			<p class="sallyport-text"><?php esc_html_e( 'Your account must have a second factor. A link was sent to your e-mail address, to make sure that it is you who sets it up. Open it and confirm, then come back to this page and go on.', 'sallyport' ); ?></p>
			<input type="hidden" name="<?php echo esc_attr( self::TOKEN ); ?>" value="<?php echo esc_attr( $token ); ?>" />
			<input type="hidden" name="<?php echo esc_attr( self::CONFIRMED ); ?>" value="1" />
		<?php
		self::close( __( 'I have confirmed: go on', 'sallyport' ) );
	}

	/** The secret, and the field for the first code of it. */
	public function scan( #[\SensitiveParameter] string $token, Scan $scan, ?Refusal $wrong ): never {
		self::header( $wrong );
		self::open();
		?>
			<p class="sallyport-text" id="sallyport-help"><?php esc_html_e( 'Your account needs a second factor. Scan this with an authenticator app on your phone, then enter the code it shows.', 'sallyport' ); ?></p>
			<div class="sallyport-qr"><?php echo $scan->svg; // phpcs:ignore WordPress.Security.EscapeOutput -- the engine's own SVG. ?></div>
			<p class="sallyport-text"><a href="<?php echo esc_url( $scan->uri, array( 'otpauth' ) ); ?>"><?php esc_html_e( 'On this phone: open the app', 'sallyport' ); ?></a></p>
			<details class="sallyport-text">
				<summary><?php esc_html_e( 'You cannot scan? Type the key', 'sallyport' ); ?></summary>
				<p><code class="sallyport-key"><?php echo esc_html( $scan->key ); ?></code></p>
				<?php /* translators: 1: user name, 2: name of the site, 3: number of digits, 4: seconds. */ ?>
				<p><?php printf( esc_html__( 'Account %1$s of %2$s; time-based, %3$d digits, every %4$d seconds.', 'sallyport' ), '<bdi>' . esc_html( $scan->account ) . '</bdi>', '<bdi>' . esc_html( $scan->issuer ) . '</bdi>', (int) $scan->digits, (int) $scan->period ); ?></p>
			</details>
			<p>
				<label for="sallyport_code"><?php esc_html_e( 'Code', 'sallyport' ); ?></label>
				<input type="text" name="sallyport_code" id="sallyport_code" class="input" size="20" maxlength="64" inputmode="numeric" autocomplete="one-time-code" autocapitalize="off" spellcheck="false"<?php echo self::described( $wrong, 'sallyport-help' ); // phpcs:ignore WordPress.Security.EscapeOutput ?> required<?php echo null === $wrong ? '' : ' autofocus'; ?> />
			</p>
			<input type="hidden" name="<?php echo esc_attr( self::TOKEN ); ?>" value="<?php echo esc_attr( $token ); ?>" />
		<?php
		self::close( __( 'Verify and turn on', 'sallyport' ) );
	}

	/**
	 * It is set up: the backup codes, once.
	 *
	 * @param list<string> $codes Empty for who has some.
	 * @param string       $url   Where to go on, of this site.
	 */
	public function saved( array $codes, string $url ): never {
		self::header( null, '<p class="message" role="status">' . esc_html__( 'Your second factor is on. From now on you are asked for a code when you sign in.', 'sallyport' ) . '</p>' );
		?>
		<form id="loginform" action="<?php echo esc_url( strtok( $url, '?#' ) ); ?>" method="get">
			<?php if ( array() !== $codes ) : ?>
				<h2 class="sallyport-text"><?php esc_html_e( 'Save your backup codes', 'sallyport' ); ?></h2>
				<p class="sallyport-text"><?php esc_html_e( 'If your phone is lost, one of these codes signs you in instead, each one once. They are shown only now: write them down, or print this page.', 'sallyport' ); ?></p>
				<ol class="sallyport-codes">
					<?php foreach ( $codes as $code ) : ?>
						<li><code><?php echo esc_html( $code ); ?></code></li>
					<?php endforeach; ?>
				</ol>
				<p class="sallyport-text"><input type="checkbox" id="sallyport-saved" required /> <label for="sallyport-saved"><?php esc_html_e( 'I saved them where my phone is not', 'sallyport' ); ?></label></p>
			<?php endif; ?>
			<?php
			wp_parse_str( (string) wp_parse_url( $url, PHP_URL_QUERY ), $query );
			foreach ( array_filter( $query, 'is_string' ) as $name => $value ) {
				printf( '<input type="hidden" name="%s" value="%s" />', esc_attr( $name ), esc_attr( $value ) );
			}
			?>
			<p class="submit">
				<input type="submit" id="wp-submit" class="button button-primary button-large" value="<?php esc_attr_e( 'Finish', 'sallyport' ); ?>" />
			</p>
		</form>
		<?php
		login_footer();
		exit;
	}

	/** There is nothing left to do here. */
	public function over( Refusal $refusal ): never {
		$more = match ( $refusal->reason ) {
			Code::LinkGone     => __( 'Ask whoever gave it to you for another.', 'sallyport' ),
			Code::TokenInvalid => __( 'If you have set up your second factor already, sign in with it; else begin anew.', 'sallyport' ),
			default            => '',
		};
		$error = Code::TokenInvalid === $refusal->reason
			? Wrong::says( $refusal->reason->value, __( 'This page has been open for too long, or has done what it was for.', 'sallyport' ) . ' ' . $more )
			: Wrong::error( $refusal, $more );
		login_header( __( 'Second factor', 'sallyport' ), '', $error );
		printf( '<p id="nav"><a href="%s">%s</a></p>', esc_url( wp_login_url( Sent::text( 'redirect_to' ) ) ), esc_html__( 'Log in', 'sallyport' ) );
		login_footer();
		exit;
	}

	private static function header( ?Refusal $wrong, string $message = '' ): void {
		header( 'Referrer-Policy: no-referrer' ); // The link is in the address.
		login_header( __( 'Set up your second factor', 'sallyport' ), $message, null === $wrong ? new WP_Error() : Wrong::error( $wrong ) );
	}

	private static function open(): void {
		printf( '<form name="sallyport" id="loginform" action="%s" method="post">', esc_url( site_url( 'wp-login.php?action=' . Invitation::ACTION, 'login_post' ) ) );
	}

	private static function close( string $button ): never {
		Sent::carry();
		printf( '<p class="submit"><input type="submit" name="wp-submit" id="wp-submit" class="button button-primary button-large" value="%s" /></p></form>', esc_attr( $button ) );
		login_footer();
		exit;
	}

	/** What a field says of what went wrong, and of what it wants. */
	private static function described( ?Refusal $wrong, string $help = '' ): string {
		$by = trim( ( null === $wrong ? '' : 'login_error ' ) . $help );
		return '' === $by ? '' : ' aria-describedby="' . esc_attr( $by ) . '"' . ( null === $wrong ? '' : ' aria-invalid="true"' );
	}
}
