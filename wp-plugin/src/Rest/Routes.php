<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Closure;
use Sallyport\WP\Gate\BridgedLogins;
use Sallyport\WP\Refusal;
use WP_Error;
use WP_REST_Request;
use WP_REST_Response;

/** Every route of ours, one line each. What answers is made when a route is called, not when it is registered. */
final class Routes {
	public const NAMESPACE = 'sallyport/v1';

	/**
	 * @param Closure(): TokenRoutes     $tokens
	 * @param Closure(): FamilyRoutes    $families
	 * @param Closure(): TwoFactorRoutes $two_factor
	 * @param Closure(): KeyRoutes       $keys
	 * @param Closure(): KeySet          $key_set
	 */
	public function __construct(
		private readonly Closure $tokens,
		private readonly Closure $families,
		private readonly Closure $two_factor,
		private readonly Closure $keys,
		private readonly Closure $key_set,
	) {}

	/** Action rest_api_init. */
	public function register(): void {
		self::add( 'POST', '/token', fn ( WP_REST_Request $r ) => ( $this->tokens )()->token( $r ) );
		self::add( 'POST', '/login', fn ( WP_REST_Request $r ) => ( $this->tokens )()->login( $r ) );
		self::add( 'POST', '/token/validate', fn ( WP_REST_Request $r ) => ( $this->tokens )()->validate( $r ) );
		self::add( 'POST', '/challenge/verify', fn ( WP_REST_Request $r ) => ( $this->tokens )()->verify( $r ), takes_challenge: true );

		self::add( 'POST', '/token/refresh', fn ( WP_REST_Request $r ) => ( $this->families )()->refresh( $r ) );
		self::add( 'POST', '/token/revoke', fn ( WP_REST_Request $r ) => ( $this->families )()->revoke( $r ) );
		self::add( 'GET', '/tokens', fn () => ( $this->families )()->all() );
		self::add( 'DELETE', '/tokens', fn () => ( $this->families )()->end_others() );
		self::add( 'DELETE', '/tokens/(?P<id>\d{1,18})', fn ( WP_REST_Request $r ) => ( $this->families )()->end( $r ) );

		self::add( 'GET', '/two-factor', fn () => ( $this->two_factor )()->show() );
		self::add( 'POST', '/two-factor/enable', fn ( WP_REST_Request $r ) => ( $this->two_factor )()->enable( $r ) );
		self::add( 'POST', '/two-factor/get-totp-uri', fn ( WP_REST_Request $r ) => ( $this->two_factor )()->totp_uri( $r ) );
		self::add( 'POST', '/two-factor/verify-totp', fn ( WP_REST_Request $r ) => ( $this->two_factor )()->verify_totp( $r ), takes_challenge: true );
		self::add( 'POST', '/two-factor/verify-backup-code', fn ( WP_REST_Request $r ) => ( $this->two_factor )()->verify_backup_code( $r ), takes_challenge: true );
		self::add( 'POST', '/two-factor/generate-backup-codes', fn ( WP_REST_Request $r ) => ( $this->two_factor )()->generate_backup_codes( $r ) );
		self::add( 'POST', '/two-factor/disable', fn ( WP_REST_Request $r ) => ( $this->two_factor )()->disable( $r ) );

		self::add( 'GET', KeySet::ROUTE, fn ( WP_REST_Request $r ) => ( $this->key_set )()->show( (string) $r->get_header( 'if_none_match' ) ) );
		self::add( 'GET', '/keys', fn () => ( $this->keys )()->show() );
		self::add( 'POST', '/keys', fn ( WP_REST_Request $r ) => ( $this->keys )()->change( $r ) );
	}

	/**
	 * @param callable(WP_REST_Request): (WP_REST_Response|array<string, mixed>) $callback        May throw Refusal: it becomes the contract's error.
	 * @param bool                                                               $takes_challenge Whether a challenge may come as a Bearer.
	 */
	private static function add( string $method, string $path, callable $callback, bool $takes_challenge = false ): void {
		register_rest_route(
			self::NAMESPACE,
			$path,
			array(
				'methods'             => $method,
				'callback'            => static function ( WP_REST_Request $request ) use ( $callback ): WP_REST_Response|WP_Error {
					try {
						return rest_ensure_response( $callback( $request ) );
					} catch ( Refusal $refusal ) {
						return $refusal->to_error();
					}
				},
				// Who may is decided by the callback, from the password, the challenge or the caller's proof, with the contract's codes.
				'permission_callback' => '__return_true',
				BridgedLogins::TAKES_CHALLENGE => $takes_challenge,
			)
		);
	}
}
