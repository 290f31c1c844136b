<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** A trusted device's secret in a cookie that scripts cannot read, for better-auth's client: who gets it, and who can use it. */
final class DeviceCookieTest extends HttpTestCase
{
    use OwnSite;

    private const APP = 'https://app.example';
    private const NAME = 'sallyport_device_1';
    private const PATH = self::API;

    public static function setUpBeforeClass(): void
    {
        self::storeSettings(['cors' => [self::APP]]);
    }

    /** @param array<string, string> $headers @param array<string, mixed> $fields */
    private function enter(Person $person, ?string $cookie = null, array $headers = [], array $fields = []): Response
    {
        $cookies = $cookie === null ? [] : ['cookie' => self::NAME . "=$cookie"];
        return $this->post('/sign-in/email', $fields + ['email' => $person->email, 'password' => $person->password], null, $headers + $cookies);
    }

    /** @param array<string, string> $headers */
    private function trust(Person $person, array $headers = [], string $route = '/two-factor/verify-totp', ?string $code = null): Response
    {
        $challenge = $this->enter($person)->header('x-sallyport-challenge');
        self::forgetCodes($person);
        $answer = $this->post($route, ['code' => $code ?? $person->app->code(), 'trustDevice' => true], null, $headers + ['x-sallyport-challenge' => $challenge]);
        self::assertSame(200, $answer->status, (string) $answer);
        return $answer;
    }

    /** The cookie of a newly trusted device. */
    private function cookie(Person $person): string
    {
        $cookies = $this->trust($person)->cookies(self::NAME);
        self::assertCount(1, $cookies);
        return $cookies[0][0];
    }

    private static function assertAsked(Response $answer): void
    {
        self::assertSame([200, true], [$answer->status, $answer->json['twoFactorRedirect'] ?? null], (string) $answer);
        self::assertSame([], $answer->cookies(self::NAME));
    }

    public function test_every_verification_sets_the_cookie_if_asked(): void
    {
        $person = $this->enrolled();
        foreach (['/two-factor/verify-totp' => null, '/two-factor/verify-backup-code' => $person->codes[0]] as $route => $code) {
            $answer = $this->trust($person, [], $route, $code);
            [[$secret, $attributes]] = $answer->cookies(self::NAME);
            self::assertMatchesRegularExpression('/^spd1_[A-Za-z0-9_-]{43}$/D', $secret);
            self::assertSame([$secret, $secret], [$answer->json['device'], $answer->header('x-sallyport-device')]);
            self::assertSame([self::PATH, true, 'Lax'], [$attributes['path'], $attributes['httponly'] ?? false, $attributes['samesite']]);
            self::assertEqualsWithDelta(time() + 30 * 86400, strtotime($attributes['expires']), 30);
        }
        self::forgetCodes($person);
        $plain = $this->post('/two-factor/verify-totp', ['code' => $person->app->code(), 'challenge' => $this->enter($person)->header('x-sallyport-challenge')]);
        self::assertSame([200, []], [$plain->status, $plain->cookies(self::NAME)], 'nobody asked for it');
    }

    public function test_two_tabs_that_refresh_at_once_are_no_theft(): void
    {
        $person = $this->enrolled();
        $given = $this->trust($person);
        $presented = $this->enter($person, $given->cookies(self::NAME)[0][0]);
        foreach (['the sign-in that trusted it' => $given, 'one that it stood in for' => $presented] as $which => $signed_in) {
            $cookie = ['cookie' => self::NAME . '=' . $presented->cookies(self::NAME)[0][0]];
            $refresh = fn (array $headers): Response => $this->post('/token/refresh', ['refresh_token' => $signed_in->json['refresh_token']], null, $headers);
            $tabs = [$refresh($cookie), $refresh($cookie)];
            self::assertSame([200, 200], array_column($tabs, 'status'), "$which: $tabs[1]");
            self::assertSame($tabs[0]->json['refresh_token'], $tabs[1]->json['refresh_token']);
            self::refusedCredential('sallyport_refresh_reused', $refresh($cookie + ['sec-fetch-site' => 'cross-site']));
        }
    }

    public function test_it_replaces_the_code_and_is_rotated_at_each_use(): void
    {
        $person = $this->enrolled();
        $first = $this->cookie($person);
        $answer = $this->enter($person, $first);
        self::assertSame($person->id, $this->whoIs($answer->json['token'] ?? ''), (string) $answer);
        self::assertSame(['device', 'pwd'], self::claims($answer->json['token'])['amr']);
        [[$second]] = $answer->cookies(self::NAME);
        self::assertNotSame($first, $second);
        self::assertSame($person->id, $this->whoIs($this->enter($person, $second)->json['token'] ?? ''));
        self::refused(401, 'sallyport_step_up_required', $this->post('/two-factor/disable', ['password' => $person->password], $answer->json['token']));
    }

    public function test_without_the_password_it_does_not_help(): void
    {
        $person = $this->enrolled();
        $cookie = $this->cookie($person);
        $answer = $this->enter($person, $cookie, [], ['password' => 'not theirs']);
        self::refused(401, 'INVALID_EMAIL_OR_PASSWORD', $answer);
        self::assertSame([], $answer->cookies(self::NAME));
        self::assertSame([], self::activity($person->id, 'device_accepted'), 'and was not spent');
        self::assertArrayHasKey('token', $this->enter($person, $cookie)->json);
    }

