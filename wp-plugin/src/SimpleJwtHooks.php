<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Sallyport\WP\Bridge\SimpleJwtAnswers;
use Sallyport\WP\Issuer\SimpleJwtLogin;

use function add_action; // By name alone each call would look in our namespace first.
use function add_filter;

/** Hooks of Simple JWT Login, registered only if it is active. */
final class SimpleJwtHooks {
	private const LAST = PHP_INT_MAX;

	public function __construct(
		private readonly Plugin $plugin,
		private readonly GateHooks $gate,
	) {}

	/** Simple JWT Login 4: it does not call `authenticate`, and most of what it does happens within its own routes. */
	public function register(): void {
		$p       = $this->plugin;
		$is_its  = static fn ( $handler ): bool => null !== SimpleJwtLogin::service( (array) $handler );
		$at_work = static fn (): bool => $p->has( 'simple_jwt_login' );
		// Its routes, and the tokens it signs in them.
		add_filter(
			'rest_request_before_callbacks',
			fn ( $response, $handler, $request ) => $is_its( $handler ) ? $p->simple_jwt_login()->begin( $response, $handler, $request ) : $response,
			self::LAST,
			3
		);
		// Its permission callback has just determined the user.
		add_filter(
			'rest_dispatch_request',
			fn ( $response, $request, $route, $handler ) => $is_its( $handler ) ? $p->simple_jwt_login()->dispatch( $response ) : $response,
			self::LAST,
			4
		);
		add_filter(
			'rest_request_after_callbacks',
			fn ( $response, $handler ) => $is_its( $handler ) ? $p->simple_jwt_login()->end( $response, $handler ) : $response,
			self::LAST,
			2
		);
		// After the headers were added.
		add_filter(
			'rest_post_dispatch',
			fn ( $response ) => $response instanceof \WP_REST_Response && $is_its( $response->get_matched_handler() )
				? SimpleJwtAnswers::envelope( $response )
				: $response,
			self::LAST
		);
		foreach ( array( SimpleJwtLogin::CLAIMS, SimpleJwtLogin::LOGGED_IN, SimpleJwtLogin::REFRESHED ) as $filter ) {
			add_filter( $filter, fn ( $value ) => $p->simple_jwt_login()->before_others( $filter, $value ), PHP_INT_MIN );
			add_filter(
				$filter,
				fn ( $value, $user ) => SimpleJwtLogin::CLAIMS === $filter
					? $p->simple_jwt_login()->sign( $value, $user )
					: $p->simple_jwt_login()->give( $filter, $value, $user ),
				self::LAST,
				2
			);
		}
		add_filter(
			'two_factor_user_api_login_enable',
			fn ( $enabled, $user = 0 ) => $p->has( 'gate' ) ? $p->simple_jwt_login()->lift( $enabled, GateHooks::user_id( $user ) ) : $enabled,
			self::LAST,
			2
		);

		// The users it sets as current, and what it does to them.
		// Before Acceptance removes the user.
		add_action(
			'set_current_user',
			fn () => $this->gate->must_prove( get_current_user_id() ) && $p->simple_jwt_credentials()->switched(),
			PHP_INT_MIN,
			0
		);
		add_action(
			'password_reset',
			fn ( $user ) => $at_work() && $user instanceof \WP_User && $p->simple_jwt_login()->before_harm( $user->ID ),
			0
		);
		add_action( 'delete_user', fn ( $id ) => $at_work() && $p->simple_jwt_login()->before_harm( (int) $id ), 0 );

		// Credentials in REST: it reads them at 0, and with WooCommerce at 5.
		add_filter(
			'rest_authentication_errors',
			fn ( $result ) => $p->has( 'own_issuer' ) || ( $p->has( 'presented' ) && $p->presented()->has_taken() )
				? $p->simple_jwt_credentials()->hide( $result )
				: $result,
			-1
		);
		add_filter(
			'rest_authentication_errors',
			fn ( $result ) => $p->has( 'simple_jwt_credentials' ) ? $p->simple_jwt_credentials()->reveal( $result ) : $result,
			6
		);
		add_filter(
			'rest_authentication_errors',
			fn ( $result ) => null !== $p->simple_jwt_issuer()->presented() ? $p->simple_jwt_credentials()->rest_errors( $result ) : $result,
			self::LAST
		);
	}
}
