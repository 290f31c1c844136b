<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Closure;
use Exception;
use ReflectionFunction;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Probe\Knock;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use WP_REST_Response;
use WP_User;

/** An issuer whose login is a mutation of WPGraphQL instead of a REST route. Bridge\GraphqlLogins guards it. */
abstract class GraphqlIssuer implements Issuer, Knocks {
	use UserInClaims;

	/** The gate of these doors. */
	protected const GATE = 'Bridge\GraphqlLogins';

	/** Whether a mutation's callback is this issuer's login. The callback decides, not the name: two plugins may share one. */
	abstract public function is_login_mutation( mixed $callback ): bool;

	/**
	 * The refresh token that a mutation of this issuer receives, as the plugin reads it; null for any other mutation.
	 *
	 * @param array<string, mixed> $input The mutation's.
	 */
	abstract public function refresh_token( mixed $callback, array $input ): ?string;

	/** The refresh token in a header of this request, if the plugin accepts one. */
	abstract public function refresh_token_in_header(): ?string;

	/**
	 * What the login's callback returns for this user, as far as the plugin's own sign gate allows.
	 *
	 * @param array<string, mixed> $tokens From mint().
	 * @param array<string, mixed> $input  The mutation's.
	 * @return array<string, mixed>
	 */
	abstract public function payload( array $tokens, WP_User $user, array $input ): array;

	/**
	 * Tokens for the current user, by the names of the mutation's fields.
	 *
	 * @return array<string, mixed>
	 */
	abstract protected function tokens( WP_User $user ): array;

	/** Never: it is no REST route. */
	public function is_login( array $handler ): bool {
		return false;
	}

	/** Never: no route tells whether a token is valid. */
	public function is_validation( array $handler ): bool {
		return false;
	}

	/**
	 * Whether these are the claims of a refresh token: only those contain the user's secret.
	 *
	 * @param array<string, mixed> $claims
	 */
	public function is_refresh( array $claims ): bool {
		return isset( $claims['data']['user']['user_secret'] );
	}

	/** Uses the plugin's own signing class, which signs for the current user only; in the form of a GraphQL answer. */
	public function mint( Proof $proof ): WP_REST_Response {
		$user = get_userdata( $proof->user_id );
		if ( ! $user ) {
			throw Refusal::unavailable( Problem::Issuer );
		}
		$before = get_current_user_id();
		wp_set_current_user( $user->ID );
		try {
			$tokens = $this->tokens( $user );
		// The plugin's own refusal, for example of a user whose secret is revoked.
		} catch ( Exception $refused ) {
			throw $refused instanceof Refusal ? $refused : Refusal::unavailable( Problem::Issuer );
		} finally {
			wp_set_current_user( $before );
		}
		$fields = array(
			'id'         => base64_encode( 'user:' . $user->ID ), // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- WPGraphQL's global id.
			'databaseId' => $user->ID,
			'name'       => $user->display_name,
			'email'      => $user->user_email,
		);
		return new WP_REST_Response( array( 'data' => array( 'login' => $tokens + array( 'user' => $fields ) ) ) );
	}

	public function token_in( WP_REST_Response $response ): ?string {
		$token = self::login_in( $response )['authToken'] ?? null;
		return is_string( $token ) ? $token : null;
	}

	/**
	 * What mint() put under the mutation's name.
	 *
	 * @return array<string, mixed>
	 */
	public static function login_in( WP_REST_Response $response ): array {
		return (array) ( ( (array) $response->get_data() )['data']['login'] ?? array() );
	}

	/**
	 * A mutation as a door for the probe. Of several tokens the probe presents the last one later: ask for the access token last.
	 *
	 * @param Closure(string, string, array<string, mixed>): ?array<string, mixed> $input From user name, password and what the
	 *        login returned before the enrolment; null if there is nothing to try.
	 */
	protected function knock( string $mutation, string $asked, Closure $input ): Knock {
		return Knock::mutation( $this->name() . ': ' . $mutation, self::GATE, $mutation, $asked, $input, $this->name() . ': login' );
	}

	/** Whether a callback is defined in this class. */
	protected static function is_of( mixed $callback, string $owner ): bool {
		return $callback instanceof Closure && ( new ReflectionFunction( $callback ) )->getClosureScopeClass()?->getName() === $owner;
	}

	/** The token in an Authorization header, as both plugins parse it: the scheme with a capital B, up to white space. */
	protected static function bearer_in( mixed $header ): ?string {
		$token = is_string( $header ) && '' !== $header ? sscanf( $header, 'Bearer %s' )[0] ?? null : null;
		return is_string( $token ) ? $token : null;
	}
}
