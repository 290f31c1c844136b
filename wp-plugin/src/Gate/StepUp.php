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
 * What of core's and of other plugins' asks for step-up (docs/step-up.md): REST routes before anything of them runs, and
 * a change of e-mail address or password by whatever way.
 */
final class StepUp {
	/** Of wp-login.php: the page where a browser's session steps up. */
	public const ACTION = 'sallyport-step-up';

	/** Of its address, beside core's redirect_to: where "Cancel" leads, if not there. */
	public const CANCEL = 'cancel_to';

	/** What a route can be guarded for; a HEAD is a GET. */
	private const METHODS = array( 'GET', 'POST', 'PUT', 'PATCH', 'DELETE' );

	/** @var array<string, list<array{max_age: int, methods: list<string>}>> Pattern => what was asked for. */
	private array $routes = array();

	/** Why a new address was dropped from the profile's form. */
	private ?Refusal $mail_denied = null;

	/**
	 * @param Closure(): Gate      $gate      Made when something is asked for: every REST request passes here.
	 * @param Closure(): Enrolling $enrolling Likewise.
	 * @param bool                 $exempt    True on the command line, where nobody signed in.
	 */
	public function __construct(
		private readonly Closure $gate,
		private readonly Closure $enrolling,
		private readonly bool $exempt,
	) {}

	/**
	 * Action sallyport_require_step_up.
	 *
	 * @param string       $route   As it is registered, with its namespace: `/shop/v1/payouts/(?P<id>\d+)`.
	 * @param int          $max_age Seconds.
	 * @param list<string> $methods Each one or several, as register_rest_route() takes them; empty: all of them.
	 * @throws \InvalidArgumentException For what would guard nothing.
	 */
	public function guard( string $route, int $max_age, array $methods ): void {
		$pattern = '@^/' . trim( $route, '/' ) . '$@i'; // As core registers and matches it.
		$methods = wp_parse_list( strtoupper( implode( ',', $methods ) ) );
		if ( '' === trim( $route, '/' ) || $max_age < 1 || array() !== array_diff( $methods, self::METHODS ) || false === @preg_match( $pattern, '' ) ) { // phpcs:ignore WordPress.PHP.NoSilencedErrors
			throw new \InvalidArgumentException( 'sallyport_require_step_up() takes a route as it is registered, seconds, and methods.' );
		}
		$this->routes[ $pattern ][] = array(
			'max_age' => $max_age,
			'methods' => $methods,
		);
	}

	/**
	 * Filter rest_request_before_callbacks, last: before the route's own question who may, and its callback. A batch and
	 * rest_do_request() pass here as well.
	 *
	 * @param mixed                $response What the filters before answered.
	 * @param array<string, mixed> $handler  The matched handler.
	 * @return mixed The same, or a WP_Error.
	 */
	public function check( mixed $response, array $handler, WP_REST_Request $request ): mixed {
		$max_age = $this->max_age( $handler, $request );
		$refusal = null === $max_age || is_wp_error( $response ) ? null : $this->refusal( $max_age );
		return null === $refusal ? $response : $refusal->to_error();
	}

	/**
	 * Filter wp_pre_insert_user_data, last: where nobody asked before. To core, no data are an error.
	 *
	 * @param mixed $data    The row about to be stored.
	 * @param mixed $user_id Null for a new user.
	 * @return mixed The same, or an empty array.
	 */
	public function before_update( mixed $data, mixed $user_id ): mixed {
		$user = is_array( $data ) && null !== $user_id ? get_userdata( (int) $user_id ) : false;
		return $user && null !== $this->denied( $user, $data['user_email'] ?? null, $user->user_pass !== ( $data['user_pass'] ?? $user->user_pass ) ) ? array() : $data;
	}

	/**
	 * Action user_profile_update_errors, and WooCommerce's for its account form: says why, on the form.
	 *
	 * @param object $user What was sent, in the names of the users table.
	 */
	public function on_form( WP_Error $errors, object $user ): void {
		$stored  = get_userdata( (int) ( $user->ID ?? 0 ) );
		$refusal = $this->mail_denied ?? ( $stored ? $this->denied( $stored, $user->user_email ?? null, '' !== ( $user->user_pass ?? '' ) ) : null );
		if ( null !== $refusal ) {
			$errors->add( $refusal->reason->value, Code::EnrolmentRequired === $refusal->reason ? $refusal->reason->message() : $this->message() );
		}
	}

	/** Action personal_options_update, first: core mails the new address a link now, before it looks for errors. */
	public function before_profile_mail( int $user_id ): void {
		$user = get_userdata( $user_id );
		$sent = isset( $_POST['email'] ) && is_string( $_POST['email'] ) ? wp_unslash( $_POST['email'] ) : null; // phpcs:ignore WordPress.Security -- core has checked the nonce; compared only.
		$this->mail_denied = $user ? $this->denied( $user, $sent, false ) : null;
		if ( null !== $this->mail_denied ) {
			$_POST['email'] = wp_slash( $user->user_email );
		}
	}

