<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use WP_User;
use WPGraphQL\JWT_Authentication\Auth;
use WPGraphQL\JWT_Authentication\Login;
use WPGraphQL\JWT_Authentication\RefreshToken;
use WPGraphQL\Model\User;

/** WPGraphQL JWT Authentication, by WPGraphQL, 0.7. */
final class WpGraphqlJwt extends GraphqlIssuer {
	public const NAME = 'wp_graphql_jwt';

	public function name(): string {
		return self::NAME;
	}

	/** Uses the plugin's own function, with its filter; reads nothing before the plugin's other classes can be loaded. */
	public function presented(): ?string {
		return class_exists( Auth::class ) ? self::bearer_in( Auth::get_auth_header() ) : null;
	}

	public function is_login_mutation( mixed $callback ): bool {
		return self::is_of( $callback, Login::class );
	}

	public function refresh_token( mixed $callback, array $input ): ?string {
		$token = self::is_of( $callback, RefreshToken::class ) ? $input['jwtRefreshToken'] ?? null : null;
		return is_string( $token ) ? $token : null;
	}

	/** In that header there is no scheme. */
	public function refresh_token_in_header(): ?string {
		$token = Auth::get_refresh_header();
		return is_string( $token ) && '' !== $token ? $token : null;
	}

	public function knocks(): array {
		if ( ! function_exists( 'graphql_get_endpoint_url' ) ) {
			return array();
		}
		return array(
			$this->knock(
				'login',
				'refreshToken authToken',
				static fn ( string $username, #[\SensitiveParameter] string $password ): array => compact( 'username', 'password' )
			),
			$this->knock(
				'refreshJwtAuthToken',
				'authToken',
				static fn ( string $username, #[\SensitiveParameter] string $password, array $given ): ?array => isset( $given['refreshToken'] )
					? array( 'jwtRefreshToken' => $given['refreshToken'] )
					: null
			),
		);
	}

	protected function tokens( WP_User $user ): array {
		return array(
			'authToken'    => Auth::get_token( $user ),
			'refreshToken' => Auth::get_refresh_token( $user ),
		);
	}

	public function payload( array $tokens, WP_User $user, array $input ): array {
		// Then the plugin's login is wp_signon().
		if ( defined( 'GRAPHQL_JWT_AUTH_SET_COOKIES' ) && GRAPHQL_JWT_AUTH_SET_COOKIES ) {
			wp_set_auth_cookie( $user->ID, false, true );
			do_action( 'wp_login', $user->user_login, $user );
		}
		return (array) apply_filters(
			'graphql_jwt_auth_after_authenticate',
			array(
				'authToken'    => $tokens['authToken'],
				'refreshToken' => $tokens['refreshToken'],
				'user'         => new User( $user ),
				'id'           => $user->ID,
			),
			$user
		);
	}
}
