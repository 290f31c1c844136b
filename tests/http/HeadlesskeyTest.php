<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** The names under which our routes answer: our own, set by constants, and HeadlessKey's, if Sallyport stands in for it. */
final class HeadlesskeyTest extends HttpTestCase
{
    use OwnSite;

    private const NAMES = ['headlesskey/v1', 'wpauthapi/v1'];

    /** @param array<string, scalar> $define @param array<string, mixed> $settings */
    private static function with(array $define = [], array $settings = []): void
    {
        self::site()->up_again(['define' => $define]);
        self::storeSettings($settings);
    }

    /** @param array<string, mixed> $fields */
    private function ask(string $name, string $route, array $fields = [], ?string $bearer = null): Response
    {
        return self::site()->request('POST', "/wp-json/$name$route", json: $fields, bearer: $bearer);
    }

    private function token(string $name, Person $person, array $more = []): array
    {
        $answer = $this->ask($name, '/token', $more + ['username' => $person->login, 'password' => $person->password]);
        self::assertSame(200, $answer->status, (string) $answer);
        return $answer->json;
    }

    public function test_without_the_setting_its_names_are_not_there(): void
    {
        self::storeSettings([]);
        foreach (self::NAMES as $name) {
            self::refused(404, 'rest_no_route', $this->ask($name, '/token'));
        }
    }

    public function test_while_that_plugin_is_active_we_do_not_replace_it(): void
    {
        self::storeSettings(['headlesskey' => true]);
        self::site()->php(<<<'PHP'
            $plugin = 'headlesskey-jwt-auth/headlesskey.php';
            is_multisite()
                ? update_site_option('active_sitewide_plugins', [$plugin => time()] + get_site_option('active_sitewide_plugins'))
                : update_option('active_plugins', [...get_option('active_plugins'), $plugin]);
            PHP);
        try {
            foreach (self::NAMES as $name) {
                self::refused(404, 'rest_no_route', $this->ask($name, '/token'));
            }
        } finally {
            self::site()->php(<<<'PHP'
                $plugin = 'headlesskey-jwt-auth/headlesskey.php';
                is_multisite()
                    ? update_site_option('active_sitewide_plugins', array_diff_key(get_site_option('active_sitewide_plugins'), [$plugin => true]))
                    : update_option('active_plugins', array_values(array_diff(get_option('active_plugins'), [$plugin])));
                PHP);
        }
        self::refused(400, 'rest_missing_callback_param', $this->ask('headlesskey/v1', '/token'));
    }

