<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

use Closure;

/**
 * One door, and how to try it with the right password, or with what a password yielded, but without a second factor.
 *
 * Each door is tried twice: before the visitor has a factor, when it should let them in, and after. A door that did not open
 * before proves nothing after.
 */
final class Knock {
	/**
	 * @param string                            $door     Stable, in lower case: `tmeister: token`.
	 * @param string                            $gate     What guards it, in English: a class of ours.
	 * @param Closure(Visitor, Loopback): ?Heard $try      Null if this site has no such door.
	 * @param list<string>                      $betrays  Patterns over the header lines and then the body, for credentials other
	 *                                                    than JWTs, WordPress cookies and the visitor's own address: an opaque
	 *                                                    refresh token.
	 * @param string                            $nobody   A pattern over the body: the answer to a request whose credential was
	 *                                                    ignored.
	 * @param bool                              $bridged  Whether no token may come out of it. False for a plugin without a
	 *                                                    bridge: its tokens are not accepted here.
	 * @param string                            $why_not  Why this door is not tried; '' if it is.
	 */
	public function __construct(
		public readonly string $door,
		public readonly string $gate,
		private readonly Closure $try,
		public readonly array $betrays = array(),
		public readonly string $nobody = '/"rest_not_logged_in"/',
		public readonly bool $bridged = true,
		public readonly string $why_not = '',
	) {}

	/**
	 * A door that exists, but cannot be tried with a password alone.
	 *
	 * @param string $why_not In English, for people.
	 */
	public static function not_made( string $door, string $gate, string $why_not ): self {
		return new self( $door, $gate, static fn (): ?Heard => null, why_not: $why_not );
	}

	/**
	 * A REST login that accepts user name and password.
	 *
	 * @param string               $route Below /wp-json.
	 * @param array<string, mixed> $more  Further fields.
	 */
	public static function login( string $door, string $gate, string $route, array $more = array() ): self {
		return new self(
			$door,
			$gate,
			static fn ( Visitor $visitor, Loopback $http ): Heard => $http->post(
				rest_url( $route ),
				array(
					'username' => $visitor->login,
					'password' => $visitor->password,
				) + $more
			)
		);
	}

	/**
	 * A mutation of WPGraphQL.
	 *
	 * @param string                                                               $asked Fields of its answer to ask for.
	 * @param Closure(string, string, array<string, mixed>): ?array<string, mixed> $input From the user name, the password, and what
	 *                                                                                    the door $login returned before the
	 *                                                                                    enrolment; null: no such door.
	 */
	public static function mutation( string $door, string $gate, string $mutation, string $asked, Closure $input, string $login ): self {
		$try = static function ( Visitor $visitor, Loopback $http ) use ( $mutation, $asked, $input, $login ): ?Heard {
			$before = (array) $visitor->before( $login )?->json();
			$given  = $input( $visitor->login, $visitor->password, (array) ( $before['data']['login'] ?? array() ) );
			$body   = array(
				'query'     => sprintf( 'mutation($input: %sInput!) { %s(input: $input) { %s } }', ucfirst( $mutation ), $mutation, $asked ),
				'variables' => array( 'input' => $given ),
			);
			return null === $given ? null : $http->post( graphql_get_endpoint_url(), $body );
		};
		return new self( $door, $gate, $try );
	}

	/**
	 * A route that accepts Basic authentication.
	 *
	 * @param string $route Below /wp-json.
	 */
	public static function basic( string $door, string $gate, string $route ): self {
		return new self(
			$door,
			$gate,
			static fn ( Visitor $visitor, Loopback $http ): Heard => $http->post(
				rest_url( $route ),
				array(),
				Loopback::basic( $visitor->login, $visitor->password )
			)
		);
	}

	/**
	 * A login that accepts user name and password only as a form.
	 *
	 * @param string $route Below /wp-json.
	 */
	public static function form( string $door, string $gate, string $route ): self {
		return new self(
			$door,
			$gate,
			static fn ( Visitor $visitor, Loopback $http ): Heard => $http->form(
				rest_url( $route ),
				array(
					'username' => $visitor->login,
					'password' => $visitor->password,
				)
			)
		);
	}

