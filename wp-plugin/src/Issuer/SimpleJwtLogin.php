<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use SimpleJWTLogin\Helpers\Jwt\JwtKeyFactory;
use SimpleJWTLogin\Helpers\ServerHelper;
use SimpleJWTLogin\Libraries\ParseRequest;
use SimpleJWTLogin\Modules\Jwt\JwtWrapper;
use SimpleJWTLogin\Modules\Settings\LoginSettings;
use SimpleJWTLogin\Modules\SimpleJWTLoginSettings;
use SimpleJWTLogin\Repositories\Wordpress\WordPressRepository;
use SimpleJWTLogin\Routes\Handlers\RouteHandler;
use SimpleJWTLogin\Services\ApiKeys\CreateApiKeyService;
use SimpleJWTLogin\Services\AuthenticateService;
use SimpleJWTLogin\Services\Integrations\TwoFactor\TwoFactorBridge;
use SimpleJWTLogin\Services\Integrations\WooCommerce\WooCommerceBridge;
use SimpleJWTLogin\Services\LoginService;
use SimpleJWTLogin\Services\OAuthService;
use SimpleJWTLogin\Services\RouteService;
use SimpleJWTLogin\Services\ValidateTokenService;
use Throwable;
use WP_REST_Response;
use WP_User;

/** Simple JWT Login, by Nicu Micle, 4.0. Bridge\SimpleJwtLogin guards its doors. */
final class SimpleJwtLogin implements Issuer, Knocks, Leaves, Covers {
	public const NAME = 'simple-jwt-login';

	/** Its filters that we need. It fires a filter only if the administrator enabled it in its settings. */
	public const CLAIMS    = 'simple_jwt_login_generate_payload';
	public const LOGGED_IN = 'simple_jwt_login_response_auth_user';
	public const REFRESHED = 'simple_jwt_login_response_refresh_token';

	/** @var list<string>|null The filters the administrator enabled; null before we added ours. */
	private ?array $ticked = null;

	public function name(): string {
		return self::NAME;
	}

	/** Uses the plugin's own reader: header, cookie, PHP session, form or URL, as its settings say. */
	public function presented(): ?string {
		if ( ! class_exists( SimpleJWTLoginSettings::class, false ) || ! $this->reads() ) {
			return null;
		}
		$token = $this->reader()->getJwtFromRequestHeaderOrCookie();
		// It also reads our challenges, and can do nothing with them.
		return is_string( $token ) && 2 === substr_count( $token, '.' ) ? $token : null;
	}

	/** Whether it identified this REST request's user by the token. Not on its own routes, which read the token themselves. */
	public function is_authentication(): bool {
		$settings = $this->settings();
		return 0 < did_filter( 'rest_authentication_errors' )
			&& (
				(
					$settings->getGeneralSettings()->isMiddlewareEnabled()
					&& ! str_contains( $this->address(), $settings->getGeneralSettings()->getRouteNamespace() )
				)
				|| $this->is_shop()
			);
	}

	public function is_login( array $handler ): bool {
		return in_array( self::service( $handler ), array( AuthenticateService::class, OAuthService::class ), true );
	}

	public function is_validation( array $handler ): bool {
		return ValidateTokenService::class === self::service( $handler );
	}

	/** The plugin's settings say which claim it is, and what it contains. */
	public function user_in( array $claims ): int {
		$login = $this->settings()->getLoginSettings();
		foreach ( explode( '.', (string) $login->getJwtLoginByParameter() ) as $name ) {
			$claims = is_array( $claims ) ? $claims[ $name ] ?? null : null;
		}
		$field = match ( $login->getJWTLoginBy() ) {
			LoginSettings::JWT_LOGIN_BY_EMAIL      => 'email',
			LoginSettings::JWT_LOGIN_BY_USER_LOGIN => 'login',
			default                                => 'id',
		};
		$user = is_scalar( $claims ) ? get_user_by( $field, 'id' === $field ? (int) $claims : (string) $claims ) : false;
		return $user ? $user->ID : 0;
	}

