<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Challenge\MailedUnlock;
use Sallyport\WP\Enrolment\Invitation;
use Sallyport\WP\Gate\{Enrolling, StepUp};
use Sallyport\WP\Login\{KeyedPage, SecondStep, Wrong};

use function add_action; // By name alone each call would look in our namespace first.
use function add_filter;

/** Hooks for pages of wp-login.php, registered only in a request that may be for one of them. */
final class LoginHooks {
	public function __construct( private readonly Plugin $plugin ) {}

	/** Our own pages. */
	public function register_pages(): void {
		$p = $this->plugin;
		add_action( 'login_form_' . SecondStep::ACTION, fn () => $p->second_step()->complete() );
		add_action( 'login_form_' . StepUp::ACTION, fn () => $p->step_up_page()->show() );
		add_action( 'login_form_' . Enrolling::ACTION, fn () => $p->enrolment_confirmation()->answer() );
		add_action( 'login_form_' . Invitation::ACTION, fn () => $p->enrol_page()->answer() );
		add_action( 'login_form_' . MailedUnlock::ACTION, fn () => $p->unlock_page()->show() );
		add_action( 'login_head', fn () => KeyedPage::keep_to_header(), 0 );
		add_filter( 'login_title', fn ( $title ) => Wrong::title( $title ) );
	}

	/** The forms of Two Factor and WP 2FA. */
	public function register_other_forms(): void {
		$p = $this->plugin;
		add_action(
			'set_logged_in_cookie',
			fn ( $cookie, $expire, $expiration, $id, $scheme, $token = '' ) => $p->other_forms()->collect( (int) $id, (string) $token ),
			10,
			6
		);
		add_filter( 'get_user_metadata', fn ( $value, $id, $key ) => $p->other_forms()->read( $value, (int) $id, (string) $key ), 10, 3 );
		add_filter(
			'update_user_metadata',
			fn ( $check, $id, $key, $value ) => $p->other_forms()->taken( $check, (int) $id, (string) $key, $value ),
			10,
			4
		);
	}
}