	/**
	 * Filters add_, update_ and delete_user_metadata, last, of what says which factor another plugin keeps: what is added there
	 * is as good as one of ours, so it takes the same proof. False tells whoever writes that nothing was stored.
	 */
	public function before_factor_elsewhere( mixed $check ): mixed {
		return null === $this->refusal_by( static fn ( Gate $gate, int $user_id ) => $gate->require_step_up_to_add( $user_id, time() ) ) ? $check : false;
	}

	/** The same filters on a network, of what one's own first factor there is: it is as good as ours on every site, so that it waits for the same mail, which our own enrolment sends. */
	public function before_first_factor_elsewhere( mixed $check, int $user_id ): mixed {
		try {
			return ! $this->exempt && ( $this->enrolling )()->is_awaited( $user_id, time() ) ? false : $check;
		} catch ( Refusal ) {
			return false;
		}
	}

	/** Actions load-profile.php, load-user-edit.php and load-authorize-application.php: what is done there is done at once, or by a page that cannot say why not. @param string $cancel The page for who changes their mind. */
	public function before_screen( bool $weakens, string $cancel ): void {
		if ( $weakens && null !== $this->refusal() ) {
			OwnPage::go( self::url( isset( $_SERVER['REQUEST_URI'] ) ? esc_url_raw( wp_unslash( $_SERVER['REQUEST_URI'] ) ) : '', $cancel ) );
		}
	}

	/** What a user who has to step up first is told in a browser. */
	public function message(): string {
		/* translators: %s: address of a page. */
		return sprintf( __( '<strong>Error:</strong> Please <a href="%s">confirm with your second factor</a> first. Nothing was changed.', 'sallyport' ), esc_url( self::url( PageForm::url() ) ) );
	}

	/** The page where a browser's session steps up, and comes back from. @param string $cancel The page for who changes their mind, where going back would ask again. */
	public static function url( string $back = '', string $cancel = '' ): string {
		$more = array_filter(
			array(
				'redirect_to' => $back,
				self::CANCEL  => $cancel,
			)
		);
		return add_query_arg( array_map( rawurlencode( ... ), $more ), site_url( 'wp-login.php?action=' . self::ACTION, 'login' ) );
	}

	/** Why this request may not do what weakens an account; null if it may, as nobody's may, whom others have to stop. */
	public function refusal( int $max_age = Policy::STEP_UP_AGE ): ?Refusal {
		return $this->refusal_by( static fn ( Gate $gate, int $user_id ) => $gate->require_step_up( $user_id, time(), $max_age ) );
	}

	/** @param callable(Gate, int): void $ask Throws why not. */
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

	/** How fresh a proof the request wants; null if it wants none. */
	private function max_age( array $handler, WP_REST_Request $request ): ?int {
		$ages = $this->weakens( $handler, $request ) ? array( Policy::STEP_UP_AGE ) : array();
		foreach ( $this->routes as $pattern => $guards ) {
			foreach ( 1 === preg_match( $pattern, $request->get_route() ) ? $guards : array() as $guard ) {
				if ( array() === $guard['methods'] || in_array( 'HEAD' === $request->get_method() ? 'GET' : $request->get_method(), $guard['methods'], true ) ) {
					$ages[] = $guard['max_age'];
				}
			}
		}
		return array() === $ages ? null : min( $ages );
	}

	/** Whether core's own routes would change an address or a password, make an application password, or turn Sallyport off. The handler decides, not the path. */
	private function weakens( array $handler, WP_REST_Request $request ): bool {
		[ $controller, $method ] = is_array( $handler['callback'] ?? null ) ? array_values( $handler['callback'] ) + array( null, null ) : array( null, null );
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
	 * Why the caller may not change that; null if they may, or nothing is changed.
	 *
	 * @param mixed $email   As for changes().
	 * @param bool  $another Likewise.
	 */
	private function denied( WP_User $user, mixed $email, bool $another ): ?Refusal {
		if ( ! $this->changes( $user, $email, $another ) ) {
			return null;
		}
		// Whose first factor waits for a mail does not say meanwhile where that goes.
		$waits = fn ( Gate $gate, int $user_id ) => ( $this->enrolling )()->is_awaited( $user_id, time() ) ? throw new Refusal( Code::EnrolmentRequired ) : null;
		return $this->refusal() ?? ( $this->changes( $user, $email, false ) ? $this->refusal_by( $waits ) : null );
	}

	/**
	 * @param mixed $email   What is to be the user's address, if anything.
	 * @param bool  $another Whether there is to be another password.
	 */
	private function changes( WP_User $user, mixed $email, bool $another ): bool {
		return $another || ( null !== $email && '' !== $email && $user->user_email !== $email );
	}
}