	/**
	 * A route that returns something for a token from before the enrolment, sent as a Bearer.
	 *
	 * @param string                       $route Below /wp-json.
	 * @param Closure(array<mixed>): mixed $pick   The token in the earlier answer.
	 * @param string                       $from   The door that issued it.
	 * @param array<string, mixed>         $fields Sent along as JSON.
	 * @param string                       $gives  The member of an answer that is a credential; '' if there is none.
	 */
	public static function with_bearer(
		string $door,
		string $gate,
		string $method,
		string $route,
		Closure $pick,
		string $from,
		array $fields = array(),
		string $gives = '',
	): self {
		$body = array() === $fields ? '' : (string) wp_json_encode( $fields );
		$type = array() === $fields ? array() : array( 'Content-Type' => 'application/json' );
		return new self(
			$door,
			$gate,
			static function ( Visitor $visitor, Loopback $http ) use ( $method, $route, $pick, $from, $body, $type ): ?Heard {
				$token = $pick( (array) $visitor->before( $from )?->json() );
				return is_string( $token )
					? $http->send( $method, rest_url( $route ), $body, array( 'Authorization' => 'Bearer ' . $token ) + $type )
					: null;
			},
			'' === $gives ? array() : array( self::gives( $gives ) )
		);
	}

	/**
	 * A header that identifies a user: a credential that a door issued before the enrolment.
	 *
	 * @param Closure(array<mixed>): mixed $pick The credential in the earlier answer.
	 * @param string                       $from The door that issued it.
	 */
	public static function with_header( string $door, string $gate, string $header, Closure $pick, string $from ): self {
		return new self(
			$door,
			$gate,
			static function ( Visitor $visitor, Loopback $http ) use ( $header, $pick, $from ): ?Heard {
				$value = $pick( (array) $visitor->before( $from )?->json() );
				return is_string( $value ) ? $http->get( Loopback::own_profile(), array( $header => $value ) ) : null;
			}
		);
	}

	/**
	 * A route that returns something, perhaps a new refresh token, for a refresh token from before the enrolment.
	 *
	 * @param string                       $route Below /wp-json.
	 * @param Closure(array<mixed>): mixed $pick  The token in the earlier answer.
	 * @param list<string>                 $from  The doors that issued it, the newest first.
	 */
	public static function with_field( string $door, string $gate, string $route, string $field, Closure $pick, array $from ): self {
		return new self(
			$door,
			$gate,
			static function ( Visitor $visitor, Loopback $http ) use ( $route, $field, $pick, $from ): ?Heard {
				foreach ( $from as $before ) {
					$value = $pick( (array) $visitor->before( $before )?->json() );
					if ( is_string( $value ) ) {
						return $http->post( rest_url( $route ), array( $field => $value ) );
					}
				}
				return null;
			},
			array( self::gives( $field ) )
		);
	}

	/**
	 * A route that returns something, perhaps a new cookie, for the cookie of a login from before the enrolment.
	 *
	 * @param string       $route Below /wp-json.
	 * @param list<string> $from  The doors that set it, the newest first.
	 */
	public static function with_cookie( string $door, string $gate, string $route, string $cookie, array $from ): self {
		return new self(
			$door,
			$gate,
			static function ( Visitor $visitor, Loopback $http ) use ( $route, $cookie, $from ): ?Heard {
				foreach ( $from as $before ) {
					$value = $visitor->before( $before )?->cookies[ $cookie ] ?? null;
					if ( null !== $value ) {
						return $http->post( rest_url( $route ), array(), Loopback::cookies( array( $cookie => $value ) ) );
					}
				}
				return null;
			},
			array( '/^set-cookie: ' . preg_quote( $cookie, '/' ) . '=/mi' )
		);
	}

	/** A pattern that matches text in this JSON member. */
	private static function gives( string $member ): string {
		return '/"' . preg_quote( $member, '/' ) . '":"/';
	}

	public function try( Visitor $visitor, Loopback $http ): ?Heard {
		return ( $this->try )( $visitor, $http );
	}
}
