<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

use Sallyport\WP\Namespaces;
use WP_Application_Passwords;
use WP_REST_Request;
use WP_User;

/** The doors of WordPress, and our own. A bridge adds its plugin's (Issuer\Knocks). */
final class CoreKnocks {
	/** Gate of Sallyport's own routes. */
	private const OWN = 'Gate\Gate';

	/** Gate of everything that calls core's `authenticate`. */
	private const OTHERS = 'Gate\OtherDoors';

	public function __construct( private readonly Namespaces $namespaces ) {}

	/** @return list<Knock> */
	public function all(): array {
		return array( ...$this->own(), ...$this->shapes(), ...self::forms(), ...self::credentials(), ...$this->inside() );
	}

	/** @return list<Knock> */
	private function own(): array {
		$route = $this->namespaces->own();
		return array(
			Knock::login( 'sallyport: token', self::OWN, $route . '/token' ),
			Knock::login( 'sallyport: login', self::OWN, $route . '/login' ),
			Knock::login( 'sallyport: sign-in/username', self::OWN, $route . '/sign-in/username' ),
			new Knock(
				'sallyport: sign-in/email',
				self::OWN,
				static fn ( Visitor $visitor, Loopback $http ): Heard => $http->post(
					rest_url( $route . '/sign-in/email' ),
					array(
						'email'    => $visitor->email,
						'password' => $visitor->password,
					)
				)
			),
			Knock::login( 'headlesskey: token', self::OWN, 'headlesskey/v1/token' ),
			new Knock(
				'sallyport: token/refresh',
				self::OWN,
				static fn ( Visitor $visitor, Loopback $http ): ?Heard => self::refresh( $route, $visitor, $http ),
				array( '/"refresh_token":"/' )
			),
		);
	}

	/**
	 * The same request in all the shapes that WordPress accepts.
	 *
	 * @return list<Knock>
	 */
	private function shapes(): array {
		$route    = '/' . $this->namespaces->own() . '/token';
		$password = static fn ( Visitor $visitor ): array => array(
			'username' => $visitor->login,
			'password' => $visitor->password,
		);
		return array(
			new Knock(
				'?rest_route=',
				self::OWN,
				static fn ( Visitor $visitor, Loopback $http ): Heard => $http->post( home_url( '/?rest_route=' . $route ), $password( $visitor ) )
			),
			new Knock(
				'?_method=POST',
				self::OWN,
				static fn ( Visitor $visitor, Loopback $http ): Heard => $http->send(
					'PUT',
					add_query_arg( '_method', 'POST', rest_url( $route ) ),
					(string) wp_json_encode( $password( $visitor ) ),
					array( 'Content-Type' => 'application/json' )
				)
			),
			new Knock(
				'batch/v1',
				self::OWN,
				static fn ( Visitor $visitor, Loopback $http ): Heard => $http->post(
					rest_url( 'batch/v1' ),
					array(
						'requests' => array(
							array(
								'method' => 'POST',
								'path'   => $route,
								'body'   => $password( $visitor ),
							),
						),
					)
				)
			),
		);
	}

