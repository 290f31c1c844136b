<?php
declare( strict_types=1 );

namespace Sallyport\WP\Activity;

use Sallyport\WP\Client;

/** Tells users by mail when their second factor changed. */
final class Mail {
	public function __construct( private readonly Client $client ) {}

	/** @param string $event `factor_added`, `factor_removed` or `backup_codes_replaced`. */
	public function factors_changed( string $event, int $user_id ): void {
		$user = get_userdata( $user_id );
		if ( ! $user || '' === $user->user_email ) {
			return;
		}
		$switched = switch_to_user_locale( $user_id );
		$site     = wp_specialchars_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES );
		$what     = match ( $event ) {
			Event::FactorAdded->value   => __( 'Two-factor authentication was turned on for your account. You will be asked for a code when you sign in.', 'sallyport' ),
			Event::FactorRemoved->value => __( 'Two-factor authentication was turned off for your account. Your password alone is enough to sign in now.', 'sallyport' ),
			default          => __( 'New backup codes were made for your account. The old ones no longer work.', 'sallyport' ),
		};
		/* translators: %s: name of the site. */
		$subject = sprintf( __( '[%s] The sign-in security of your account changed', 'sallyport' ), $site );
		/* translators: 1: user name, 2: what happened, 3: date and time, 4: IP address, 5: site name, 6: address of the site. */
		$text = sprintf(
			__( "Hello %1\$s,\n\n%2\$s\n\nWhen: %3\$s\nFrom: %4\$s\n\nIf this was not you, change your password now and tell the administrator of the site.\n\n%5\$s\n%6\$s\n", 'sallyport' ),
			$user->display_name,
			$what,
			wp_date( 'Y-m-d H:i T' ),
			$this->client->address(),
			$site,
			home_url()
		);
		wp_mail( $user->user_email, $subject, $text );
		if ( $switched ) {
			restore_previous_locale();
		}
	}
}