    public function test_a_cookie_of_another_user_does_not_help(): void
    {
        [$person, $other] = [$this->enrolled(), $this->enrolled()];
        $cookie = $this->cookie($other);
        self::assertAsked($this->enter($person, $cookie));
        self::assertSame([], self::activity($other->id, 'device_accepted'), 'and was not spent');
        self::assertArrayHasKey('token', $this->enter($other, $cookie)->json);
    }

    public function test_an_invalid_cookie_is_ignored(): void
    {
        $person = $this->enrolled();
        $cookie = $this->cookie($person);
        foreach (['', 'spd1_', 'spd1_' . str_repeat('A', 43), strtoupper($cookie), "$cookie.", 'spd1_' . str_repeat('A', 400), 'x'] as $value) {
            self::assertAsked($this->enter($person, $value));
        }
        self::assertAsked($this->enter($person, null, ['cookie' => self::NAME . "[]=$cookie"]));
    }

    public function test_a_secret_in_the_request_wins_over_the_cookie(): void
    {
        $person = $this->enrolled();
        [$one, $other] = [$this->cookie($person), $this->cookie($person)];
        $answer = $this->enter($person, $one, ['x-sallyport-device' => $other]);
        self::assertArrayHasKey('token', $answer->json, (string) $answer);
        $again = $this->enter($person, null, ['x-sallyport-device' => $other]);
        self::assertSame($answer->json['device'], $again->json['device'], 'that device was rotated');
    }

    /** @dataProvider requests */
    public function test_only_a_page_of_the_site_or_of_a_listed_origin_can_use_it(bool $taken, array $headers, bool $form = false): void
    {
        $person = $this->enrolled();
        $cookie = $this->cookie($person);
        $headers = array_map(static fn (string $value): string => strtr($value, ['{site}' => self::site()->url]), $headers) + ['cookie' => self::NAME . "=$cookie"];
        $fields = ['email' => $person->email, 'password' => $person->password];
        $answer = self::site()->request('POST', self::API . '/sign-in/email', form: $form ? http_build_query($fields) : json_encode($fields), headers: $headers);
        if ($taken) {
            self::assertArrayHasKey('token', $answer->json, (string) $answer);
            return;
        }
        self::assertAsked($answer);
        self::assertSame([], self::activity($person->id, 'device_accepted'), 'nothing was spent');
        self::assertArrayHasKey('token', $this->enter($person, $cookie)->json);
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
            'another site that names no origin' => [false, $json + ['sec-fetch-site' => 'cross-site']],
            'a form of the site itself' => [false, ['content-type' => 'application/x-www-form-urlencoded', 'origin' => '{site}'], true],
        ];
    }

    public function test_another_sites_page_is_given_none(): void
    {
        $answer = $this->trust($this->enrolled(), ['origin' => 'https://evil.example', 'sec-fetch-site' => 'cross-site']);
        self::assertSame([], $answer->cookies(self::NAME));
        [[, $attributes]] = $this->trust($this->enrolled(), ['origin' => self::APP, 'sec-fetch-site' => 'cross-site'])->cookies(self::NAME);
        self::assertSame(['None', true], [$attributes['samesite'], $attributes['secure'] ?? false]);
    }

    public function test_no_other_login_reads_the_cookie(): void
    {
        $person = $this->enrolled();
        $cookie = $this->cookie($person);
        foreach (['/token', '/login'] as $route) {
            self::refused(
                401,
                'sallyport_second_factor_required',
                $this->post(
                    $route,
                    ['username' => $person->login, 'password' => $person->password],
                    null,
                    ['cookie' => self::NAME . "=$cookie"],
                ),
            );
        }
        self::assertSame([], self::activity($person->id, 'device_accepted'), 'nothing was spent');
        self::assertArrayHasKey('token', $this->enter($person, $cookie)->json);
    }

    public function test_what_is_verified_can_be_refreshed(): void
    {
        $person = $this->enrolled();
        $answer = $this->trust($person);
        self::assertSame(900, $answer->json['expires_in']);
        $refreshed = $this->post('/token/refresh', ['refresh_token' => $answer->json['refresh_token']]);
        self::assertSame($person->id, $this->whoIs($refreshed->json['token'] ?? ''), (string) $refreshed);
        self::forgetCodes($person);
        $stepped = $this->post('/two-factor/verify-totp', ['code' => $person->app->code()], $refreshed->json['token']);
        self::assertArrayNotHasKey('refresh_token', $stepped->json, 'the sign-in continues with its present token');

        self::storeSettings(['refresh_cookie' => true]);
        try {
            $answer = $this->trust($person);
            self::assertArrayNotHasKey('refresh_token', $answer->json);
            self::assertCount(1, preg_grep('/^sallyport_refresh_1=spr1_/', $answer->headers['set-cookie']));
            $challenge = $this->enter($person)->header('x-sallyport-challenge');
            self::refused(
                403,
                'sallyport_origin_refused',
                $this->post(
                    '/two-factor/verify-totp',
                    ['code' => '123456', 'challenge' => $challenge],
                    null,
                    ['origin' => 'https://evil.example'],
                ),
            );
            $entered = $this->enter($this->person());
            self::assertArrayNotHasKey('refresh_token', $entered->json);
            self::assertCount(1, preg_grep('/^sallyport_refresh_1=spr1_/', $entered->headers['set-cookie']));
        } finally {
            self::setUpBeforeClass();
        }
    }
}