	/** Its route reads php://input, and exits. So its service is run without the route, after the route's permission checks. */
	public function mint( Proof $proof ): WP_REST_Response {
		$user    = get_userdata( $proof->user_id );
		$handler = $user ? $this->handler( AuthenticateService::class ) : null;
		if ( null === $handler ) {
			throw Refusal::unavailable( Problem::Issuer );
		}
		$this->listen();
		try {
			return OneShot::with_password_of( $user, fn (): WP_REST_Response => self::authenticate( $handler, $user ) );
		} catch ( Refusal $refusal ) {
			throw $refusal;
		} catch ( Throwable ) {
			throw Refusal::unavailable( Problem::Issuer );
		}
	}

	public function token_in( WP_REST_Response $response ): ?string {
		$token = ( (array) $response->get_data() )['data']['jwt'] ?? null;
		return is_string( $token ) ? $token : null;
	}

	public function gate( array $handler ): ?string {
		return match ( self::service( $handler ) ) {
			null                => null,
			LoginService::class => 'Bridge\SimpleJwtCredentials',
			default             => 'Bridge\SimpleJwtLogin, Gate\Acceptance',
		};
	}

	public function knocks(): array {
		return class_exists( SimpleJWTLoginSettings::class, false ) ? SimpleJwtKnocks::all( $this->settings(), $this->namespace() ) : array();
	}

	/** The plugin keeps the API keys of deleted users. */
	public function forget( int $user_id ): void {
		$handler = class_exists( SimpleJWTLoginSettings::class, false ) ? $this->handler( CreateApiKeyService::class ) : null;
		$keys    = null === $handler ? null : ( fn (): mixed => $this->apiKeyRepository )->call( $handler );
		foreach ( null === $keys ? array() : $keys->findByUserId( $user_id, 1, 100 )['items'] as $key ) {
			$keys->deleteById( (int) $key->id );
		}
	}

	/**
	 * The plugin's service behind a REST handler; null if the handler is not its own.
	 *
	 * @param array<string, mixed> $handler As WP_REST_Server matched it.
	 */
	public static function service( array $handler ): ?string {
		$callback = $handler['callback'] ?? null;
		if ( ! is_object( $callback ) || ! is_a( $callback, RouteHandler::class ) ) {
			return null;
		}
		return ( fn (): mixed => $this->route['service'] ?? null )->call( $callback );
	}

	/** @return array<array-key, mixed> This request's parameters as the plugin parses them, whatever the content type. */
	public function sent(): array {
		$has_body = (int) ( $_SERVER['CONTENT_LENGTH'] ?? 0 ) > 0 || '' !== trim( (string) ( $_SERVER['CONTENT_TYPE'] ?? '' ) ); // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- compared only.
		$body     = $has_body ? ParseRequest::process( $_SERVER )['variables'] ?? array() : array();
		return array_merge( wp_unslash( $_REQUEST ), (array) $body ); // phpcs:ignore WordPress.Security.NonceVerification -- as the plugin reads it.
	}

	/**
	 * The user who is in the plugin's own second step, by this request's token if the plugin accepts it; 0 if there is none. Users
	 * can choose claims of their tokens, so the nonce must show that the token was made for that step.
	 */
	public function in_second_step(): int {
		try {
			$settings = $this->settings();
			$claims   = (array) ( new JwtWrapper() )->decode(
				(string) $this->presented(),
				JwtKeyFactory::getFactory( $settings )->getPublicKey(),
				array( $settings->getGeneralSettings()->getJWTDecryptAlgorithm() )
			);
			$user_id  = self::user_of_second_step( $claims );
			$nonce    = $claims['tfa_nonce'] ?? null;
			$plugin   = new TwoFactorBridge();
			$is_its   = 0 !== $user_id
				&& ! empty( $claims['tfa_pending'] )
				&& is_string( $nonce )
				&& $plugin->isAvailable()
				&& $plugin->verifyNonce( $user_id, $nonce );
			return $is_its ? $user_id : 0;
		} catch ( Throwable ) {
			return 0; // The plugin reports why.
		}
	}

	/** @param array<string, mixed> $claims Of a token for that step. */
	public static function user_of_second_step( array $claims ): int {
		return (int) ( is_scalar( $claims['tfa_user_id'] ?? null ) ? $claims['tfa_user_id'] : 0 );
	}

