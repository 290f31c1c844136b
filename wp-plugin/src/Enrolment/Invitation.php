<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Gate\Enrolling;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Passwords;
use WP_User;

/** Exchanges an administrator's link and the user's password for an enrolment token: one place for the route and the page. */
final class Invitation {
	/** Action of wp-login.php: the page behind the link. */
	public const ACTION = 'sallyport-enrol';

	public function __construct(
		private readonly Gate $gate,
		private readonly Rescue $rescue,
		private readonly Enrolling $enrolling,
		private readonly PasswordThrottle $throttle,
		private readonly Passwords $passwords,
	) {}

	/** The URL of a link. */
	public static function url( #[\SensitiveParameter] string $link ): string {
		return site_url( 'wp-login.php?action=' . self::ACTION . '&link=' . rawurlencode( $link ), 'login' );
	}

	/** URL of the page for a user who is signed in and has to confirm by mail first. */
	public static function url_of_signed_in( string $back ): string {
		return site_url(
			'wp-login.php?action=' . self::ACTION . '&_wpnonce=' . wp_create_nonce( self::ACTION ) . '&redirect_to=' . rawurlencode( $back ),
			'login'
		);
	}

	/**
	 * The user a link is for, with nothing spent.
	 *
	 * @throws Refusal sallyport_link_gone, sallyport_unavailable.
	 */
	public function user( #[\SensitiveParameter] string $link, int $now ): WP_User {
		$this->gate->require_ready();
		return $this->rescue->invited( $link, $now );
	}

	/**
	 * Spends the link, once only; a wrong password does not spend it.
	 *
	 * @param Closure(): string $password
	 * @param string|null       $device   The secret of the device it comes from.
	 * @return array{enrolment_token: string, expires_in: int, confirm_by_mail: bool}
	 * @throws Refusal sallyport_link_gone, sallyport_invalid_password, sallyport_throttled, sallyport_unavailable.
	 */
	public function exchange(
		#[\SensitiveParameter] string $link,
		Closure $password,
		#[\SensitiveParameter] ?string $device,
		int $now,
	): array {
		$user  = $this->user( $link, $now );
		$given = $password();
		if ( ! $this->throttle->attempt_of( $user, $device, $now, fn (): bool => $this->passwords->is_right( $user->ID, $given ) ) ) {
			throw new Refusal( Code::InvalidPassword );
		}
		return $this->enrolling->invite( $this->rescue->accept( $link, $now ), $now );
	}
}
