<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\OwnPage;
use Sallyport\WP\Refusal;
use WP_Error;
use WP_REST_Application_Passwords_Controller;
use WP_REST_Plugins_Controller;
use WP_REST_Request;
use WP_REST_Users_Controller;
use WP_User;

/**
 * Demands step-up for actions of core and of other plugins (docs/step-up.md): for REST routes before they run, and for a
 * change of e-mail address or password however it is made.
 */
final class StepUp {
	/** Action of wp-login.php: the page where a browser's session steps up. */
	public const ACTION = 'sallyport-step-up';

	/** Query argument of the step-up page, beside core's redirect_to: where "Cancel" leads, if not there. */
	public const CANCEL = 'cancel_to';

	/** Methods a route can be guarded for; HEAD counts as GET. */
	private const METHODS = array( 'GET', 'POST', 'PUT', 'PATCH', 'DELETE' );

	/** @var array<string, list<array{max_age: int, methods: list<string>}>> Route pattern => its guards. */
	private array $routes = array();

	/** Why a new address in the profile form was dropped. */
	private ?Refusal $mail_denied = null;

	/**
	 * @param Closure(): Gate      $gate      Lazy: needed only if step-up is demanded, and every REST request comes here.
	 * @param Closure(): Enrolling $enrolling Lazy, likewise.
	 * @param bool                 $exempt    True on the command line, where nobody signed in.
	 */
	public function __construct(
		private readonly Closure $gate,
		private readonly Closure $enrolling,
		private readonly bool $exempt,
	) {}

	/**
	 * Action sallyport_require_step_up: guards a route.
	 *
	 * @param string       $route   As it is registered, with its namespace: `/shop/v1/payouts/(?P<id>\d+)`.
	 * @param int          $max_age Seconds.
	 * @param list<string> $methods One method or several each, as register_rest_route() takes them; empty means all.
	 * @throws \InvalidArgumentException If the guard would match nothing.
	 */
	public function guard( string $route, int $max_age, array $methods ): void {
		$pattern = '@^/' . trim( $route, '/' ) . '$@i'; // As core registers and matches it.
		$methods = wp_parse_list( strtoupper( implode( ',', $methods ) ) );
		if (
			'' === trim( $route, '/' )
			|| $max_age < 1
			|| array() !== array_diff( $methods, self::METHODS )
			|| false === @preg_match( $pattern, '' ) // phpcs:ignore WordPress.PHP.NoSilencedErrors -- a pattern that is none is refused here.
		) {
			throw new \InvalidArgumentException( 'sallyport_require_step_up() takes a route as it is registered, seconds, and methods.' );
		}
		$this->routes[ $pattern ][] = array(
			'max_age' => $max_age,
			'methods' => $methods,
		);
	}

	/**
	 * Filter rest_request_before_callbacks, last: before the route's permission callback and its callback. Batch requests and
	 * rest_do_request() come here as well.
	 *
	 * @param mixed                $response What the earlier filters answered.
	 * @param array<string, mixed> $handler  The matched handler.
	 * @return mixed The same, or a WP_Error.
	 */
	public function check( mixed $response, array $handler, WP_REST_Request $request ): mixed {
		$max_age = $this->max_age( $handler, $request );
		$refusal = null === $max_age || is_wp_error( $response ) ? null : $this->refusal( $max_age );
		return null === $refusal ? $response : $refusal->to_error();
	}

	/**
	 * Filter wp_pre_insert_user_data, last: the final check, for changes that nothing checked before. Core treats an empty row
	 * as an error.
	 *
	 * @param mixed $data    The row about to be stored.
	 * @param mixed $user_id Null for a new user.
	 * @return mixed The same, or an empty array.
	 */
	public function before_update( mixed $data, mixed $user_id ): mixed {
		$user = is_array( $data ) && null !== $user_id ? get_userdata( (int) $user_id ) : false;
		if ( ! $user ) {
			return $data;
		}
		$another_password = $user->user_pass !== ( $data['user_pass'] ?? $user->user_pass );
		return null === $this->denied( $user, $data['user_email'] ?? null, $another_password ) ? $data : array();
	}

	/**
	 * Action user_profile_update_errors, and WooCommerce's for its account form: shows on the form why not.
	 *
	 * @param object $user What was sent, with the column names of the users table.
	 */
	public function on_form( WP_Error $errors, object $user ): void {
		$stored  = get_userdata( (int) ( $user->ID ?? 0 ) );
		$refusal = $this->mail_denied
			?? ( $stored ? $this->denied( $stored, $user->user_email ?? null, '' !== ( $user->user_pass ?? '' ) ) : null );
		if ( null !== $refusal ) {
			$errors->add( $refusal->reason->value, Code::EnrolmentRequired === $refusal->reason ? $refusal->reason->message() : $this->message() );
		}
	}

	/** Action personal_options_update, first: core mails a link to the new address now, before it checks for errors. */
	public function before_profile_mail( int $user_id ): void {
		$user = get_userdata( $user_id );
		$sent = isset( $_POST['email'] ) && is_string( $_POST['email'] ) ? wp_unslash( $_POST['email'] ) : null; // phpcs:ignore WordPress.Security -- core has checked the nonce; compared only.
		$this->mail_denied = $user ? $this->denied( $user, $sent, another_password: false ) : null;
		if ( null !== $this->mail_denied ) {
			$_POST['email'] = wp_slash( $user->user_email );
		}
	}

	/**
	 * Filters add_, update_ and delete_user_metadata, last, for the meta where another plugin keeps its factor. A factor added
	 * there counts like one of ours, so it requires the same proof. False tells the caller that nothing was stored.
	 */
	public function before_factor_elsewhere( mixed $check ): mixed {
		return null === $this->refusal_by( static fn ( Gate $gate, int $user_id ) => $gate->require_step_up_to_add( $user_id, time() ) )
			? $check
			: false;
	}