    public function test_its_routes_answer_as_its_documents_say(): void
    {
        self::storeSettings(['headlesskey' => true]);
        $person = $this->person();
        foreach (self::NAMES as $name) {
            $first = $this->token($name, $person);
            self::assertSame(3600, $first['expires_in']);
            self::assertEqualsWithDelta(time() + 3600, strtotime($first['expiration']), 30);
            $claims = self::claims($first['token']);
            self::assertSame(3600, $claims['exp'] - $claims['iat']);
            self::assertTrue($first['refreshable']);
            $valid = $this->ask($name, '/token/validate', ['token' => $first['token']])->json;
            self::assertSame([true, $person->id, $person->login], [$valid['valid'], $valid['data']['data']['ID'], $valid['data']['data']['user_login']]);
            $second = $this->ask($name, '/token/refresh', ['token' => $first['token']]);
            self::assertSame(200, $second->status, (string) $second);
            self::assertArrayNotHasKey('refresh_token', $second->json);
            self::assertSame(3600, $second->json['expires_in']);
            self::assertNotSame($first['jti'], $second->json['jti']);
            self::assertSame($person->id, $this->whoIs($second->json['token']));
            self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $first['token']));
            self::refusedCredential('sallyport_token_invalid', $this->ask($name, '/token/refresh', ['token' => $first['token']]));
            self::assertSame(['message' => 'Token revoked successfully.'], $this->ask($name, '/token/revoke', ['token' => $second->json['token']])->json);
            self::assertNull($this->whoIs($second->json['token']));
            self::assertSame(200, $this->ask($name, '/token/refresh', ['refresh_token' => $this->token($name, $person)['refresh_token']])->status, 'ours, too');
            $profile = $this->ask($name, '/login', ['username' => $person->login, 'password' => $person->password])->json;
            self::assertSame([3600, ''], [$profile['expires_in'], $profile['user']['first_name']]);
        }
    }

    public function test_routes_outside_its_contract_exist_only_under_our_own_name(): void
    {
        self::storeSettings(['headlesskey' => true]);
        foreach (['/two-factor/enable', '/challenge/verify', '/keys'] as $route) {
            self::refused(404, 'rest_no_route', $this->ask('headlesskey/v1', $route));
        }
    }

    public function test_under_our_own_name_all_is_as_before(): void
    {
        self::storeSettings(['headlesskey' => true]);
        $tokens = $this->token('sallyport/v1', $this->person());
        self::assertSame(900, $tokens['expires_in']);
        self::refused(400, 'rest_missing_callback_param', $this->post('/token/refresh', ['token' => $tokens['token']]));
    }

    public function test_a_configured_lifetime_applies_there_too(): void
    {
        self::storeSettings(['headlesskey' => true, 'token_ttl' => 900]);
        self::assertSame(900, $this->token('headlesskey/v1', $this->person())['expires_in'], 'the default value, explicitly set');
        self::storeSettings(['headlesskey' => true, 'token_ttl' => 'soon']);
        self::assertSame(3600, $this->token('headlesskey/v1', $this->person())['expires_in'], 'an invalid value is ignored');
    }

    public function test_a_route_called_by_another_keeps_its_own_lifetime(): void
    {
        self::storeSettings(['headlesskey' => true]);
        $person = $this->person();
        self::assertSame([3600, 200, 900], self::site()->php(<<<'PHP'
            $ask = static function (string $name) use ($argv): int {
                $request = new WP_REST_Request('POST', "/$name/token");
                $request->set_body_params(['username' => $argv[1], 'password' => $argv[2]]);
                return rest_do_request($request)->get_data()['expires_in'];
            };
            $inner = 0;
            add_filter('authenticate', static function ($user) use (&$inner) {
                $inner = rest_do_request('/sallyport/v1/jwks')->get_status();
                return $user;
            }, 1);
            return [$ask('headlesskey/v1'), $inner, $ask('sallyport/v1')];
            PHP, [$person->login, $person->password]));
    }

    public function test_the_second_factor_is_asked_for_there_and_its_proof_kept(): void
    {
        self::storeSettings(['headlesskey' => true]);
        $person = $this->enrolled();
        $data = self::refused(401, 'sallyport_second_factor_required', $this->ask('headlesskey/v1', '/token', ['username' => $person->login, 'password' => $person->password]));
        $first = $this->ask('headlesskey/v1', '/token', ['challenge' => $data['challenge'], 'code' => $person->app->code()]);
        self::assertSame([200, 3600], [$first->status, $first->json['expires_in']]);
        $second = $this->ask('headlesskey/v1', '/token/refresh', ['token' => $first->json['token']])->json;
        self::assertSame($person->id, $this->whoIs($second['token']));
        self::assertSame(self::claims($first->json['token'])['auth_time'], self::claims($second['token'])['auth_time']);
    }

    public function test_no_token_outlives_its_sign_in(): void
    {
        self::storeSettings(['headlesskey' => true]);
        $tokens = $this->token('headlesskey/v1', $this->person());
        $end = static fn (int $seconds) => self::site()->php(
            'global $wpdb; $wpdb->query($wpdb->prepare("UPDATE {$wpdb->base_prefix}sallyport_families SET expires_at = %d ORDER BY id DESC LIMIT 1", time() + $argv[1]));',
            [(string) $seconds],
        );
        $end(100);
        $second = $this->ask('headlesskey/v1', '/token/refresh', ['token' => $tokens['token']])->json;
        self::assertLessThanOrEqual(100, $second['expires_in']);
        self::assertGreaterThan(50, $second['expires_in']);
        self::assertSame(self::claims($second['token'])['exp'], strtotime($second['expiration']));
        $end(-1);
        self::assertSame('expired', self::refused(401, 'sallyport_token_invalid', $this->ask('headlesskey/v1', '/token/refresh', ['token' => $second['token']]))['reason']);
    }

    public function test_a_key_that_retires_outlives_the_tokens_of_an_hour(): void
    {
        self::storeSettings(['headlesskey' => true]);
        $person = $this->person('administrator');
        $token = $this->token('headlesskey/v1', $person)['token'];
        foreach (['generate', 'rotate'] as $action) {
            self::assertSame(200, $this->post('/keys', ['action' => $action], $token)->status);
        }
        $keys = array_column($this->get(self::API . '/keys', $token)->json['keys'], 'until', 'state');
        self::assertGreaterThanOrEqual(self::claims($token)['exp'], strtotime($keys['retiring']));
    }

    public function test_its_constants_are_read(): void
    {
        $secret = str_repeat('its secret, ', 4);
        self::with(
            [
                'headlesskey_SECRET_KEY' => $secret,
                'headlesskey_CORS' => 'true',
                'headlesskey_REST_NAMESPACE' => 'my-custom-auth',
                'headlesskey_REST_VERSION' => 'v2',
            ],
            ['headlesskey' => true],
        );
        try {
            $tokens = $this->token('my-custom-auth/v2', $this->person());
            self::assertSame(3600, $tokens['expires_in']);
            self::assertSame(200, $this->ask('my-custom-auth/v2', '/token/refresh', ['token' => $tokens['token']])->status);
            [$header, $claims, $signature] = explode('.', $tokens['token']);
            self::assertSame(rtrim(strtr(base64_encode(hash_hmac('sha256', "$header.$claims", $secret, true)), '+/', '-_'), '='), $signature);
            $answer = self::site()->request('OPTIONS', '/wp-json/my-custom-auth/v2/token', headers: ['origin' => 'https://any.example']);
            self::assertSame(['*', null], [$answer->header('access-control-allow-origin'), $answer->header('access-control-allow-credentials')]);
            self::storeSettings(['headlesskey' => true, 'cors' => ['https://app.example']]);
            self::assertNull(
                self::site()->request(
                    'OPTIONS',
                    '/wp-json/my-custom-auth/v2/token',
                    headers: ['origin' => 'https://any.example'],
                )->header('access-control-allow-origin'),
                'our constant takes precedence',
            );
            self::storeSettings([]);
            self::refused(404, 'rest_no_route', $this->ask('my-custom-auth/v2', '/token'));
            self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $tokens['token']));
            self::assertNull(
                self::site()->request(
                    'OPTIONS',
                    self::API . '/token',
                    headers: ['origin' => 'https://any.example'],
                )->header('access-control-allow-origin'),
                'it is read only if Sallyport stands in for that plugin',
            );
        } finally {
            self::with();
        }
    }

    public function test_our_own_secret_wins_over_its_constant(): void
    {
        self::with(['headlesskey_SECRET_KEY' => 'short', 'SALLYPORT_SECRET_KEY' => str_repeat('our secret, ', 4)], ['headlesskey' => true]);
        try {
            [$header, $claims, $signature] = explode('.', $this->token('headlesskey/v1', $this->person())['token']);
            self::assertSame(rtrim(strtr(base64_encode(hash_hmac('sha256', "$header.$claims", str_repeat('our secret, ', 4), true)), '+/', '-_'), '='), $signature);
            // A secret is not a key pair: with such an algorithm, the stored keys continue.
            self::with(['headlesskey_SECRET_KEY' => 'short', 'SALLYPORT_ALGORITHM' => 'ES256'], ['headlesskey' => true]);
            $this->token('headlesskey/v1', $this->person());
        } finally {
            self::with();
        }
    }

    public function test_a_secret_that_is_too_short_closes_our_tokens_and_says_which_it_is(): void
    {
        $person = $this->person();
        self::with(['headlesskey_SECRET_KEY' => str_repeat('s', 31), 'headlesskey_REST_VERSION' => 'V 2', 'headlesskey_CORS' => 'perhaps'], ['headlesskey' => true]);
        try {
            self::refused(503, 'sallyport_unavailable', $this->ask('headlesskey/v1', '/token', ['username' => $person->login, 'password' => $person->password]));
            $browser = new Browser(self::site());
            $browser->logIn(Person::admin(self::site()));
            $page = html_entity_decode($browser->send('GET', '/wp-admin/index.php')->body);
            self::assertStringContainsString('headlesskey_SECRET_KEY in wp-config.php cannot be used', $page);
            self::assertStringContainsString('the value of the constant headlesskey_REST_VERSION cannot be used', $page);
            self::assertStringContainsString('the value of the constant headlesskey_CORS cannot be used', $page);
            self::assertStringNotContainsString('headlesskey_REST_NAMESPACE', $page);
            self::storeSettings([]);
            $this->signIn($person);
        } finally {
            self::with();
        }
    }

    public function test_our_own_name_by_constants(): void
    {
        self::with(['SALLYPORT_REST_NAMESPACE' => 'my-auth/api', 'SALLYPORT_REST_VERSION' => 'v3', 'SALLYPORT_CORS' => 'https://app.example']);
        try {
            $person = $this->person();
            $tokens = $this->token('my-auth/api/v3', $person);
            self::assertSame(900, $tokens['expires_in']);
            self::refused(404, 'rest_no_route', $this->post('/token'));
            self::assertArrayNotHasKey('/sallyport/v1', $this->get('/wp-json/')->json['routes']);
            $answer = self::site()->request('POST', '/wp-json/My-Auth/API/v3/token', json: [], headers: ['origin' => 'https://app.example']);
            self::assertSame(['https://app.example', 'no-store'], [$answer->header('access-control-allow-origin'), $answer->header('cache-control')]);
            $this->ask('my-auth/api/v3', '/token/revoke', [], $tokens['token']);
            self::assertSame(200, $this->ask('my-auth/api/v3', '/token/revoke', [], $tokens['token'])->status, 'revoking again is not an error');
        } finally {
            self::with();
        }
    }

    /** @dataProvider noNames */
    public function test_an_invalid_name_is_ignored_and_reported(string $name, string $version): void
    {
        self::with(['SALLYPORT_REST_NAMESPACE' => $name, 'SALLYPORT_REST_VERSION' => $version]);
        try {
            self::assertSame(400, $this->post('/token')->status);
            $browser = new Browser(self::site());
            $browser->logIn(Person::admin(self::site()));
            self::assertStringContainsString('the value of the constant SALLYPORT_REST_', $browser->send('GET', '/wp-admin/index.php')->body);
            self::assertSame(200, $this->get('/wp-json/wp/v2/posts')->status);
        } finally {
            self::with();
        }
    }

    /** @return array<string, array{string, string}> */
    public static function noNames(): array
    {
        return [
            "core's" => ['wp', 'v2'],
            'another of core' => ['wp-site-health', 'v1'],
            'a pattern' => ['.*', 'v1'],
            'a dot, which is a pattern' => ['auth', 'v1.0'],
            'a space' => ['my auth', 'v1'],
            'a slash' => ['/auth/', 'v1'],
            'no version' => ['auth', ''],
        ];
    }

    public function test_the_command_refuses_it(): void
    {
        self::storeSettings([]);
        foreach (['rest_namespace' => 'wp', 'rest_version' => '../v2'] as $setting => $value) {
            try {
                self::site()->wp('sallyport', 'setting', 'set', $setting, $value);
                self::fail("$setting took '$value'");
            } catch (\RuntimeException $refused) {
                self::assertStringContainsString("$setting does not accept this value.", $refused->getMessage());
            }
        }
    }
}
