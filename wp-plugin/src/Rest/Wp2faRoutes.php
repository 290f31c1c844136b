<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Challenge\Challenge;
use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Challenge\Verifier;
use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Issuer\Issuers;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Settings;
use WP_REST_Request;
use WP_REST_Response;
use WP_Session_Tokens;
use WP_User;

/**
 * The login of WP 2FA's REST API, if that plugin is not active.
 *
 * A user id proves nothing: the route requires a challenge from a login of that very user, or that user's own session.
 */
final class Wp2faRoutes {
	/** Clients' names of factors => ours. Only a hint: the user's own factors decide. */
	private const HINTS = array(
		'totp'         => Totp::NAME,
		'email'        => 'email',
		'backup_codes' => BackupCode::NAME,
		'backup_code'  => BackupCode::NAME,
	);

	public function __construct(
		private readonly Gate $gate,
		private readonly Acceptance $acceptance,
		private readonly Presented $presented,
		private readonly Challenges $challenges,
		private readonly Verifier $verifier,
		private readonly Factors $factors,
		private readonly Issuers $issuers,
		private readonly Greeting $greeting,
		private readonly Cookies $cookies,
		private readonly Settings $settings,
		private readonly Activity $activity,
		private readonly Client $client,
	) {}

	/** The fields are in the path or the body. A GET puts the code into the logs of every server on its way. */
	public function login( WP_REST_Request $request ): WP_REST_Response {
		if ( ! self::is_post( $request ) && true !== $this->settings->get( 'wp2fa_get' ) ) {
			return self::invalid( __( 'Send this by POST.', 'sallyport' ), 405 );
		}
		$this->gate->require_ready();
		$sent    = self::sent( $request );
		$fields  = Fields::of( $sent );
		$user_id = $fields->whole( 'user_id', 1, 10 ** 18 - 1 );
		$code    = $fields->filled()->optional( 'token' );
		$hint    = $fields->one_of( 'provider', array_keys( self::HINTS ) );
		if ( null === $user_id || null === $code ) {
			return self::invalid( null === $user_id ? __( 'User ID is required', 'sallyport' ) : __( 'Token is required', 'sallyport' ) );
		}
		$sent->set_body_params(
			array(
				'code'         => $code,
				'trust_device' => $fields->flag( 'remember_device' ),
			) + $sent->get_body_params()
		);
		$answer = Answer::from( $sent, '', $this->presented );
		$this->client->name_device( $answer->device_name );
		try {
			$success = $this->verify( $user_id, $answer, self::HINTS[ $hint ?? '' ] ?? null, $request );
			return null === $success ? self::invalid( __( 'Unauthorized user 2FA attempt', 'sallyport' ) ) : new WP_REST_Response( $success );
		} catch ( Refusal $refusal ) {
			return match ( $refusal->reason ) {
				Code::InvalidCode, Code::FactorUnavailable => self::failed( __( 'Provided details are wrong.', 'sallyport' ) ),
				Code::Locked        => self::failed(
					__( 'Too many attempts. Please try again later.', 'sallyport' ),
					(int) $refusal->data['retry_after']
				),
				Code::ChallengeGone => self::invalid( __( 'Unauthorized user 2FA attempt', 'sallyport' ) ),
				default             => throw $refusal,
			};
		}
	}

	/** @return array<string, mixed>|null Null if nothing proves the password of that user. */
	private function verify( int $user_id, Answer $answer, ?string $hint, WP_REST_Request $request ): ?array {
		$user      = get_userdata( $user_id );
		$challenge = null === $answer->challenge ? null : $this->challenges->find( $answer->challenge, time() );
		if ( ! $user || ( null === $challenge ? ! $this->has_session( $user, $request ) : $challenge->user_id !== $user->ID ) ) {
			return null;
		}
		$factor = $answer->factor ?? $this->factors->by_hint( $user->ID, $hint, $answer->require_code() );
		$answer = null === $factor ? $answer : $answer->by( $factor );
		return null === $challenge ? $this->by_session( $user, $answer ) : $this->by_challenge( $challenge, $user, $answer, $request );
	}

	/** @return array<string, mixed> With a token of the challenge's issuer, or for a challenge of wp-login.php with a cookie. */
	private function by_challenge( Challenge $challenge, WP_User $user, Answer $answer, WP_REST_Request $request ): array {
		$interactive = Gate::INTERACTIVE === $challenge->issuer;
		if ( $interactive ) {
			$this->cookies->require_fit( $request );
		} else {
			$this->issuers->get( $challenge->issuer );
		}
		// The device is trusted only after no plugin has vetoed the code.
		$proof = $this->gate->prove( $challenge, $answer->without_trust() );
		$this->require_no_veto( $user, $answer, $challenge->issuer );
		$this->gate->trust( $proof, $answer );
		if ( $interactive ) {
			wp_set_auth_cookie( $user->ID );
			/** This action is documented in wp-includes/user.php */
			do_action( 'wp_login', $user->user_login, $user );
			return self::success( $user ) + $this->greeting->device();
		}
		[ $response, $token ] = $this->gate->mint( $proof );
		$greeted              = Sallyport::NAME === $proof->issuer
			? (array) $this->greeting->greet( $response, $answer )->get_data()
			: $this->greeting->device();
		return self::success( $user ) + array( 'token' => $token ) + array_intersect_key( $greeted, array( 'device' => true ) );
	}

