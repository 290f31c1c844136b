<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** The challenge in a cookie that scripts cannot read: what it opens, what it does not, and who can use it. */
final class ChallengeCookieTest extends HttpTestCase
{
    use OwnSite;

    private const APP = 'https://app.example';
    private const NAME = 'sallyport_challenge_1';
    private const PATH = '/wp-json/';

    public static function setUpBeforeClass(): void
    {
        self::storeSettings(['cors' => [self::APP]]);
    }

    /** @param array<string, string> $headers */
    private function enter(Person $person, array $headers = []): Response
    {
        $answer = $this->post('/sign-in/email', ['email' => $person->email, 'password' => $person->password], null, $headers);
        self::assertSame(200, $answer->status, (string) $answer);
        return $answer;
    }

    /** The cookie of a sign-in that waits for its code. */
    private function cookie(Person $person): string
    {
        $cookies = $this->enter($person)->cookies(self::NAME);
        self::assertCount(1, $cookies);
        return $cookies[0][0];
    }

    private static function challengeIn(string $cookie): string
    {
        return explode('.', $cookie)[0];
    }

    /** @param array<string, mixed> $fields @param array<string, string> $headers */
    private function send(string $route, string $cookie, array $fields, array $headers = [], ?string $bearer = null): Response
    {
        return $this->post($route, $fields, $bearer, $headers + ['cookie' => self::NAME . "=$cookie"]);
    }

    private static function assertKept(Response $answer): void
    {
        self::assertSame([], $answer->cookies(self::NAME), (string) $answer);
    }

    private static function assertCleared(Response $answer): void
    {
        $cookies = $answer->cookies(self::NAME);
        self::assertContains(self::PATH, array_column(array_column($cookies, 1), 'path'), 'it is cleared with the path with which it was set');
        foreach ($cookies as [$value, $attributes]) {
            self::assertSame([true, true], ['' === $value || $value === 'deleted', strtotime($attributes['expires']) < time()]);
        }
    }

    public function test_sign_in_sets_it_and_no_script_reads_it(): void
    {
        $person = $this->enrolled();
        $answer = $this->enter($person);
        [[$value, $attributes]] = $answer->cookies(self::NAME);
        self::assertMatchesRegularExpression('/^spc1_[A-Za-z0-9_-]{43}\.[0-9a-f]{64}$/D', $value);
        self::assertSame($answer->header('x-sallyport-challenge'), self::challengeIn($value));
        self::assertStringNotContainsString('spc1_', $answer->body);
        self::assertSame([self::PATH, true, 'Lax'], [$attributes['path'], $attributes['httponly'] ?? false, $attributes['samesite']]);
        self::assertEqualsWithDelta(time() + 300, strtotime($attributes['expires']), 30);
        self::assertArrayNotHasKey('domain', $attributes);
        self::assertArrayNotHasKey('secure', $attributes, 'a local site without TLS');
    }

    /** @dataProvider relations */
    public function test_the_cookie_is_sent_no_further_than_necessary(array $headers, ?string $same_site, bool $secure = false): void
    {
        $answer = $this->enter($this->enrolled(), array_map(static fn (string $value): string => strtr($value, ['{site}' => self::site()->url]), $headers));
        $cookies = $answer->cookies(self::NAME);
        self::assertSame(
            $same_site === null ? [] : [[$same_site, $secure]],
            array_map(static fn (array $cookie): array => [$cookie[1]['samesite'], $cookie[1]['secure'] ?? false], $cookies),
        );
        self::assertMatchesRegularExpression(self::CHALLENGE, (string) $answer->header('x-sallyport-challenge'), 'the header contains it all the same');
    }

    /** @return array<string, array<mixed>> */
    public static function relations(): array
    {
        return [
            'the site itself' => [['origin' => '{site}'], 'Lax'],
            'a listed neighbour' => [['origin' => self::APP, 'sec-fetch-site' => 'same-site'], 'Lax'],
            'a listed stranger' => [['origin' => self::APP, 'sec-fetch-site' => 'cross-site'], 'None', true],
            'another site' => [['origin' => 'https://evil.example', 'sec-fetch-site' => 'cross-site'], null],
            'a sandboxed frame' => [['origin' => 'null'], null],
            'another site that names no origin' => [['sec-fetch-site' => 'cross-site'], null],
        ];
    }

    public function test_a_form_sets_none(): void
    {
        $person = $this->enrolled();
        $answer = self::site()->request('POST', self::API . '/sign-in/email', form: ['email' => $person->email, 'password' => $person->password]);
        self::assertTrue($answer->json['twoFactorRedirect']);
        self::assertKept($answer);
    }

