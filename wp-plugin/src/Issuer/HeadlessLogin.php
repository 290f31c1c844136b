<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Probe\Knock;
use WP_User;
use WPGraphQL\Login\Auth\Auth;
use WPGraphQL\Login\Auth\AuthCookie;
use WPGraphQL\Login\Auth\ProviderRegistry;
use WPGraphQL\Login\Auth\TokenManager;
use WPGraphQL\Login\Auth\User;
use WPGraphQL\Login\Mutation\Login;
use WPGraphQL\Login\Mutation\RefreshToken;
use WPGraphQL\Login\Vendor\Firebase\JWT\JWT;

/** Headless Login for WPGraphQL, by AxePress, 0.4. */
final class HeadlessLogin extends GraphqlIssuer {
	public const NAME = 'headless_login';

	public function name(): string {
		return self::NAME;
	}

	/** Uses the plugin's own function, with its filter, even if a conflict keeps the rest of the plugin inactive. */
	public function presented(): ?string {
		return self::bearer_in( TokenManager::get_auth_header() );
	}

	public function is_login_mutation( mixed $callback ): bool {
		return self::is_of( $callback, Login::class );
	}

	/** Sanitised, as the plugin does before it reads it. */
	public function refresh_token( mixed $callback, array $input ): ?string {
		$token = self::is_of( $callback, RefreshToken::class ) ? $input['refreshToken'] ?? null : null;
		return is_string( $token ) ? sanitize_text_field( $token ) : null;
	}

	/** Never: nothing reads its header of that name. */
	public function refresh_token_in_header(): ?string {
		return null;
	}

	/**
	 * Signs again, as the plugin did: no filter sees the complete claims of its refresh tokens.
	 *
	 * @param array<string, mixed> $claims
	 */
	public function sign( array $claims ): string {
		return JWT::encode( $claims, TokenManager::get_secret_key(), 'HS256' );
	}

	public function knocks(): array {
		if ( ! function_exists( 'graphql_get_endpoint_url' ) ) {
			return array();
		}
		return array(
			$this->knock( 'login', 'refreshToken authToken', self::by_password( ... ) ),
			$this->knock(
				'refreshToken',
				'authToken',
				static fn ( string $username, #[\SensitiveParameter] string $password, array $given ): ?array => isset( $given['refreshToken'] )
					? array( 'refreshToken' => $given['refreshToken'] )
					: null
			),
			...self::vouched(),
		);
	}

	/** @return list<Knock> Logins without a password. */
	private static function vouched(): array {
		$others = array_diff( array_keys( ProviderRegistry::get_instance()->get_providers() ), array( 'password' ) );
		return array_map(
			static fn ( string $provider ): Knock => Knock::not_made(
				self::NAME . ': login by ' . $provider,
				self::GATE,
				'it takes the word of ' . $provider . ', not a password'
			),
			array_values( $others )
		);
	}

	/** @return array<string, mixed>|null Null if the plugin accepts no passwords. */
	private static function by_password( string $username, #[\SensitiveParameter] string $password ): ?array {
		$options = get_option( 'wpgraphql_login_provider_password' );
		return ! is_array( $options ) || empty( $options['isEnabled'] ) ? null : array(
			'provider'    => 'PASSWORD',
			'credentials' => compact( 'username', 'password' ),
		);
	}

	/** As strings, since GraphQL writes the plugin's times so. */
	protected function tokens( WP_User $user ): array {
		return array(
			'authToken'              => TokenManager::get_auth_token( $user ),
			'authTokenExpiration'    => (string) User::get_auth_token_expiration( $user->ID ),
			'refreshToken'           => TokenManager::get_refresh_token( $user ),
			'refreshTokenExpiration' => (string) User::get_refresh_token_expiration( $user->ID ),
		);
	}

	public function payload( array $tokens, WP_User $user, array $input ): array {
		$client = Auth::get_client( (string) ( $input['provider'] ?? '' ) );
		if ( ! empty( $client->get_config()['loginOptions']['useAuthenticationCookie'] ) ) {
			AuthCookie::set_auth_cookie( $user->ID, false );
		}
		do_action( 'wp_login', $user->user_login, $user );
		$payload = array(
			'user' => $user,
			'id'   => $user->ID,
		) + $tokens;
		$payload = (array) apply_filters( 'graphql_login_payload', $payload, $user, $user, $client );
		do_action( 'graphql_login_after_successful_login', $payload, $user, $client );
		return $payload;
	}
}