	/** @return array<string, mixed> Ends the session and starts a new one, and returns a token as well. */
	private function by_session( WP_User $user, Answer $answer ): array {
		$first = $this->acceptance->first_step( $user->ID );
		$proof = $this->gate->admit(
			$this->verifier->confirm( $user->ID, Sallyport::NAME, $answer->require_code(), $answer->factor, time(), first: $first )
		);
		$this->require_no_veto( $user, $answer, Gate::INTERACTIVE );
		$this->gate->trust( $proof, $answer );
		[ $response, $token ] = $this->gate->mint( $proof );
		$greeted              = (array) $this->greeting->greet( $response, $answer )->get_data();
		$sessions             = WP_Session_Tokens::get_instance( $user->ID );
		$ended                = (string) $this->presented->session( $user->ID );
		$session              = $sessions->get( $ended );
		$sessions->destroy( $ended );
		// A core session lives two days, or two weeks if it is to be remembered.
		wp_set_auth_cookie( $user->ID, (int) ( $session['expiration'] ?? 0 ) - (int) ( $session['login'] ?? 0 ) > 2 * DAY_IN_SECONDS );
		return self::success( $user ) + array( 'token' => $token ) + array_intersect_key( $greeted, array( 'device' => true ) );
	}

	/** Whether the request has the user's own cookie, with core's nonce in its header, and no token besides. */
	private function has_session( WP_User $user, WP_REST_Request $request ): bool {
		return null !== $this->presented->session( $user->ID )
			&& ! $this->presented->has_bearer()
			&& false !== wp_verify_nonce( (string) $request->get_header( 'x_wp_nonce' ), 'wp_rest' );
	}

	/** @throws Refusal sallyport_invalid_code: another plugin vetoes it. */
	private function require_no_veto( WP_User $user, Answer $answer, string $issuer ): void {
		/**
		 * Lets a plugin refuse a right code at WP 2FA's REST login. It was WP 2FA's own filter.
		 *
		 * Security: it runs only for right codes, and cannot make a wrong one right.
		 *
		 * @param array{valid: bool} $valid    Anything but true for `valid` refuses.
		 * @param int                $user_id  The user whose code it is.
		 * @param string             $code     The code.
		 * @param string             $provider Name of the requested factor; empty: the user's own choice.
		 */
		$valid = apply_filters(
			'wp_2fa_validate_login_api',
			array( 'valid' => true ),
			$user->ID,
			$answer->require_code(),
			(string) $answer->factor
		);
		if ( ! is_array( $valid ) || true !== ( $valid['valid'] ?? null ) ) {
			$this->activity->record(
				Event::LoginRefused,
				$user->ID,
				$issuer,
				Code::InvalidCode->value,
				array( 'veto' => 'wp_2fa_validate_login_api' )
			);
			throw new Refusal( Code::InvalidCode );
		}
	}

	/**
	 * Merges path and body into one body, without its content type, because it is no longer JSON.
	 *
	 * @throws Refusal sallyport_ambiguous if they differ.
	 */
	private static function sent( WP_REST_Request $request ): WP_REST_Request {
		$body = $request->is_json_content_type() ? $request->get_json_params() : $request->get_body_params();
		$body = is_array( $body ) ? $body : array();
		foreach ( array_map( 'rawurldecode', $request->get_url_params() ) as $name => $value ) {
			if ( isset( $body[ $name ] ) && ( ! is_scalar( $body[ $name ] ) || (string) $body[ $name ] !== $value ) ) {
				throw new Refusal( Code::Ambiguous );
			}
			$body[ $name ] = $value;
		}
		$sent = new WP_REST_Request( 'POST' );
		$sent->set_headers( $request->get_headers() );
		$sent->remove_header( 'content_type' );
		$sent->set_query_params( $request->get_query_params() );
		$sent->set_body_params( $body );
		return $sent;
	}

	/** By the real method of the HTTP request: `_method` and its header do not turn a GET into a POST, or a POST into a GET. */
	private static function is_post( WP_REST_Request $request ): bool {
		return 'POST' === ( defined( 'REST_REQUEST' ) && REST_REQUEST ? Client::header( 'REQUEST_METHOD' ) : $request->get_method() );
	}

	/** @return array{status: true, message: string, redirect_to: string} */
	private static function success( WP_User $user ): array {
		return array(
			'status'      => true,
			'message'     => __( 'Successfully signed in with WP 2FA.', 'sallyport' ),
			/** This filter is documented in wp-login.php */
			'redirect_to' => (string) apply_filters( 'login_redirect', admin_url(), '', $user ),
		);
	}

	private static function failed( string $message, ?int $wait = null ): WP_REST_Response {
		$response = new WP_REST_Response(
			array(
				'status'      => false,
				'message'     => $message,
				'redirect_to' => '',
			) + ( null === $wait ? array() : array( 'retry_after' => $wait ) )
		);
		if ( null !== $wait ) {
			$response->header( 'Retry-After', (string) $wait );
		}
		return $response;
	}

	private static function invalid( string $message, int $status = 400 ): WP_REST_Response {
		return new WP_REST_Response(
			array(
				'code'    => 'invalid_request',
				'message' => $message,
				'data'    => array( 'status' => $status ),
			),
			$status
		);
	}
}
