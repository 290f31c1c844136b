<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Door;
use Sallyport\Tests\Response;
use Sallyport\Tests\SimpleJwtLoginDoor;
use Sallyport\Tests\Site;

require_once __DIR__ . '/ContractSite.php';
require_once __DIR__ . '/../support/SimpleJwtLoginDoor.php';

/** A site with Simple JWT Login, with all its features that give access turned on. */
trait SimpleJwtLoginSite
{
    private static bool $set = false;

    private const NAMESPACE = '/wp-json/simple-jwt-login/v1';

    /** @return array<string, mixed> */
    private static function settings(): array
    {
        return [
            '_schema_version' => 2,
            'general' => [
                'route_namespace' => 'simple-jwt-login/v1/',
                'jwt_algorithm' => 'HS256',
                'decryption_source' => '0',
                'decryption_key' => ContractSite::SECRET,
                'request_jwt_url' => 1,
                'request_jwt_cookie' => 1,
                'request_jwt_header' => 1,
                'api_middleware' => ['enabled' => true],
            ],
            'authorization' => [
                'enabled' => '1',
                'jwt_payload' => ['iat', 'exp', 'email', 'id', 'site', 'username', 'iss'],
                'ttl' => '60',
                'refresh_ttl' => '20160',
                'iss' => 'the issuer',
                'password_hash_enabled' => true,
                'refresh_token_enabled' => '1',
                'refresh_token_key' => 'of the refresh tokens',
                'validate_token_enabled' => '1',
                'revoke_token_enabled' => '1',
            ],
            'login' => ['enabled' => true, 'login_by' => 1, 'login_by_parameter' => 'id', 'redirect' => 10],
            'register' => ['enabled' => true, 'auth_code' => false, 'return_jwt' => true, 'new_user_profile' => 'subscriber'],
            'delete_user' => ['enabled' => true, 'auth_code' => false],
            'reset_password' => ['enabled' => true, 'flow' => 0, 'return_jwt' => true],
            'api_keys' => ['enabled' => true],
            'integrations' => ['oauth' => ['github' => ['enabled' => true]]],
        ];
    }

    protected function site(): Site
    {
        $site = ContractSite::with('simple-jwt-login', 'simple-jwt-login', []);
        if (!self::$set) {
            self::$set = true;
            self::set($site, []);
        }
        return $site;
    }

    /** @param array<string, mixed> $other of settings() */
    private static function set(Site $site, array $other): void
    {
        $site->php('update_option("simple_jwt_login_settings", $argv[1]);', [(string) json_encode(array_replace_recursive(self::settings(), $other))]);
    }

    protected function door(): Door
    {
        return new SimpleJwtLoginDoor($this->site(), 'simple-jwt-login', self::NAMESPACE . '/auth', 'sallyport_');
    }

    protected function tokenIn(Response $answer): ?string
    {
        $token = $answer->json['data']['jwt'] ?? null;
        return is_string($token) ? $token : null;
    }
}
