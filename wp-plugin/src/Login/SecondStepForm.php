<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Challenge\Challenge;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Gate\DeviceTrust;
use Sallyport\WP\Masked;
use Sallyport\WP\Security\Assets;
use WP_Error;

/** The view of the second step on wp-login.php: one field, and a button for each other action. */
final class SecondStepForm {
	/** Fields of the form: the factor, if the code does not show it; that a code is to be mailed; that another way is wanted. */
	public const FACTOR = 'sallyport_factor';
	public const SEND   = 'sallyport_send';
	public const OTHER  = 'sallyport_other';

	/** What the form asks for: the preferred factor, a mailed code, or any other factor. */
	public const PREFERRED = '';
	public const BY_MAIL   = 'mail';
	public const BY_OTHER  = 'other';

	public function __construct(
		private readonly EmailCode $email,
		private readonly DeviceTrust $device_trust,
	) {}

	/**
	 * Prints the form, and ends the request.
	 *
	 * @param Challenge|null $challenge Null if there is nothing left to answer.
	 * @param list<string>   $factors   The factors the user may use.
	 * @param string         $by        PREFERRED, BY_MAIL or BY_OTHER.
	 */
	public function show( ?Challenge $challenge, array $factors, WP_Error $errors, string $by = self::PREFERRED ): never {
		if ( null === $challenge ) {
			login_header( __( 'Second factor', 'sallyport' ), '', $errors );
			printf(
				'<p id="nav"><a href="%s">%s</a></p>',
				esc_url( wp_login_url( Sent::text( 'redirect_to' ) ) ),
				esc_html__( 'Start again', 'sallyport' )
			);
			login_footer();
			exit;
		}
		$mails = in_array( EmailCode::NAME, $factors, true );
		$other = array() !== array_diff( $factors, array( EmailCode::NAME ) );
		$by    = self::way( $by, $factors );
		Assets::load();
		login_header( __( 'Second factor', 'sallyport' ), '', $errors );
		?>
		<form name="sallyport" id="loginform"
			action="<?php echo esc_url( site_url( 'wp-login.php?action=' . SecondStep::ACTION, 'login_post' ) ); ?>"
			method="post">
			<p style="margin-bottom: 8px">
				<?php
				printf(
					/* translators: %s: the first letter of a user name, such as a***. */
					esc_html__( 'Signing in as %s.', 'sallyport' ),
					'<bdi>' . esc_html( Masked::login( get_userdata( $challenge->user_id )->user_login ?? '' ) ) . '</bdi>'
				);
				?>
			</p>
			<p id="<?php echo esc_attr( CodeField::HELP ); ?>" style="margin-bottom: 16px">
				<?php echo esc_html( $this->help( $challenge->user_id, $by ) ); ?>
			</p>
			<?php if ( self::PREFERRED !== $by ) : ?>
				<?php echo CodeField::html( $errors, digits: self::BY_MAIL === $by ); // phpcs:ignore WordPress.Security.EscapeOutput -- it escapes. ?>
			<?php endif; ?>
			<input type="hidden" name="sallyport_challenge" value="<?php echo esc_attr( $challenge->token ); ?>" />
			<?php if ( self::BY_MAIL === $by ) : ?>
				<input type="hidden" name="<?php echo esc_attr( self::FACTOR ); ?>" value="<?php echo esc_attr( EmailCode::NAME ); ?>" />
			<?php endif; ?>
			<?php Sent::carry(); ?>
			<?php if ( self::PREFERRED !== $by && $this->device_trust->is_allowed( $challenge->user_id ) ) : ?>
				<p class="forgetmenot" style="float: none; margin-bottom: 16px">
					<input type="checkbox" name="sallyport_trust_device" id="sallyport_trust_device" value="1" />
					<?php /* translators: %d: number of days. */ ?>
					<?php $trust = sprintf( __( 'Trust this device for %d days', 'sallyport' ), TrustedDevices::IDLE / DAY_IN_SECONDS ); ?>
					<label for="sallyport_trust_device"><?php echo esc_html( $trust ); ?></label>
				</p>
			<?php endif; ?>
			<?php if ( self::PREFERRED !== $by ) : ?>
				<p class="submit">
					<input type="submit" name="wp-submit" id="wp-submit" class="button button-primary button-large"
						value="<?php esc_attr_e( 'Verify', 'sallyport' ); ?>" />
				</p>
			<?php endif; ?>
			<?php
			// phpcs:disable WordPress.Security.EscapeOutput -- it escapes.
			if ( $mails ) {
				echo Button::html(
					self::SEND,
					self::BY_MAIL === $by ? __( 'Send another code', 'sallyport' ) : __( 'Send me a code by email', 'sallyport' ),
					self::PREFERRED === $by
				);
			}
			if ( $other && self::BY_OTHER !== $by ) {
				echo Button::html( self::OTHER, __( 'Use another method', 'sallyport' ) );
			}
			// phpcs:enable
			?>
		</form>
		<?php if ( self::BY_OTHER === $by ) : ?>
			<p id="nav"><?php echo wp_kses( $this->lost( $challenge->user_id ), array( 'a' => array( 'href' => true ) ) ); ?></p>
		<?php endif; ?>
		<?php
		login_footer( self::PREFERRED === $by ? '' : CodeField::NAME );
		exit;
	}

	/**
	 * How the code is asked for, as far as the factors allow it.
	 *
	 * @param list<string> $factors
	 */
	private static function way( string $by, array $factors ): string {
		$beside_mail = array_diff( $factors, array( EmailCode::NAME ) );
		return match ( true ) {
			self::PREFERRED === $by && array() !== array_diff( $beside_mail, array( BackupCode::NAME ) ) => self::BY_OTHER,
			self::BY_OTHER === $by && array() === $beside_mail                                           => self::PREFERRED,
			default                                                                                      => $by,
		};
	}

	private function lost( int $user_id ): string {
		/**
		 * Filters the hint at the second step of wp-login.php for users who have lost both phone and codes.
		 *
		 * @param string $html    One sentence; links are kept, all other HTML is removed.
		 * @param int    $user_id The user who gave the password.
		 */
		$html = apply_filters(
			'sallyport_lost_help',
			esc_html__( 'Lost your phone and your backup codes? Ask an administrator of this site for help.', 'sallyport' ),
			$user_id
		);
		return is_string( $html ) ? $html : '';
	}

	private function help( int $user_id, string $by ): string {
		return match ( $by ) {
			/* translators: %s: part of an e-mail address, such as a***@e***.test. */
			self::PREFERRED => sprintf( __( 'A code can be sent to your address %s.', 'sallyport' ), $this->email->hint( $user_id ) ),
			self::BY_MAIL   => sprintf(
				/* translators: %s: part of an e-mail address, such as a***@e***.test. */
				__( 'Enter the code from the latest email to your address %s.', 'sallyport' ),
				$this->email->hint( $user_id )
			),
			default         => __( 'Enter the code from your authenticator app, or one of your backup codes.', 'sallyport' ),
		};
	}
}
