<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Mailer;

/** Tells users by mail when their second factor changed. */
final class FactorMail {
	public function __construct( private readonly Mailer $mailer ) {}

	/** @param string $event `factor_added`, `factor_removed`, `one_factor_removed`, `factors_reset` or `backup_codes_replaced`. */
	public function factors_changed( string $event, int $user_id ): void {
		$user = get_userdata( $user_id );
		if ( ! $user || '' === $user->user_email ) {
			return;
		}
		$this->mailer->send(
			$user->user_email,
			$user,
			/* translators: %s: name of the site. */
			fn (): string => __( '[%s] The sign-in security of your account changed', 'sallyport' ),
			fn (): string => self::what( $event ) . "\n\n" . __( 'If this was not you, change your password now and tell the administrator of the site.', 'sallyport' )
		);
	}

	private static function what( string $event ): string {
		return match ( $event ) {
			Event::FactorAdded->value      => __( 'Two-factor authentication was turned on for your account. You will be asked for a code when you sign in.', 'sallyport' ),
			Event::FactorRemoved->value    => __( 'Two-factor authentication was turned off for your account. Your password alone is enough to sign in now.', 'sallyport' ),
			Event::OneFactorRemoved->value => __( 'One of the ways to confirm that it is you was removed from your account. The others are asked for as before.', 'sallyport' ),
			Event::FactorsReset->value     => __( 'An administrator reset the two-factor authentication of your account, and you were signed out everywhere. Your password alone is enough to sign in now.', 'sallyport' ),
			default                        => __( 'New backup codes were made for your account. The old ones no longer work.', 'sallyport' ),
		};
	}
}
