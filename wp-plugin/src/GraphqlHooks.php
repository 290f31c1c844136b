<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Bridge\GraphqlLogins;
use Sallyport\WP\Rest\Cors;

use function add_action; // By name alone each call would look in our namespace first.
use function add_filter;

/** Hooks of WPGraphQL and of the plugins that issue tokens in it, registered only if those are active. */
final class GraphqlHooks {
	private const LAST = PHP_INT_MAX;

	public function __construct(
		private readonly Plugin $plugin,
		private readonly GateHooks $gate,
	) {}

	/** WPGraphQL: reports a refused credential in its own envelope. */
	public function register(): void {
		$p = $this->plugin;
		// WPGraphQL ignores a cookie without a nonce, so a plugin that finds a user from here on finds them by something else.
		add_action(
			'graphql_process_http_request',
			fn () => $p->has( 'acceptance' ) && ! is_user_logged_in() && $p->acceptance()->drop_cookies(),
			PHP_INT_MIN
		);
		// Pages run GraphQL requests as well, as any user.
		add_filter(
			'pre_graphql_execute_request',
			fn ( $answer, $request ) => defined( 'GRAPHQL_HTTP_REQUEST' )
				? $p->graphql_answers()->execute( $answer, $request->get_params() )
				: $answer,
			self::LAST,
			2
		);
		add_filter(
			'wp_pre_insert_user_data',
			fn ( $row ) => is_graphql_request() && $this->gate->must_prove( get_current_user_id() )
				? $p->graphql_answers()->name_step_up( $row )
				: $row,
			self::LAST
		);
		add_filter(
			'graphql_request_results',
			fn ( $result ) => $p->settings()->get( 'strict' ) ? $p->outgoing()->graphql( $result ) : $result,
			self::LAST
		);
		add_filter(
			'graphql_response_headers_to_send',
			fn ( $headers ) => $p->settings()->get( 'strict' ) ? $p->outgoing()->graphql_headers( $headers ) : $headers,
			self::LAST
		);
		add_filter( 'graphql_response_status_code', fn ( $status ) => $p->graphql_answers()->status( $status ), self::LAST );
		// The plugins add their tokens at 10.
		add_filter( 'graphql_response_headers_to_send', fn ( $headers ) => $p->graphql_answers()->headers( $headers ), self::LAST );
		// As in REST, other answers are left alone, except to a preflight.
		add_filter(
			'graphql_access_control_allow_headers',
			fn ( $names ) => 'OPTIONS' === Client::header( 'REQUEST_METHOD' ) ? Cors::allowed( $names ) : $names
		);
	}

	/** The token issuers of WPGraphQL, where a login is a mutation. */
	public function register_logins( bool $jwt, bool $headless ): void {
		$p = $this->plugin;
		add_action( 'graphql_register_types', fn () => GraphqlLogins::register_fields(), self::LAST );
		add_filter(
			'graphql_pre_mutate_and_get_payload',
			fn ( $payload, $name, $callback, $input ) => $p->graphql_logins()->begin( $payload, $callback, (array) $input ),
			self::LAST,
			4
		);
		// The last callback is for other doors.
		add_filter(
			'authenticate',
			fn ( $user, $name = '', $password = '' ) => $user instanceof \WP_User && $p->has( 'graphql_logins' )
				? $p->graphql_logins()->authenticate( $user, empty( $name ) && empty( $password ) )
				: $user,
			self::LAST - 1,
			3
		);
		// Before Acceptance removes the user a mutation found.
		add_action( 'set_current_user', fn () => $p->has( 'graphql_logins' ) && $p->graphql_logins()->switched(), PHP_INT_MIN, 0 );
		add_action( 'graphql_mutation_response', fn () => $p->graphql_logins()->end() );
		foreach ( array( 'graphql_jwt_auth_get_auth_header', 'graphql_login_auth_header' ) as $header ) {
			// Otherwise they would reject our token as an invalid one of theirs.
			add_filter( $header, fn ( $sent ) => $p->has( 'own_issuer' ) && $p->own_issuer()->is_bearer() ? '' : $sent );
		}

		// Every token is signed here, whether a field, a header or a mutation asks for it. REST still issues tokens if
		// WPGraphQL itself is inactive.
		if ( $jwt ) {
			add_filter(
				'graphql_jwt_auth_token_before_sign',
				fn ( $claims, $user ) => $p->graphql_logins()->stamp( $p->wp_graphql_jwt(), $claims, $user->ID ),
				self::LAST,
				2
			);
			add_filter(
				'graphql_jwt_auth_signed_token',
				fn ( $token, $id ) => $p->graphql_logins()->release( $p->wp_graphql_jwt(), $token, (int) $id ),
				self::LAST,
				2
			);
		}
		if ( $headless ) {
			add_filter(
				'graphql_login_signed_token',
				fn ( $token, $id ) => $p->graphql_logins()->sign_and_release( $p->headless_login(), $token, (int) $id ),
				self::LAST,
				2
			);
		}
	}
}
