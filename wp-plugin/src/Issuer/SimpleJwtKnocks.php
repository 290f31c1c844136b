<?php
declare( strict_types=1 );

namespace Sallyport\WP\Issuer;

use Sallyport\WP\Probe\Knock;
use SimpleJWTLogin\Modules\Settings\Oauth\OauthProviderRegistry;
use SimpleJWTLogin\Modules\SimpleJWTLoginSettings;

/** The doors of Simple JWT Login for `wp sallyport probe`. */
final class SimpleJwtKnocks {
	private const GATE    = 'Bridge\SimpleJwtLogin';
	private const LOGIN   = 'simple-jwt-login: auth';
	private const REFRESH = 'simple-jwt-login: auth/refresh';
	private const MAKE    = 'simple-jwt-login: api-keys';

	/**
	 * @param string $at The namespace of its routes.
	 * @return list<Knock>
	 */
	public static function all( SimpleJWTLoginSettings $settings, string $at ): array {
		$made = $settings->getAuthenticationSettings()->isAuthenticationEnabled() ? self::made( $settings, $at ) : array();
		return array( ...$made, ...self::not_made( $settings ) );
	}

	/** @return list<Knock> Doors that open with the password, or with what it yielded. */
	private static function made( SimpleJWTLoginSettings $settings, string $at ): array {
		$access  = static fn ( array $given ): mixed => $given['data']['jwt'] ?? null;
		$refresh = static fn ( array $given ): mixed => $given['data']['refresh_token'] ?? null;
		$knocks  = array(
			Knock::login( self::LOGIN, self::GATE, "$at/auth" ),
			Knock::with_field( self::REFRESH, self::GATE, "$at/auth/refresh", 'refresh_token', $refresh, array( self::REFRESH, self::LOGIN ) ),
		);
		if ( $settings->getLoginSettings()->isAutologinEnabled() ) {
			$knocks[] = Knock::with_bearer(
				'simple-jwt-login: autologin',
				'Bridge\SimpleJwtCredentials',
				'GET',
				"$at/autologin",
				$access,
				self::LOGIN
			);
		}
		$keys = $settings->getApiKeysSettings();
		if ( $keys->isEnabled() ) {
			$new      = array(
				'name'        => 'Sallyport probe',
				'permissions' => array( 'read' ),
			);
			$knocks[] = Knock::with_bearer( self::MAKE, self::GATE, 'POST', "$at/api-keys", $access, self::LOGIN, $new, 'key' );
			$knocks[] = Knock::with_header(
				'simple-jwt-login: API key from before the enrolment',
				'Gate\Acceptance',
				$keys->getHeaderName(),
				static fn ( array $given ): mixed => $given['data']['key'] ?? null,
				self::MAKE
			);
		}
		return $knocks;
	}

	/** @return list<Knock> Doors that a password alone cannot try. */
	private static function not_made( SimpleJWTLoginSettings $settings ): array {
		$integrations = $settings->getIntegrationsSettings();
		$knocks       = array();
		foreach ( array_keys( OauthProviderRegistry::all() ) as $provider ) {
			if ( $integrations->getProvider( $provider )->isEnabled() ) {
				$knocks[] = Knock::not_made(
					'simple-jwt-login: oauth/token, ' . $provider,
					self::GATE,
					'it takes a token of ' . $provider . ', not a password'
				);
			}
		}
		if ( $integrations->twoFactor()->isEnabled() ) {
			$knocks[] = Knock::not_made( 'simple-jwt-login: auth/2fa', self::GATE, 'it takes a code of the plugin Two Factor' );
		}
		$reset = $settings->getResetPasswordSettings();
		if ( $reset->isResetPasswordEnabled() && $reset->isJwtAllowed() ) {
			$knocks[] = Knock::not_made(
				'simple-jwt-login: user/reset_password with a token',
				self::GATE,
				'it would change the password that the others are knocked with'
			);
		}
		return $knocks;
	}
}