	/**
	 * The same filters on a network, for a user's own first factor at another plugin. It counts on every site like one of ours,
	 * so it waits for the same mailed confirmation, which our own enrolment sends.
	 */
	public function before_first_factor_elsewhere( mixed $check, int $user_id ): mixed {
		try {
			return ! $this->exempt && ( $this->enrolling )()->is_awaited( $user_id, time() ) ? false : $check;
		} catch ( Refusal ) {
			return false;
		}
	}

	/**
	 * Actions load-profile.php, load-user-edit.php and load-authorize-application.php: these screens act at once, or cannot
	 * show why an action was refused.
	 *
	 * @param string $cancel URL for users who change their mind.
	 */
	public function before_screen( bool $weakens, string $cancel ): void {
		if ( $weakens && null !== $this->refusal() ) {
			OwnPage::go( self::url( isset( $_SERVER['REQUEST_URI'] ) ? esc_url_raw( wp_unslash( $_SERVER['REQUEST_URI'] ) ) : '', $cancel ) );
		}
	}

	/** The message in a browser for a user who has to step up first. */
	public function message(): string {
		return sprintf(
			/* translators: %s: address of a page. */
			__( '<strong>Error:</strong> Please <a href="%s">confirm with your second factor</a> first. Nothing was changed.', 'sallyport' ),
			esc_url( self::url( PageForm::url() ) )
		);
	}

	/**
	 * URL of the page where a browser's session steps up, and returns from.
	 *
	 * @param string $cancel URL for users who change their mind, if going back would ask again.
	 */
	public static function url( string $back = '', string $cancel = '' ): string {
		$more = array_filter(
			array(
				'redirect_to' => $back,
				self::CANCEL  => $cancel,
			)
		);
		return add_query_arg( array_map( rawurlencode( ... ), $more ), site_url( 'wp-login.php?action=' . self::ACTION, 'login' ) );
	}

	/**
	 * Why this request may not weaken an account; null if it may. An anonymous request may: stopping it is the permission
	 * check's job.
	 */
	public function refusal( int $max_age = Policy::STEP_UP_AGE ): ?Refusal {
		return $this->refusal_by( static fn ( Gate $gate, int $user_id ) => $gate->require_step_up( $user_id, time(), $max_age ) );
	}

	/** @param callable(Gate, int): void $ask Throws the refusal. */
	private function refusal_by( callable $ask ): ?Refusal {
		$user_id = get_current_user_id();
		if ( 0 === $user_id || $this->exempt || ScheduledEvent::is_running() ) {
			return null;
		}
		try {
			$ask( ( $this->gate )(), $user_id );
			return null;
		} catch ( Refusal $refusal ) {
			return $refusal;
		}
	}

	/** Greatest age of the proof that the request demands, seconds; null if it demands none. */
	private function max_age( array $handler, WP_REST_Request $request ): ?int {
		$ages = $this->weakens( $handler, $request ) ? array( Policy::STEP_UP_AGE ) : array();
		foreach ( $this->routes as $pattern => $guards ) {
			foreach ( 1 === preg_match( $pattern, $request->get_route() ) ? $guards : array() as $guard ) {
				if (
					array() === $guard['methods']
					|| in_array( 'HEAD' === $request->get_method() ? 'GET' : $request->get_method(), $guard['methods'], true )
				) {
					$ages[] = $guard['max_age'];
				}
			}
		}
		return array() === $ages ? null : min( $ages );
	}

	/**
	 * Whether one of core's own routes would change an address or a password, create an application password, or deactivate
	 * Sallyport. The handler decides, not the path.
	 */
	private function weakens( array $handler, WP_REST_Request $request ): bool {
		[ $controller, $method ] = is_array( $handler['callback'] ?? null )
			? array_values( $handler['callback'] ) + array( null, null )
			: array( null, null );
		if ( $controller instanceof WP_REST_Application_Passwords_Controller ) {
			return 'create_item' === $method;
		}
		if ( $controller instanceof WP_REST_Plugins_Controller ) {
			return 'update_item' === $method && 'inactive' === $request['status'] && Deactivation::lists( array( $request['plugin'] ) );
		}
		if ( ! $controller instanceof WP_REST_Users_Controller || ! in_array( $method, array( 'update_item', 'update_current_item' ), true ) ) {
			return false;
		}
		$user = get_userdata( 'update_current_item' === $method ? get_current_user_id() : (int) $request['id'] );
		return $user && $this->changes( $user, $request['email'], '' !== ( $request['password'] ?? '' ) );
	}

	/**
	 * Why the caller may not make this change; null if they may, or nothing changes.
	 *
	 * @param mixed $email            As for changes().
	 * @param bool  $another_password As for changes().
	 */
	private function denied( WP_User $user, mixed $email, bool $another_password ): ?Refusal {
		if ( ! $this->changes( $user, $email, $another_password ) ) {
			return null;
		}
		// While a first factor waits for a mailed confirmation, the user must not change where that mail goes.
		$waits = fn ( Gate $gate, int $user_id ) => ( $this->enrolling )()->is_awaited( $user_id, time() )
			? throw new Refusal( Code::EnrolmentRequired )
			: null;
		return $this->refusal() ?? ( $this->changes( $user, $email, another_password: false ) ? $this->refusal_by( $waits ) : null );
	}

	/**
	 * @param mixed $email            The new address, if one was given.
	 * @param bool  $another_password Whether the password changes.
	 */
	private function changes( WP_User $user, mixed $email, bool $another_password ): bool {
		return $another_password || ( null !== $email && '' !== $email && $user->user_email !== $email );
	}
}