    public function test_no_other_login_sets_one(): void
    {
        $person = $this->enrolled();
        foreach (['/token', '/login'] as $route) {
            $answer = $this->post($route, ['username' => $person->login, 'password' => $person->password]);
            self::refused(401, 'sallyport_second_factor_required', $answer);
            self::assertNull($answer->header('set-cookie'));
        }
    }

    public function test_it_completes_the_sign_in_once_and_is_cleared(): void
    {
        $person = $this->enrolled();
        $cookie = $this->cookie($person);
        $wrong = $this->send('/two-factor/verify-totp', $cookie, ['code' => $person->app->wrong()]);
        self::refused(401, 'INVALID_CODE', $wrong);
        self::assertKept($wrong);
        $done = $this->send('/two-factor/verify-totp', $cookie, ['code' => $person->app->code()]);
        self::assertSame(200, $done->status, (string) $done);
        self::assertSame($person->id, $this->whoIs($done->json['token']));
        self::assertCleared($done);
        $again = $this->send('/two-factor/verify-totp', $cookie, ['code' => $person->app->code(1)]);
        self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $again);
        self::assertCleared($again);
    }

    public function test_every_route_that_takes_a_challenge_takes_it(): void
    {
        $person = $this->enrolled();
        $routes = self::site()->php(<<<'PHP'
            $routes = [];
            foreach ((new \Sallyport\WP\Plugin())->routes()->all() as $route) {
                if ($route->takes_challenge) {
                    $routes[] = $route->path;
                }
            }
            return $routes;
            PHP);
        self::assertContains('/challenge/verify', $routes);
        self::assertContains('/2fa/verify', $routes);
        self::assertSame($person->id, $this->whoIs($this->send('/challenge/verify', $this->cookie($person), ['code' => $person->app->code()])->json['token']));
        self::assertSame($person->id, $this->whoIs($this->send('/2fa/verify', $this->cookie($person), ['code' => $person->app->code(1)])->json['token']));
        $wp2fa = self::site()->request(
            'POST',
            '/wp-json/wp-2fa-methods/v1/login',
            json: ['user_id' => $person->id, 'token' => array_shift($person->codes)],
            headers: ['cookie' => self::NAME . '=' . $this->cookie($person)],
        );
        self::assertTrue($wp2fa->json['status'] ?? null, (string) $wp2fa);
        self::assertCleared($wp2fa);
        self::assertSame($person->id, $this->whoIs($this->send('/two-factor/verify-backup-code', $this->cookie($person), ['code' => array_shift($person->codes)])->json['token']));
    }

    public function test_other_routes_ignore_the_cookie(): void
    {
        $person = $this->enrolled();
        $cookie = $this->cookie($person);
        $code = $person->app->code(1);
        foreach (['/token', '/login', '/sign-in/email', '/sign-in/username'] as $route) {
            self::refused(400, 'rest_missing_callback_param', $this->send($route, $cookie, ['code' => $code]));
        }
        self::refused(401, 'rest_not_logged_in', self::site()->request('GET', self::API . '/two-factor', headers: ['cookie' => self::NAME . "=$cookie"]));
        self::refused(401, 'rest_not_logged_in', $this->send('/two-factor/disable', $cookie, ['password' => $person->password, 'code' => $code]));
        self::assertSame('null', $this->get(self::API . '/get-session', headers: ['cookie' => self::NAME . "=$cookie"])->body);
        self::assertSame(401, $this->get('/wp-json/wp/v2/users/me', headers: ['cookie' => self::NAME . "=$cookie"])->status);
        self::assertSame(200, $this->get('/wp-json/wp/v2/posts', headers: ['cookie' => self::NAME . "=$cookie"])->status, 'and it disturbs no other route');
        self::assertSame(200, $this->send('/challenge/verify', $cookie, ['code' => $code])->status, 'nothing was spent');
    }

    public function test_a_cookie_we_did_not_sign_is_ignored(): void
    {
        $person = $this->enrolled();
        $cookie = $this->cookie($person);
        $challenge = self::challengeIn($cookie);
        $other = $this->cookie($this->enrolled());
        $forged = [
            '', '.', $challenge, "$challenge.", "$challenge." . str_repeat('0', 64), "$challenge." . explode('.', $other)[1], strtoupper($cookie), "$cookie.", "x$cookie",
            hash_hmac('sha256', $challenge, ''),
            "$challenge." . hash_hmac('sha256', $challenge, ''),
            str_repeat('a', 4000),
            'spc1_',
            '%00',
            $challenge . '%00.' . explode('.', $cookie)[1],
        ];
        foreach ($forged as $value) {
            self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $this->send('/two-factor/verify-totp', $value, ['code' => $person->app->code()]));
        }
        self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $this->post('/two-factor/verify-totp', ['code' => $person->app->code()], null, ['cookie' => self::NAME . "[]=$cookie"]));
        self::refused(
            401,
            'INVALID_TWO_FACTOR_COOKIE',
            $this->post('/two-factor/verify-totp', ['code' => $person->app->code()], null, ['cookie' => "sallyport_challenge_2=$cookie"]),
        );
        self::assertSame(200, $this->send('/two-factor/verify-totp', $cookie, ['code' => $person->app->code()])->status);
    }

    public function test_a_challenge_of_another_user_accepts_only_that_users_code(): void
    {
        [$person, $other] = [$this->enrolled(), $this->enrolled()];
        $cookie = $this->cookie($other);
        self::refused(401, 'INVALID_CODE', $this->send('/two-factor/verify-totp', $cookie, ['code' => $person->app->code()]));
        self::assertSame($other->id, $this->whoIs($this->send('/two-factor/verify-totp', $cookie, ['code' => $other->app->code()])->json['token']));
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status, 'a code that was tried on another challenge is not spent');
    }

    public function test_a_leftover_cookie_does_no_harm(): void
    {
        [$person, $other] = [$this->enrolled(), $this->enrolled()];
        $stale = $this->cookie($other);
        $challenge = self::challengeIn($this->cookie($person));
        $given = $this->send('/two-factor/verify-totp', $stale, ['code' => $person->app->code(), 'challenge' => $challenge]);
        self::assertSame($person->id, $this->whoIs($given->json['token']), 'the challenge in the body takes precedence');
        self::assertKept($given);
        $header = $this->send('/two-factor/verify-totp', $stale, ['code' => $person->app->code(1)], ['x-sallyport-challenge' => self::challengeIn($this->cookie($person))]);
        self::assertSame($person->id, $this->whoIs($header->json['token']), 'so does the one in the header');
        self::forgetCodes($person);
        $bearer = $this->send('/challenge/verify', $stale, ['code' => $person->app->code()], bearer: self::challengeIn($this->cookie($person)));
        self::assertSame($person->id, $this->whoIs($bearer->json['token']), 'and the Bearer');
        self::forgetCodes($person);
        $stepped = $this->send('/two-factor/verify-totp', $stale, ['code' => $person->app->code()], bearer: $bearer->json['token']);
        self::assertSame($person->id, $this->whoIs($stepped->json['token']), 'a signed-in user steps up');
        self::assertSame(self::claims($bearer->json['token'])['sid'], self::claims($stepped->json['token'])['sid']);
        $unknown = $this->send('/two-factor/verify-totp', $stale, ['code' => $other->app->code()], bearer: 'of-another-plugin');
        self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $unknown);
        self::assertSame($other->id, $this->whoIs($this->send('/two-factor/verify-totp', $stale, ['code' => $other->app->code()])->json['token']), 'and nothing was spent');
    }

    public function test_a_wordpress_session_goes_first_too(): void
    {
        [$person, $other] = [$this->enrolled(), $this->enrolled()];
        self::forgetCodes($person);
        $browser = $this->signedIn($person);
        $browser->cookies[self::NAME] = $this->cookie($other);
        $stepped = $browser->send('POST', self::API . '/two-factor/verify-totp', headers: ['x-wp-nonce' => $browser->nonce()], json: ['code' => $person->app->code(1)]);
        self::assertSame($person->id, $this->whoIs($stepped->json['token'] ?? ''), (string) $stepped);
        $nobody = $browser->send('POST', self::API . '/two-factor/verify-totp', json: ['code' => $other->app->code()]);
        self::assertSame($other->id, $this->whoIs($nobody->json['token'] ?? ''), 'without a nonce the request is a guest\'s');
    }

    public function test_explicit_ones_that_differ_are_ambiguous_as_ever(): void
    {
        $person = $this->enrolled();
        [$one, $two] = [self::challengeIn($this->cookie($person)), self::challengeIn($this->cookie($person))];
        self::refused(
            400,
            'sallyport_ambiguous',
            $this->send(
                '/two-factor/verify-totp',
                $this->cookie($person),
                ['code' => $person->app->code(), 'challenge' => $one],
                ['x-sallyport-challenge' => $two],
            ),
        );
        self::refused(
            400,
            'sallyport_ambiguous',
            $this->send(
                '/two-factor/verify-totp',
                $this->cookie($person),
                ['code' => $person->app->code(), 'challenge' => $one],
                bearer: $person->token,
            ),
        );
    }

    public function test_the_cookie_is_cleared_once_the_challenge_is_used_up_or_void(): void
    {
        $person = $this->enrolled();
        $cookie = $this->cookie($person);
        for ($i = 0; $i < 5; $i++) {
            $answer = $this->send('/two-factor/verify-totp', $cookie, ['code' => $person->app->wrong()]);
            self::refused(401, 'INVALID_CODE', $answer);
            self::assertKept($answer);
        }
        $answer = $this->send('/two-factor/verify-totp', $cookie, ['code' => $person->app->code()]);
        self::refused(400, 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE', $answer);
        self::assertCleared($answer);

        $cookie = $this->cookie($person);
        self::site()->plugin('$plugin->state()->raise((int) $argv[1], true, time());', [(string) $person->id]);
        $answer = $this->send('/two-factor/verify-totp', $cookie, ['code' => $person->app->code()]);
        self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $answer);
        self::assertCleared($answer);
        self::forgetFailures();
    }

    /** @dataProvider requests */
    public function test_only_a_page_of_the_site_or_of_a_listed_origin_can_use_it(bool $taken, array $headers, bool $form = false): void
    {
        $person = $this->enrolled();
        $cookie = $this->cookie($person);
        $headers = array_map(static fn (string $value): string => strtr($value, ['{site}' => self::site()->url]), $headers) + ['cookie' => self::NAME . "=$cookie"];
        foreach (['/two-factor/verify-totp', '/challenge/verify'] as $route) {
            $fields = ['code' => $person->app->code()];
            $answer = self::site()->request('POST', self::API . $route, form: $form ? http_build_query($fields) : json_encode($fields), headers: $headers);
            if ($taken) {
                self::assertSame($person->id, $this->whoIs($answer->json['token'] ?? ''), "$route: $answer");
                return;
            }
            self::refused(403, 'sallyport_origin_refused', $answer);
            self::assertKept($answer);
        }
        self::assertSame($person->id, $this->whoIs($this->send('/challenge/verify', $cookie, ['code' => $person->app->code()])->json['token']), 'nothing was spent');
    }

    /** @return array<string, array<mixed>> */
    public static function requests(): array
    {
        $json = ['content-type' => 'application/json'];
        return [
            'no browser' => [true, $json],
            'the site itself' => [true, $json + ['origin' => '{site}', 'sec-fetch-site' => 'same-origin']],
            'a listed origin' => [true, $json + ['origin' => self::APP, 'sec-fetch-site' => 'cross-site']],
            'another site' => [false, $json + ['origin' => 'https://evil.example', 'sec-fetch-site' => 'cross-site']],
            'another site, without Fetch Metadata' => [false, $json + ['origin' => 'https://evil.example']],
            'a neighbour' => [false, $json + ['origin' => 'https://evil.app.example', 'sec-fetch-site' => 'same-site']],
            'another site that names no origin' => [false, $json + ['sec-fetch-site' => 'cross-site']],
            'a sandboxed frame' => [false, $json + ['origin' => 'null']],
            'a form of another site' => [false, ['content-type' => 'application/x-www-form-urlencoded', 'origin' => 'https://evil.example'], true],
            'a form of the site itself' => [false, ['content-type' => 'application/x-www-form-urlencoded', 'origin' => '{site}'], true],
            'JSON called text' => [false, ['content-type' => 'text/plain']],
        ];
    }

    public function test_another_sites_page_needs_no_cookie_of_ours_for_a_challenge_it_holds(): void
    {
        $person = $this->enrolled();
        $cookie = $this->cookie($person);
        $answer = $this->send('/challenge/verify', $cookie, ['code' => $person->app->code(), 'challenge' => self::challengeIn($cookie)], ['origin' => 'https://evil.example']);
        self::assertSame(200, $answer->status, 'it has the password, then');
        self::assertKept($answer);
    }

    public function test_with_rest_route_in_the_url_the_cookies_path_is_the_sites(): void
    {
        $person = $this->enrolled();
        $answer = self::site()->request('POST', '/?rest_route=/sallyport/v1/sign-in/email', json: ['email' => $person->email, 'password' => $person->password]);
        [[$cookie, $attributes]] = $answer->cookies(self::NAME);
        self::assertSame('/', $attributes['path']);
        $done = self::site()->request(
            'POST',
            '/?rest_route=/sallyport/v1/two-factor/verify-totp',
            json: ['code' => $person->app->code()],
            headers: ['cookie' => self::NAME . "=$cookie"],
        );
        self::assertSame($person->id, $this->whoIs($done->json['token'] ?? ''));
    }
}
