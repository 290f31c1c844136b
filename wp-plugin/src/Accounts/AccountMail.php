<?php
declare( strict_types=1 );

namespace Sallyport\WP\Accounts;

use Sallyport\WP\Blog;
use Sallyport\WP\Mailer;
use Sallyport\WP\Store\Settings;
use WP_User;

/** The mails of registration and of a forgotten password. */
final class AccountMail {
	public function __construct(
		private readonly Settings $settings,
		private readonly Mailer $mailer,
	) {}

	public function reset_link( WP_User $user, #[\SensitiveParameter] string $key ): bool {
		return $this->mailer->send(
			$user->user_email,
			$user,
			/* translators: %s: name of the site. */
			fn (): string => __( '[%s] A new password for your account', 'sallyport' ),
			fn (): string => sprintf(
				/* translators: 1: user name, 2: link, 3: a time such as "1 day". */
				__( "Someone asked for a new password for your account, %1\$s. If it was you, choose one here:\n\n%2\$s\n\nThe link works once, for %3\$s. If it was not you, ignore this email: your password stays as it is.", 'sallyport' ),
				$user->user_login,
				$this->link( $user, $key ),
				self::lifetime()
			)
		);
	}

	public function reset_code( WP_User $user, #[\SensitiveParameter] string $code ): bool {
		return $this->mailer->send(
			$user->user_email,
			$user,
			/* translators: %s: name of the site. */
			fn (): string => __( '[%s] Your code for a new password', 'sallyport' ),
			fn (): string => sprintf(
				/* translators: 1: user name, 2: code, 3: number of minutes. */
				__( "Someone asked for a new password for your account, %1\$s. If it was you, enter this code where you asked for it:\n\n%2\$s\n\nThe code works once, for %3\$d minutes. Do not share it with anyone, whoever asks. If it was not you, ignore this email: your password stays as it is.", 'sallyport' ),
				$user->user_login,
				$code,
				ResetCodes::TTL / MINUTE_IN_SECONDS
			)
		);
	}

	/** To a new user: the link sets the password, which shows that they receive the mail. */
	public function welcome( WP_User $user, #[\SensitiveParameter] string $key ): void {
		$this->mailer->send(
			$user->user_email,
			$user,
			/* translators: %s: name of the site. */
			fn (): string => __( '[%s] Confirm your new account', 'sallyport' ),
			fn (): string => sprintf(
				/* translators: 1: user name, 2: link, 3: a time such as "1 day". */
				__( "An account with the username %1\$s was created for this address. Choose your password to get started:\n\n%2\$s\n\nThe link works once, for %3\$s. If you did not register, ignore this email: nobody can sign in to the account.", 'sallyport' ),
				$user->user_login,
				$this->link( $user, $key ),
				self::lifetime()
			)
		);
	}

	/** To a user whose address was registered again. */
	public function already_registered( WP_User $user ): void {
		$this->mailer->send(
			$user->user_email,
			$user,
			/* translators: %s: name of the site. */
			fn (): string => __( '[%s] You already have an account', 'sallyport' ),
			fn (): string => sprintf(
				/* translators: 1: user name, 2: address of the login page, 3: address of the page for a lost password. */
				__( "Someone tried to register with this address, which belongs to your account, %1\$s. No new account was created. If it was you, sign in:\n\n%2\$s\n\nor, if you forgot your password, request a new one:\n\n%3\$s\n\nIf it was not you, ignore this email: nothing was changed, and they were not told that you have an account.", 'sallyport' ),
				$user->user_login,
				wp_login_url(),
				wp_lostpassword_url()
			)
		);
	}

	/** To an address without an account, registered with a user name that is not available. */
	public function name_not_available( string $email ): void {
		$this->mailer->send(
			$email,
			null,
			/* translators: %s: name of the site. */
			fn (): string => __( '[%s] Please choose another username', 'sallyport' ),
			fn (): string => __( 'Someone tried to register with this address, but the username they chose is not available. If it was you, register again with another username. If it was not you, ignore this email: no account was created.', 'sallyport' )
		);
	}

	/**
	 * URL where the recipient sets a password: the front end's page, if the settings name one that may be trusted with this user's
	 * key; else core's.
	 */
	private function link( WP_User $user, #[\SensitiveParameter] string $key ): string {
		$page = (string) $this->settings->get( 'reset_url' );
		if ( self::is_trusted( $page ) && ( $this->settings->is_fixed( 'reset_url' ) || self::is_of_this_site( $user ) ) ) {
			$arguments = array(
				'login' => rawurlencode( $user->user_login ),
				'key'   => rawurlencode( $key ),
			);
			return add_query_arg( $arguments, $page );
		}
		// In core's order: a login may end in a period, which mail programs would cut off the end of a URL.
		return network_site_url(
			'wp-login.php?login=' . rawurlencode( $user->user_login ) . '&key=' . rawurlencode( $key ) . '&action=rp',
			'login'
		);
	}

	/**
	 * Whether this site's own `reset_url` applies to this user; always so without a network. Whoever sets it receives the reset
	 * keys, so on a network it applies only to a member who runs neither the network nor another site.
	 */
	private static function is_of_this_site( WP_User $user ): bool {
		if ( ! is_multisite() ) {
			return true;
		}
		$here = get_current_blog_id();
		foreach ( array_diff( Blog::of( $user->ID ), array( $here ) ) as $blog_id ) {
			if ( Blog::on( $blog_id, static fn (): bool => user_can( $user->ID, 'manage_options' ) ) ) {
				return false;
			}
		}
		return is_user_member_of_blog( $user->ID, $here ) && ! is_super_admin( $user->ID );
	}

	/** Whether it is HTTPS, or on the developer's own machine. */
	public static function is_trusted( string $page ): bool {
		$url = wp_parse_url( $page );
		if ( ! is_array( $url ) || empty( $url['host'] ) || isset( $url['user'] ) ) {
			return false;
		}
		$local = 'local' === wp_get_environment_type() || in_array( $url['host'], array( 'localhost', '127.0.0.1', '[::1]' ), true );
		return in_array( $url['scheme'] ?? '', $local ? array( 'https', 'http' ) : array( 'https' ), true );
	}

	/** How long core accepts a key, in words. */
	private static function lifetime(): string {
		/** This filter is documented in wp-includes/user.php */
		return human_time_diff( 0, (int) apply_filters( 'password_reset_expiration', DAY_IN_SECONDS ) );
	}
}
