<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Sallyport\WP\Challenge\Verifier;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Policy;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Gate\SessionProof;
use Sallyport\WP\Gate\StepUp;
use Sallyport\WP\OwnPage;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Assets;
use WP_Error;

/** The page of wp-login.php where a signed-in browser steps up and returns to what it wanted to do. It needs no JavaScript. */
final class StepUpPage {
	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Verifier $verifier,
		private readonly Presented $presented,
	) {}

	/** Action login_form_sallyport-step-up. */
	public function show(): never {
		$user_id = get_current_user_id();
		$session = $this->presented->session( $user_id );
		if ( 0 === $user_id || null === $session ) {
			OwnPage::go( wp_login_url( self::said( 'redirect_to' ) ) );
		}
		$errors = new WP_Error();
		if ( Sent::is_form() && check_admin_referer( StepUp::ACTION ) ) {
			try {
				$this->step_up( $user_id, $session );
				OwnPage::go( self::back() );
			} catch ( Refusal $refusal ) {
				$errors = Wrong::error( $refusal );
			}
		}
		$this->form( $errors );
	}

	/** @throws Refusal If the code is not accepted, or is not enough. */
	private function step_up( int $user_id, #[\SensitiveParameter] string $session ): void {
		$this->gate->required( $user_id );
		$code  = Fields::of( Sent::request() )->text( CodeField::NAME );
		$first = $this->acceptance->first_step( $user_id );
		$proof = $this->verifier->confirm( $user_id, Gate::INTERACTIVE, $code, null, time(), first: $first );
		if ( ! Policy::satisfies_step_up( $proof, time() ) ) {
			throw Refusal::step_up( Policy::STEP_UP_AGE );
		}
		SessionProof::stamp( $user_id, $session, $proof );
	}

	private function form( WP_Error $errors ): never {
		Assets::load();
		login_header( __( 'Confirm it is you', 'sallyport' ), '', $errors );
		?>
		<form name="sallyport" id="loginform" action="<?php echo esc_url( StepUp::url() ); ?>" method="post">
			<p id="<?php echo esc_attr( CodeField::HELP ); ?>" style="margin-bottom: 16px">
				<?php esc_html_e( 'To continue, please confirm that it is you. Enter the code from your authenticator app, or one of your backup codes.', 'sallyport' ); ?>
			</p>
			<?php echo CodeField::html( $errors ); // phpcs:ignore WordPress.Security.EscapeOutput -- it escapes. ?>
			<?php wp_nonce_field( StepUp::ACTION ); ?>
			<?php foreach ( array( 'redirect_to', StepUp::CANCEL ) as $page ) : ?>
				<input type="hidden" name="<?php echo esc_attr( $page ); ?>" value="<?php echo esc_attr( self::said( $page ) ); ?>" />
			<?php endforeach; ?>
			<p class="submit">
				<input type="submit" name="wp-submit" id="wp-submit" class="button button-primary button-large"
					value="<?php esc_attr_e( 'Verify', 'sallyport' ); ?>" />
			</p>
		</form>
		<p id="nav">
			<?php $back = OwnPage::of( self::said( StepUp::CANCEL ) ?: self::back(), admin_url() ); ?>
			<a href="<?php echo esc_url( $back ); ?>"><?php esc_html_e( 'Cancel', 'sallyport' ); ?></a>
		</p>
		<?php
		login_footer( CodeField::NAME );
		exit;
	}

	/** Where to go afterwards; OwnPage allows this site only. */
	private static function back(): string {
		return self::said( 'redirect_to' ) ?: admin_url( 'profile.php' );
	}

	private static function said( string $name ): string {
		$said = $_REQUEST[ $name ] ?? ''; // phpcs:ignore WordPress.Security -- a URL, validated where it is used.
		return is_string( $said ) ? wp_unslash( $said ) : '';
	}
}
