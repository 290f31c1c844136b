<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** The refresh token in a cookie that scripts cannot read, and that a page of another site cannot use. */
final class RefreshCookieTest extends HttpTestCase
{
    use OwnSite;

    private const APP = 'https://app.example';
    private const NAME = 'sallyport_refresh_1';
    private const NAMES = 'sallyport_refresh_'; // of any site of a network
    private const PATH = self::API . '/token';
    private const TOKEN = '/^spr1_[A-Za-z0-9_-]{43}$/D';

    public static function setUpBeforeClass(): void
    {
        self::storeSettings(['refresh_cookie' => true, 'cors' => [self::APP]]);
    }

    private static function cookie(Response $answer): string
    {
        $cookies = $answer->cookies(self::NAMES);
        self::assertCount(1, $cookies, (string) $answer);
        self::assertMatchesRegularExpression(self::TOKEN, $cookies[0][0]);
        self::assertStringNotContainsString('spr1_', $answer->body);
        return $cookies[0][0];
    }

    /** @param array<string, string> $headers @param array<string, mixed> $fields */
    private function send(string $route, ?string $cookie, array $fields = [], array $headers = [], ?string $bearer = null): Response
    {
        return $this->post($route, $fields, $bearer, $headers + ($cookie === null ? [] : ['cookie' => self::NAME . "=$cookie"]));
    }

    private static function assertCleared(Response $answer): void
    {
        $cookies = $answer->cookies(self::NAMES);
        self::assertNotSame([], $cookies, 'the cookie is cleared');
        foreach ($cookies as [, $attributes, $name]) {
            self::assertSame(self::NAME, $name);
            self::assertLessThan(time(), strtotime($attributes['expires']));
        }
        self::assertContains(self::PATH, array_column(array_column($cookies, 1), 'path'));
    }

    public function test_a_log_in_puts_it_into_a_cookie_and_not_into_the_body(): void
    {
        $person = $this->person();
        foreach (['/token', '/login'] as $route) {
            $answer = $this->post($route, ['username' => $person->login, 'password' => $person->password]);
            self::assertSame(200, $answer->status, (string) $answer);
            self::assertArrayNotHasKey('refresh_token', $answer->json);
            self::assertSame(30 * 86400, $answer->json['refresh_expires_in']);
            self::assertSame($person->id, $this->whoIs($answer->json['token']));
            self::cookie($answer);
            [[, $attributes, $name]] = $answer->cookies(self::NAMES);
            self::assertSame(self::NAME, $name);
            self::assertEqualsWithDelta(time() + 30 * 86400, strtotime($attributes['expires']), 30);
            self::assertSame([self::PATH, true, 'Strict'], [$attributes['path'], $attributes['httponly'] ?? false, $attributes['samesite']]);
            self::assertArrayNotHasKey('secure', $attributes, 'a local site without TLS');
            self::assertArrayNotHasKey('domain', $attributes);
        }
    }

    public function test_every_route_that_answers_one_is_known_to(): void
    {
        $names = self::site()->php(<<<'PHP'
            $names = ['says' => [], 'is' => []];
            foreach ((new \Sallyport\WP\Plugin())->routes()->all() as $route) {
                if (str_contains(json_encode($route->answers), '"refresh_token"')) {
                    $names['says'][] = $route->name();
                }
                if ($route->signs_in) {
                    $names['is'][] = $route->name();
                }
            }
            return $names;
            PHP);
        self::assertGreaterThan(3, count($names['says']));
        self::assertEqualsCanonicalizing($names['says'], $names['is']);
    }