	/** @return list<Knock> */
	private static function forms(): array {
		$call = static fn ( string $method, string $value ): string => '<?xml version="1.0"?><methodCall><methodName>' . $method
			. '</methodName><params>' . $value . '</params></methodCall>';
		$text = static fn ( string $value ): string => '<value><string>' . $value . '</string></value>';
		$rpc  = static fn ( Loopback $http, string $xml ): Heard => $http->send(
			'POST',
			site_url( 'xmlrpc.php' ),
			$xml,
			array( 'Content-Type' => 'text/xml' )
		);
		return array(
			new Knock(
				'wp-login.php',
				self::OTHERS,
				static fn ( Visitor $visitor, Loopback $http ): Heard => $http->form(
					site_url( 'wp-login.php', 'login_post' ),
					array(
						'log'        => $visitor->login,
						'pwd'        => $visitor->password,
						'wp-submit'  => 'Log In',
						'testcookie' => '1',
					),
					Loopback::cookies( array( TEST_COOKIE => 'WP Cookie check' ) )
				)
			),
			new Knock(
				'xmlrpc.php',
				self::OTHERS,
				static fn ( Visitor $visitor, Loopback $http ): Heard => $rpc(
					$http,
					$call(
						'wp.getProfile',
						implode(
							'',
							array_map(
								static fn ( string $value ): string => '<param>' . $text( $value ) . '</param>',
								array( (string) get_current_blog_id(), $visitor->login, $visitor->password )
							)
						)
					)
				)
			),
			new Knock(
				'xmlrpc.php: system.multicall',
				self::OTHERS,
				static fn ( Visitor $visitor, Loopback $http ): Heard => $rpc(
					$http,
					$call(
						'system.multicall',
						'<param><value><array><data><value><struct><member><name>methodName</name>' . $text( 'wp.getProfile' )
						. '</member><member><name>params</name><value><array><data>'
						. $text( (string) get_current_blog_id() ) . $text( $visitor->login ) . $text( $visitor->password )
						. '</data></array></value></member></struct></value></data></array></value></param>'
					)
				)
			),
		);
	}

	/** @return list<Knock> */
	private static function credentials(): array {
		return array(
			// Core takes it for an application password.
			new Knock(
				'REST: Basic authentication with the password',
				self::OTHERS,
				static fn ( Visitor $visitor, Loopback $http ): Heard => $http->get(
					Loopback::own_profile(),
					Loopback::basic( $visitor->login, $visitor->password )
				),
				nobody: '/"(rest_not_logged_in|incorrect_password)"/'
			),
			new Knock(
				'REST: application password',
				'Gate\Acceptance',
				static fn ( Visitor $visitor, Loopback $http ): ?Heard => self::with_app_password(
					$visitor,
					static fn ( #[\SensitiveParameter] string $password ): Heard => $http->get(
						Loopback::own_profile(),
						Loopback::basic( $visitor->login, $password )
					)
				)
			),
			CredentialKnocks::unproven(),
		);
	}

	/**
	 * Doors that code on this site opens without a request of their own.
	 *
	 * @return list<Knock>
	 */
	private function inside(): array {
		$route = '/' . $this->namespaces->own() . '/token';
		return array(
			new Knock(
				'wp_authenticate()',
				self::OTHERS,
				static fn ( Visitor $visitor ): Heard => self::found( wp_authenticate( $visitor->login, $visitor->password ) )
			),
			new Knock( 'rest_do_request()', self::OWN, static fn ( Visitor $visitor ): Heard => self::dispatched( $route, $visitor ) ),
		);
	}

	private static function refresh( string $route, Visitor $visitor, Loopback $http ): ?Heard {
		$last    = $visitor->before( 'sallyport: token/refresh' ) ?? $visitor->before( 'sallyport: token' );
		$refresh = ( (array) $last?->json() )['refresh_token'] ?? null;
		return is_string( $refresh ) ? $http->post( rest_url( $route . '/token/refresh' ), array( 'refresh_token' => $refresh ) ) : null;
	}

	/** @param callable(string): Heard $knock */
	private static function with_app_password( Visitor $visitor, callable $knock ): ?Heard {
		$made = wp_is_application_passwords_available()
			? WP_Application_Passwords::create_new_application_password(
				$visitor->id,
				array( 'name' => 'Sallyport probe ' . bin2hex( random_bytes( 4 ) ) )
			)
			: null;
		return is_array( $made ) ? $knock( $made[0] ) : null;
	}

	private static function found( mixed $user ): Heard {
		return Heard::inside( $user instanceof WP_User ? array( 'email' => $user->user_email ) : $user );
	}

	private static function dispatched( string $route, Visitor $visitor ): Heard {
		$request = new WP_REST_Request( 'POST', $route );
		$request->set_body_params(
			array(
				'username' => $visitor->login,
				'password' => $visitor->password,
			)
		);
		$response = rest_do_request( $request );
		return new Heard( $response->get_status(), '', (string) wp_json_encode( $response->get_data() ) );
	}
}
