<?php
declare( strict_types=1 );

namespace Sallyport\WP\Privacy;

use Sallyport\WP\Store\Settings;

/** The suggested text for the site's privacy policy, according to its settings: Settings → Privacy → Policy Guide. */
final class PolicyText {
	public function __construct( private readonly Settings $settings ) {}

	/** Action admin_init: core compares it with the earlier text, and notifies whoever is responsible for the policy. */
	public function suggest(): void {
		wp_add_privacy_policy_content( __( 'Sallyport', 'sallyport' ), $this->text() );
	}

	private function text(): string {
		$days    = (int) $this->settings->get( 'activity_days' );
		$address = match ( $this->settings->get( 'activity_address' ) ) {
			'none'      => __( 'The log holds no IP addresses.', 'sallyport' ),
			'truncated' => __( 'The log holds IP addresses without their last part.', 'sallyport' ),
			default     => __( 'The log holds the IP address each request came from.', 'sallyport' ),
		};
		$kept    = 0 === $days
			? __( 'The log is kept for as long as this site exists.', 'sallyport' )
			/* translators: %d: number of days. */
			: sprintf( _n( 'The log is kept for %d day.', 'The log is kept for %d days.', $days, 'sallyport' ), $days );
		$texts = array(
			__( 'If you protect your account with a second factor, this site stores its secret, encrypted, and backup codes in a form that cannot be read back. It is needed to check your codes, and is deleted with the factor or the account.', 'sallyport' ),
			__( 'If you sign in through an app or a front end, this site stores what the device calls itself, its IP address, and when it was last used, until that sign-in ends, so that you can see where you are signed in and end it. A device you trust keeps a secret in a cookie, and is known until its time is over or you forget it.', 'sallyport' ),
			__( 'Sign-ins, wrong passwords and codes, and changes of second factors are written into a log, with the name of the device or browser, so that attacks are noticed and explained.', 'sallyport' )
				. ' ' . $address . ' ' . $kept . ' '
				. __( 'When an account is deleted, its rows stay until that time is over, with a number in place of the name.', 'sallyport' ),
			__( 'Codes and notices about your account are sent to your email address. Nothing is sent to third parties, unless this site has set up webhooks: then say here who receives them, and what for.', 'sallyport' ),
		);
		return '<p class="privacy-policy-tutorial">'
			. esc_html__( 'Sallyport keeps what it takes to check a second factor and to notice break-ins. Adapt this to what your site uses.', 'sallyport' )
			. '</p>'
			. '<p><strong class="privacy-policy-tutorial">' . esc_html__( 'Suggested text:', 'sallyport' ) . ' </strong>'
				. implode( '</p><p>', array_map( 'esc_html', $texts ) ) . '</p>';
	}
}