	/** The API key of this request; null if the plugin accepts none. */
	public function api_key(): ?string {
		$keys = $this->settings()->getApiKeysSettings();
		$key  = $keys->isEnabled() ? trim( (string) $this->server()->getHeader( strtolower( $keys->getHeaderName() ) ) ) : '';
		return '' === $key ? null : $key;
	}

	/** Enables the filters that we need for this request. Nothing is stored. */
	public function listen(): void {
		$hooks          = $this->settings()->getHooksSettings();
		$this->ticked ??= array_values( $hooks->getEnabledHooks() );
		$hooks->withSettings(
			array( 'hooks' => array( 'enabled_hooks' => array( ...$this->ticked, self::CLAIMS, self::LOGGED_IN, self::REFRESHED ) ) )
		);
	}

	/** Whether the administrator enabled this filter for other plugins. */
	public function is_ticked( string $filter ): bool {
		return null === $this->ticked || in_array( $filter, $this->ticked, true );
	}

	/** Lifetimes of a token and of a refresh token, in seconds. */
	public function lifetime(): int {
		return max( 1, (int) $this->settings()->getAuthenticationSettings()->getAuthJwtTtl() ) * MINUTE_IN_SECONDS;
	}
	public function refresh_lifetime(): int {
		return (int) $this->settings()->getAuthenticationSettings()->getAuthJwtRefreshTtl() * MINUTE_IN_SECONDS;
	}

	/** Whether the plugin already reads a token in this request. */
	private function reads(): bool {
		if ( 0 < did_action( 'init_graphql_request' ) ) {
			return $this->settings()->getIntegrationsSettings()->wpgraphql()->isEnabled();
		}
		return $this->is_authentication()
			|| ( 0 < did_filter( 'rest_authentication_errors' ) && str_contains( rawurldecode( $this->address() ), $this->namespace() ) );
	}

	private function is_shop(): bool {
		return $this->settings()->getIntegrationsSettings()->woocommerce()->isEnabled()
			&& ( new WooCommerceBridge() )->isWooCommerceRequest( $this->address() );
	}

	/** @return RouteHandler|null The plugin's own, which holds everything that the service needs. */
	private function handler( string $service ): ?object {
		foreach ( rest_get_server()->get_routes( $this->namespace() ) as $handlers ) {
			foreach ( $handlers as $handler ) {
				if ( self::service( (array) $handler ) === $service ) {
					return $handler['callback'];
				}
			}
		}
		return null;
	}

	/** Logs the user in as the plugin would after a right password: with its answer, its refresh token, its hooks and its log. */
	private static function authenticate( object $handler, WP_User $user ): WP_REST_Response {
		$make = function ( array $request ): object {
			$service = ( new $this->route['service']() )
				->withRequestMethod( 'POST' )
				->withRequest( $request )
				->withCookies( array() )
				->withServerHelper( $this->serverHelper )
				->withSettings( $this->jwtSettings )
				->withRefreshTokenRepository( $this->tokenRepository )
				->withRevokedTokenRepository( $this->revokedTokenRepo );
			return null === $this->webhookLogRepo ? $service : $service->withWebhookLogRepository( $this->webhookLogRepo );
		};
		return $make->call(
			$handler,
			array(
				'username' => $user->user_login,
				'password' => bin2hex( random_bytes( 16 ) ),
			)
		)->authenticateUser();
	}

	private function reader(): RouteService {
		return ( new RouteService() )->withSettings( $this->settings() )->withRequest( $this->sent() )->withCookies( $_COOKIE )->withSession(
			$_SESSION ?? array()
		)->withServerHelper( $this->server() );
	}

	private function settings(): SimpleJWTLoginSettings {
		return new SimpleJWTLoginSettings( WordPressRepository::getInstance() );
	}

	private function server(): ServerHelper {
		return new ServerHelper( $_SERVER );
	}

	private function address(): string {
		return isset( $_SERVER['HTTP_HOST'], $_SERVER['REQUEST_URI'] ) ? $this->server()->getCurrentURL() : '';
	}

	/** Namespace of its routes, without slashes. */
	private function namespace(): string {
		return trim( $this->settings()->getGeneralSettings()->getRouteNamespace(), '/' );
	}
}
