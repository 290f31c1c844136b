<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Rescue;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Enrolling;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Passwords;
use WP_REST_Request;
use WP_User;

/** What an administrator does for, or to, another user's second factor (contract section 6). */
final class UserRoutes {
	public function __construct(
		private readonly Rescue $rescue,
		private readonly Gate $gate,
		private readonly Enrolling $enrolling,
		private readonly PasswordThrottle $throttle,
		private readonly Passwords $passwords,
	) {}

	/** POST /users/{id}/two-factor/reset {reason}. @return array{message: string} */
	public function reset( WP_REST_Request $request ): array {
		$user   = $this->weakened( $request );
		$reason = self::reason( $request );
		if ( '' === $reason ) {
			throw new Refusal( Code::MissingParam, array( 'params' => array( 'reason' ) ) );
		}
		$this->rescue->reset( $user->ID, $reason, self::caller(), time() );
		return array(
			'message' => $this->rescue->is_enrolled_elsewhere( $user->ID )
				? __( 'The second factor of the user was reset. They have another one in another plugin: reset it there.', 'sallyport' )
				: __( 'The second factor of the user was reset.', 'sallyport' ),
		);
	}

	/** POST /users/{id}/unlock {reason?}. @return array{message: string} */
	public function unlock( WP_REST_Request $request ): array {
		$user = $this->weakened( $request );
		$this->rescue->unlock( $user->ID, self::reason( $request ), self::caller() );
		return array( 'message' => __( 'The second step of the user is unlocked.', 'sallyport' ) );
	}

	/** POST /users/{id}/revoke {reason?}. @return array{message: string} */
	public function revoke( WP_REST_Request $request ): array {
		$user = self::named( $request );
		$this->rescue->revoke( $user->ID, self::reason( $request ), self::caller() );
		return array( 'message' => __( 'The user was signed out everywhere.', 'sallyport' ) );
	}

	/**
	 * POST /enrolment-link/exchange {link, password}: the link, and the password of the user it was made for, for an
	 * enrolment token. A wrong password does not spend the link.
	 *
	 * @return array{enrolment_token: string, expires_in: int, confirm_by_mail: bool}
	 */
	public function exchange( WP_REST_Request $request ): array {
		$this->gate->require_ready();
		$fields   = Fields::of( $request );
		$link     = $fields->text( 'link' );
		$password = $fields->password( 'password' );
		$device   = Answer::device( $request );
		$now      = time();
		$user     = $this->rescue->invited( $link, $now );
		if ( ! $this->throttle->attempt( $user->user_login, $device, $now, fn (): bool => $this->passwords->is_right( $user->ID, $password ) ) ) {
			throw new Refusal( Code::InvalidPassword );
		}
		return $this->enrolling->invite( $this->rescue->accept( $link, $now ), $now );
	}

	/** POST /users/{id}/enrolment-link {reason?}. @return array{link: string, expires_in: int} */
	public function link( WP_REST_Request $request ): array {
		$user = $this->weakened( $request );
		$this->gate->require_ready();
		$link = $this->rescue->link( $user->ID, self::reason( $request ), self::caller(), time() );
		return array(
			'link'       => $link,
			'expires_in' => Rescue::LINK_TTL,
		);
	}

	/**
	 * The user the caller may do this to, and has just proven to be themselves for: it weakens the account.
	 *
	 * @throws Refusal rest_forbidden, also for oneself; rest_user_invalid_id; sallyport_step_up_required.
	 */
	private function weakened( WP_REST_Request $request ): WP_User {
		$user = self::named( $request );
		if ( get_current_user_id() === $user->ID ) {
			throw new Refusal( Code::Forbidden );
		}
		$this->gate->require_step_up( get_current_user_id(), time() );
		return $user;
	}

	/**
	 * The user the caller may edit, as core has it: on a network, network administrators may, and they alone each other.
	 * A second factor is what keeps a password from being enough: who may edit users and is no administrator gets around
	 * no administrator's.
	 *
	 * @throws Refusal rest_forbidden or rest_user_invalid_id.
	 */
	private static function named( WP_REST_Request $request ): WP_User {
		$id   = (int) $request->get_url_params()['id'];
		$user = get_userdata( $id );
		if ( ! current_user_can( 'edit_user', $id ) || ( $user && user_can( $user, 'manage_options' ) && ! current_user_can( 'manage_options' ) ) ) {
			throw new Refusal( Code::Forbidden );
		}
		return $user ? $user : throw new Refusal( Code::UserUnknown );
	}

	private static function reason( WP_REST_Request $request ): string {
		return trim( Fields::of( $request )->optional( 'reason', Rescue::REASON ) ?? '' );
	}

	private static function caller(): string {
		return wp_get_current_user()->user_login;
	}
}