    public function test_after_the_second_factor_too(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $answer = $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()]);
        $refreshed = $this->send('/token/refresh', self::cookie($answer));
        self::cookie($refreshed);
        self::assertSame($person->id, $this->whoIs($refreshed->json['token']));
        self::assertSame(self::claims($answer->json['token'])['auth_time'], self::claims($refreshed->json['token'])['auth_time']);
    }

    public function test_it_is_refreshed_by_the_cookie_and_rotates(): void
    {
        $person = $this->person();
        $first = self::cookie($this->logIn($person));
        $answer = $this->send('/token/refresh', $first);
        self::assertSame(200, $answer->status, (string) $answer);
        $second = self::cookie($answer);
        self::assertNotSame($first, $second);
        self::assertSame($second, self::cookie($this->send('/token/refresh', $first)), 'parallel tabs get the same successor');
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_refresh_tokens SET rotated_at = rotated_at - 11 WHERE rotated_at > 0");');
        $reused = $this->send('/token/refresh', $first);
        self::refusedCredential('sallyport_refresh_reused', $reused);
        self::assertCleared($reused);
        $dead = $this->send('/token/refresh', $second);
        self::refusedCredential('sallyport_token_invalid', $dead);
        self::assertCleared($dead);
    }

    public function test_a_client_without_cookies_gives_it_in_the_body(): void
    {
        $first = self::cookie($this->logIn($this->person()));
        self::cookie($this->post('/token/refresh', ['refresh_token' => $first]));
    }

    public function test_two_different_tokens_are_ambiguous_and_spend_nothing(): void
    {
        $person = $this->person();
        [$one, $other] = [self::cookie($this->logIn($person)), self::cookie($this->logIn($person))];
        $answer = $this->send('/token/refresh', $one, ['refresh_token' => $other]);
        self::refused(400, 'sallyport_ambiguous', $answer);
        self::assertSame([], $answer->cookies(self::NAMES));
        self::cookie($this->send('/token/refresh', $one, ['refresh_token' => $one]));
        self::cookie($this->send('/token/refresh', $other));
    }

    public function test_a_cookie_that_is_no_token_is_ignored(): void
    {
        foreach (['', 'x', 'spr1_', str_repeat('a', 300), 'spr1_' . str_repeat('A', 44), '%00'] as $value) {
            self::assertSame('missing', self::refused(401, 'sallyport_token_invalid', $this->send('/token/refresh', $value))['reason']);
            self::refused(400, 'rest_missing_callback_param', $this->send('/token/revoke', $value));
        }
        self::assertSame(
            'missing',
            self::refused(
                401,
                'sallyport_token_invalid',
                $this->post('/token/refresh', [], null, ['cookie' => self::NAME . '[]=spr1_' . str_repeat('A', 43)]),
            )['reason'],
        );
        self::refusedCredential('sallyport_token_invalid', $this->send('/token/refresh', 'spr1_' . str_repeat('A', 43)));
    }

    public function test_a_browser_without_a_cookie_is_told_that_nobody_is_signed_in(): void
    {
        self::assertSame('missing', self::refused(401, 'sallyport_token_invalid', $this->post('/token/refresh', []))['reason'], 'a first visit');
        $tokens = $this->logIn($this->person());
        $gone = self::cookie($tokens);
        self::assertSame(200, $this->send('/token/revoke', $gone)->status, 'signed out in another tab');
        self::refused(401, 'sallyport_token_invalid', $this->get(self::API . '/tokens', $tokens->json['token']));
        self::refused(401, 'sallyport_token_invalid', $this->post('/token/refresh', []));
    }

    /** @dataProvider requests */
    public function test_only_a_page_of_the_site_or_of_a_listed_origin_can_use_it(
        bool $taken,
        array $headers,
        ?string $body = '{}',
        string $method = 'POST',
        string $query = '',
    ): void
    {
        $person = $this->person();
        $answer = $this->logIn($person);
        [$token, $cookie] = [$answer->json['token'], self::cookie($answer)];
        $headers = array_map(static fn (string $value): string => strtr($value, ['{site}' => self::site()->url]), $headers) + ['cookie' => self::NAME . "=$cookie"];
        $login = ['username' => $person->login, 'password' => $person->password];
        foreach ([
            '/token/refresh' => $body,
            '/token/revoke' => $body,
            '/token' => str_contains($headers['content-type'] ?? '', 'json') ? json_encode($login) : http_build_query($login),
        ] as $route => $sent) {
            $answer = self::site()->request($method, self::API . $route . $query, form: $sent, headers: $headers);
            if ($taken) {
                self::assertSame(200, $answer->status, "$route: $answer");
                // Each works once: after a refresh there is a new cookie, and after a revocation none.
                $cookie = $route === '/token/revoke' ? '' : self::cookie($answer);
                $headers['cookie'] = self::NAME . "=$cookie";
            } else {
                self::refused(403, 'sallyport_origin_refused', $answer);
                self::assertSame([], $answer->cookies(self::NAMES), $route);
            }
        }
        if (!$taken) {
            self::assertSame($person->id, $this->whoIs($token), 'nothing ended');
            self::assertNull(self::rotated($cookie), 'nothing rotated');
        }
    }

    /** @return array<string, array<mixed>> */
    public static function requests(): array
    {
        $json = ['content-type' => 'application/json'];
        return [
            'no browser' => [true, $json],
            'the site itself' => [true, $json + ['origin' => '{site}', 'sec-fetch-site' => 'same-origin']],
            'a listed origin' => [true, $json + ['origin' => self::APP, 'sec-fetch-site' => 'cross-site']],
            'a listed origin in an old browser' => [true, $json + ['origin' => self::APP]],
            'the site itself, in a browser that names no origin' => [true, $json + ['sec-fetch-site' => 'same-origin']],
            'JSON with a charset' => [true, ['content-type' => 'application/json; charset=utf-8', 'origin' => self::APP]],
            'another site' => [false, $json + ['origin' => 'https://evil.example', 'sec-fetch-site' => 'cross-site']],
            'another site, without preflight' => [false, $json + ['origin' => 'https://evil.example']],
            'another site that names no origin' => [false, $json + ['sec-fetch-site' => 'cross-site']],
            'a neighbour that names no origin' => [false, $json + ['sec-fetch-site' => 'same-site']],
            'an address that was typed' => [false, $json + ['sec-fetch-site' => 'none']],
            'a sandboxed frame' => [false, $json + ['origin' => 'null', 'sec-fetch-site' => 'cross-site']],
            'null' => [false, $json + ['origin' => 'null']],
            'a neighbour' => [false, $json + ['origin' => 'https://evil.app.example', 'sec-fetch-site' => 'same-site']],
            'what is like a listed one' => [false, $json + ['origin' => 'https://app.example.evil.example']],
            'several' => [false, $json + ['origin' => 'https://app.example, https://evil.example']],
            'a form of another site' => [false, ['content-type' => 'application/x-www-form-urlencoded', 'origin' => 'https://evil.example'], 'a=b'],
            'a form of a listed origin' => [false, ['content-type' => 'application/x-www-form-urlencoded', 'origin' => self::APP], 'a=b'],
            'a form of nobody' => [false, ['content-type' => 'application/x-www-form-urlencoded'], 'a=b'],
            'JSON called text' => [false, ['content-type' => 'text/plain', 'origin' => self::APP]],
            'JSON beside a form' => [false, ['content-type' => 'text/plain; application/json', 'origin' => self::APP]],
            'a script of another site' => [false, ['sec-fetch-site' => 'cross-site'], null, 'GET', '?_method=POST'],
        ];
    }

    public function test_any_origin_is_not_a_listed_one(): void
    {
        self::storeSettings(['refresh_cookie' => true, 'cors' => ['true']]);
        try {
            $cookie = self::cookie($this->logIn($this->person()));
            foreach (['/token/refresh', '/token/revoke', '/token'] as $route) {
                self::refused(403, 'sallyport_origin_refused', $this->send($route, $cookie, headers: ['origin' => self::APP]));
            }
            self::cookie($this->send('/token/refresh', $cookie, headers: ['origin' => self::site()->url]));
        } finally {
            self::setUpBeforeClass();
        }
    }

    /** @dataProvider relations */
    public function test_the_cookie_goes_no_further_than_it_must(array $headers, string $same_site, bool $secure): void
    {
        $person = $this->person();
        $answer = $this->post(
            '/token',
            ['username' => $person->login, 'password' => $person->password],
            null,
            array_map(static fn (string $value): string => strtr($value, ['{site}' => self::site()->url]), $headers),
        );
        $attributes = $answer->cookies(self::NAMES)[0][1];
        self::assertSame([$same_site, $secure], [$attributes['samesite'], $attributes['secure'] ?? false]);
    }

    /** @return array<string, array{array<string, string>, string, bool}> */
    public static function relations(): array
    {
        return [
            'no browser' => [[], 'Strict', false],
            'the site itself' => [['origin' => '{site}'], 'Strict', false],
            'a listed neighbour' => [['origin' => self::APP, 'sec-fetch-site' => 'same-site'], 'Strict', false],
            'a listed stranger' => [['origin' => self::APP, 'sec-fetch-site' => 'cross-site'], 'None', true],
            'a listed one of which nothing is known' => [['origin' => self::APP], 'None', true],
        ];
    }

    public function test_signing_out_ends_the_sign_in_and_the_cookie(): void
    {
        $person = $this->person();
        $answer = $this->logIn($person);
        $out = $this->send('/token/revoke', self::cookie($answer));
        self::assertSame(['message' => 'Token revoked successfully.'], $out->json);
        self::assertCleared($out);
        self::assertNull($this->whoIs($answer->json['token']));
        $again = $this->send('/token/revoke', self::cookie($answer));
        self::assertSame(200, $again->status, 'repeated, it is no error');
        self::assertCleared($again);

        $answer = $this->logIn($person);
        $out = $this->send('/token/revoke', self::cookie($answer), bearer: $answer->json['token']);
        self::assertSame(200, $out->status);
        self::assertCleared($out);
        self::assertNull($this->whoIs($answer->json['token']));
    }

    public function test_two_sign_ins_in_one_request_end_neither(): void
    {
        $person = $this->person();
        [$one, $other] = [$this->logIn($person), $this->logIn($person)];
        foreach ([['token' => $one->json['token']], []] as $fields) {
            $answer = $this->send('/token/revoke', self::cookie($other), $fields, bearer: $fields === [] ? $one->json['token'] : null);
            self::refused(400, 'sallyport_ambiguous', $answer);
            self::assertSame([], $answer->cookies(self::NAMES));
        }
        self::assertSame([$person->id, $person->id], [$this->whoIs($one->json['token']), $this->whoIs($other->json['token'])]);
        // An ended sign-in neither keeps its own cookie nor clears that of another.
        $this->send('/token/revoke', null, ['token' => $one->json['token']]);
        $answer = $this->send('/token/revoke', self::cookie($other), ['token' => $one->json['token']]);
        self::assertSame([200, []], [$answer->status, $answer->cookies(self::NAMES)]);
        self::assertCleared($this->send('/token/revoke', self::cookie($one), ['token' => $other->json['token']]));
    }

    public function test_revoking_all_requires_the_token_not_the_cookie(): void
    {
        $person = $this->person();
        [$here, $there] = [$this->logIn($person), $this->logIn($person)];
        self::refused(400, 'rest_missing_callback_param', $this->send('/token/revoke', self::cookie($here), ['all' => true]));
        self::assertSame($person->id, $this->whoIs($there->json['token']));
        self::assertCleared($this->send('/token/revoke', self::cookie($here), ['all' => true], bearer: $here->json['token']));
        self::assertNull($this->whoIs($there->json['token']));
    }

    public function test_another_sites_page_cannot_sign_its_visitor_out_with_a_token_of_its_own(): void
    {
        $victim = $this->logIn($this->person());
        $attacker = $this->logIn($this->person())->json['token'];
        $answer = self::site()->request(
            'POST',
            self::API . '/token/revoke',
            form: ['token' => $attacker],
            headers: ['origin' => 'https://evil.example', 'cookie' => self::NAME . '=' . self::cookie($victim)],
        );
        self::assertSame([200, []], [$answer->status, $answer->cookies(self::NAMES)]);
        self::assertNotNull($this->whoIs($victim->json['token']));
        self::cookie($this->send('/token/refresh', self::cookie($victim)));
    }

    public function test_without_the_setting_a_cookie_is_nothing(): void
    {
        $cookie = self::cookie($this->logIn($this->person()));
        self::storeSettings(['cors' => [self::APP]]);
        try {
            self::refused(400, 'rest_missing_callback_param', $this->send('/token/refresh', $cookie));
            self::refused(400, 'rest_missing_callback_param', $this->send('/token/revoke', $cookie));
            $answer = $this->logIn($this->person());
            self::assertSame([], $answer->cookies(self::NAMES));
            self::assertMatchesRegularExpression(self::TOKEN, $answer->json['refresh_token']);
            self::assertSame(200, self::site()->request('POST', self::API . '/token/refresh', form: ['refresh_token' => $answer->json['refresh_token']])->status);
        } finally {
            self::setUpBeforeClass();
        }
    }

    public function test_under_headlesskeys_names_it_has_their_path(): void
    {
        self::storeSettings(['refresh_cookie' => true, 'headlesskey' => true]);
        try {
            $person = $this->person();
            $ask = fn (string $route, array $fields, ?string $cookie = null): Response => self::site()->request(
                'POST',
                "/wp-json/headlesskey/v1$route",
                json: $fields,
                headers: $cookie === null ? [] : ['cookie' => self::NAME . "=$cookie"],
            );
            $answer = $ask('/token', ['username' => $person->login, 'password' => $person->password]);
            self::assertSame('/wp-json/headlesskey/v1/token', $answer->cookies(self::NAMES)[0][1]['path']);
            self::cookie($ask('/token/refresh', [], self::cookie($answer)));
            $by_token = $ask('/token/refresh', ['token' => $answer->json['token']], self::cookie($answer));
            self::assertSame([200, []], [$by_token->status, $by_token->cookies(self::NAMES)], 'the format of that contract has no refresh token');
        } finally {
            self::setUpBeforeClass();
        }
    }

    public function test_asked_by_rest_route_the_path_is_the_sites(): void
    {
        $person = $this->person();
        $ask = fn (string $route, array $fields, ?string $cookie = null): Response => self::site()->request(
            'POST',
            "/?rest_route=/sallyport/v1$route",
            json: $fields,
            headers: $cookie === null ? [] : ['cookie' => self::NAME . "=$cookie"],
        );
        $answer = $ask('/token', ['username' => $person->login, 'password' => $person->password]);
        self::assertSame('/', $answer->cookies(self::NAMES)[0][1]['path']);
        $out = $ask('/token/revoke', [], self::cookie($answer));
        self::assertSame(['/'], array_column(array_column($out->cookies(self::NAMES), 1), 'path'));
        self::assertContains(
            '/',
            array_column(array_column($this->send('/token/revoke', self::cookie($this->logIn($person)))->cookies(self::NAMES), 1), 'path'),
            'wherever it was set',
        );
    }

    public function test_where_the_site_is_not_local_it_goes_over_https_alone(): void
    {
        try {
            self::site()->up_again(['define' => ['WP_ENVIRONMENT_TYPE' => 'production']]);
            self::assertTrue($this->logIn($this->person())->cookies(self::NAMES)[0][1]['secure'] ?? false);
        } finally {
            self::site()->up_again();
        }
    }

    public function test_each_site_of_a_network_has_its_own(): void
    {
        $network = Site::up(['multisite' => true]);
        try {
            $person = new Person($network, ...$network->php(<<<'PHP'
                $blog = wpmu_create_blog(get_network()->domain, '/two/', 'Two', 1);
                $id = wp_insert_user(['user_login' => 'two', 'user_email' => 'two@example.test', 'user_pass' => 'a password of two', 'role' => 'subscriber']);
                add_user_to_blog($blog, $id, 'subscriber');
                foreach ([1, $blog] as $each) {
                    update_blog_option($each, 'sallyport_settings', ['refresh_cookie' => true]);
                }
                return ['id' => $id, 'login' => 'two', 'email' => 'two@example.test', 'password' => 'a password of two'];
                PHP));
            $login = ['username' => $person->login, 'password' => $person->password];
            $found = $tokens = [];
            foreach (['/wp-json', '/two/wp-json', '/?rest_route=', '/two/?rest_route='] as $root) {
                $answer = $network->request('POST', "$root/sallyport/v1/token", json: $login);
                self::assertSame(200, $answer->status, (string) $answer);
                [[$tokens[$root], $attributes, $name]] = $answer->cookies(self::NAMES);
                $found[$root] = "$name $attributes[path]";
            }
            self::assertSame([
                '/wp-json' => 'sallyport_refresh_1 /wp-json/sallyport/v1/token',
                '/two/wp-json' => 'sallyport_refresh_2 /two/wp-json/sallyport/v1/token',
                '/?rest_route=' => 'sallyport_refresh_1 /',
                '/two/?rest_route=' => 'sallyport_refresh_2 /two/',
            ], $found);
            // The path / includes /two/: the browser sends both cookies.
            $both = ['cookie' => "sallyport_refresh_1={$tokens['/?rest_route=']}; sallyport_refresh_2={$tokens['/two/wp-json']}"];
            self::assertSame(200, $network->request('POST', '/two/wp-json/sallyport/v1/token/refresh', json: [], headers: $both)->status);
            $other = ['cookie' => "sallyport_refresh_2={$tokens['/wp-json']}"];
            self::refusedCredential('sallyport_token_invalid', $network->request('POST', '/two/wp-json/sallyport/v1/token/refresh', json: [], headers: $other));
        } finally {
            $network->down();
        }
    }

    /** When the refresh token was exchanged, or null. */
    private static function rotated(string $token): ?int
    {
        return self::site()->php('global $wpdb; $at = (int) $wpdb->get_var($wpdb->prepare("SELECT rotated_at FROM {$wpdb->base_prefix}sallyport_refresh_tokens WHERE digest = %s", hash("sha256", $argv[1]))); return $at > 0 ? $at : null;', [$token]);
    }
}
